"""From the description of a package to its Python modules."""

from . import _containers, _convert, _functions, _structs
from ._arrays import Array
from ._interface import Unusable, abi_minor, get, optional

_TEXTS = {"str": _containers.Text("str"), "bytes": _containers.Text("bytes")}

# Deeper types are nobody's business, and would exhaust Python's stack.
_MAX_DEPTH = 64


class Bindings:
    """What a package offers to Python: its section `python`, and where structs lie in memory."""

    def __init__(self, program, interface):
        self._program = program
        self._abi_minor = abi_minor(interface)
        described = get(interface, "python", dict)
        self.modules = {get(entry, "name", str): entry for entry in get(described, "modules", list)}
        self._layouts = {get(entry, "fqn", str): _checked_layout(entry) for entry in get(interface, "structs", list)}
        self._known_layouts = {}
        self._dicts = {}
        for entry in get(described, "dicts", list):
            kind = get(entry, "type", dict)
            self._dicts[get(get(kind, "dict", dict), "layout", str)] = get(entry, "of", str)
        # Converters of structs by module and name; classes are made with the module that defines them.
        self._structs = {}
        self._classes = {}
        for name, entry in self.modules.items():
            for item in get(entry, "classes", list):
                self._classes[get(item, "module", str), get(item, "name", str)] = item

    def fill(self, name, module):
        """Gives a Python module what the module `name` of the package offers."""
        entry = self.modules[name]
        module.__doc__ = optional(entry, "doc", str)
        values = {"PanicError": self._program.PanicError}
        for constant in get(entry, "constants", list):
            values[get(constant, "name", str)] = _constant(constant.get("value"), 0)
        functions = [self._function(item, get(item, "name", str)) for item in get(entry, "functions", list)]
        for described, made in zip(functions, _functions.make(self._program, name, functions)):
            values[described.name] = made
        for item in get(entry, "classes", list):
            if get(item, "public", bool):
                values[get(item, "name", str)] = self._struct(get(item, "module", str), get(item, "name", str)).type
        module.__dict__.update(values)
        missing = {get(item, "name", str): get(item, "reason", str) for item in get(entry, "left_out", list)}
        if missing:
            module.__getattr__ = _explain(name, missing)

    def _function(self, item, qualname):
        """A function, or the part of it that methods have too."""
        parameters = []
        for parameter in get(item, "parameters", list):
            default = parameter.get("default") if isinstance(parameter, dict) else None
            default = () if default is None else (_constant(default, 0),)
            parameters.append((get(parameter, "name", str), self._converter(parameter.get("type")), default))
        names, defaults = {name for name, *_ in parameters}, [default for *_, default in parameters]
        if len(names) != len(parameters) or sorted(defaults, key=bool) != defaults:
            raise Unusable("its interface is damaged: parameters are not what they should be")
        described = _functions.Described(get(item, "name", str), qualname, parameters, optional(item, "doc", str))
        described.symbol = self._symbol(get(item, "symbol", str))
        described.result = self._converter(item.get("returns"))
        return described

    def _symbol(self, symbol):
        if not self._program.has(symbol):
            raise Unusable(f"its interface names the function `{symbol}`, which the module does not have")
        return symbol

    def _converter(self, kind, depth=0):
        """The converter of a type."""
        if depth > _MAX_DEPTH:
            raise Unusable("its interface is damaged: types are nested too deeply")
        if kind == "none":
            return _convert.NOTHING
        if not isinstance(kind, dict) or len(kind) != 1:
            raise Unusable("its interface is damaged: a type is not what it should be")
        (word, what), depth = *kind.items(), depth + 1
        if word == "scalar" and isinstance(what, str):
            found = _convert.SCALARS.get(what) or _TEXTS.get(what)
            if found is not None:
                return found
        elif word == "tuple":
            return _containers.Tuple([self._converter(item, depth) for item in get(what, "items", list)])
        elif word == "optional":
            return _containers.Maybe(self._converter(what.get("item"), depth))
        elif word == "list":
            return _containers.Listing(self._converter(what.get("item"), depth))
        elif word == "dict":
            make = self._symbol(self._dicts.get(get(what, "layout", str)))
            key, value = self._converter(what.get("key"), depth), self._converter(what.get("value"), depth)
            return _containers.Mapping(key, value, make, self._abi_minor)
        elif word == "array":
            item, ndim = get(what, "item", str), get(what, "ndim", int)
            if item in _convert.SCALARS and 1 <= ndim <= 3:
                return Array(_convert.SCALARS[item], ndim)
        elif word == "struct":
            return self._struct(get(what, "module", str), get(what, "name", str))
        raise Unusable(f"its interface is damaged or newer than this loader: there is no type `{word}`")

    def _struct(self, module, name):
        """The converter of a struct, with its class."""
        found = self._structs.get((module, name))
        if found is not None:
            return found
        item = self._classes.get((module, name))
        layout_name = get(item, "layout", str)
        if layout_name not in self._layouts:
            raise Unusable(f"its interface has no layout of `{layout_name}`")
        layout = _structs.layout(self._layouts, layout_name, self._known_layouts)
        found = self._structs[module, name] = _structs.Struct(self._program, name, layout)
        self._complete(found, item, module, name)
        return found

    def _complete(self, found, item, module, name):
        """Makes the class of a struct, whose converter may be needed for its own methods."""
        offsets = {field["name"]: field["offset"] for field in self._layouts[item["layout"]]["fields"]}
        cls = found.type = _structs.new_class(name, module, optional(item, "doc", str))
        fields = {}
        for field in get(item, "fields", list):
            last = get(field, "name", str)
            if last not in offsets:
                raise Unusable(f"its interface has no layout of the field `{name}.{last}`")
            fields[last] = (self._converter(field.get("type")), offsets[last])
        _structs.add_fields(cls, self._program, fields)
        described = [self._method(found, method, name) for method in get(item, "methods", list)]
        for special, key in (("__eq__", "eq"), ("__repr__", "repr"), ("__str__", "str")):
            if optional(item, key, str):
                described.append(self._special(found, item[key], name, special))
        make = self._constructor(found, item, fields, name)
        if make is not None:
            described.append(make)
        made = _functions.make(self._program, module, described)
        if make is not None:
            cls._spy_make = staticmethod(made.pop())
        roles = [method.get("role") for method in item["methods"]]
        _structs.add_methods(cls, made, roles)

    def _method(self, found, method, name):
        described = self._function(method, f"{name}.{get(method, 'name', str)}")
        role = get(method, "role", str)
        if role not in ("method", "static", "property"):
            raise Unusable(f"its interface is damaged or newer than this loader: a method is `{role}`")
        described.self_ = None if role == "static" else found
        return described

    def _special(self, found, symbol, name, special):
        """A method that Python calls."""
        parameters = [("other", found, ())] if special == "__eq__" else []
        described = _functions.Described(special, f"{name}.{special}", parameters, None)
        described.symbol, described.self_ = self._symbol(symbol), found
        described.result = _convert.SCALARS["bool"] if special == "__eq__" else _TEXTS["str"]
        return described

    def _constructor(self, found, item, fields, name):
        """What is called to make an instance; `None` if Python makes none."""
        make = item.get("make")
        if isinstance(make, dict) and "new" in make:
            return self._function({**make["new"], "name": name}, name)
        if make != "fields":
            return None
        parameters = [(field, converter, ()) for field, (converter, _) in fields.items()]
        described = _functions.Described(name, name, parameters, None)
        pairs, program = list(fields.values()), self._program
        described.construct = lambda values, prefixes: program.build(found, pairs, values, prefixes)
        return described


def _checked_layout(entry):
    """The layout of a struct, if it is one."""
    size, align = get(entry, "size", int), get(entry, "alignment", int)
    if align not in (1, 2, 4, 8, 16) or not 0 <= size < 1 << 24:
        raise Unusable("its interface is damaged: the layout of a struct is none")
    for field in get(entry, "fields", list):
        get(field, "name", str), get(field, "type", str)
        if not 0 <= get(field, "offset", int) <= size - get(field, "size", int):
            raise Unusable("its interface is damaged: the layout of a struct is none")
    return entry


def _constant(value, depth):
    """A value that is known since the package was compiled."""
    if value == "none":
        return None
    if isinstance(value, dict) and len(value) == 1 and depth < _MAX_DEPTH:
        ((word, what),) = value.items()
        try:
            if word == "tuple":
                return tuple([_constant(item, depth + 1) for item in what])
            if word == "complex":
                return complex(*map(float, what))
            return {"bool": bool, "int": int, "float": float, "str": str, "bytes": bytes}[word](what)
        except (KeyError, TypeError, ValueError):
            pass
    raise Unusable("its interface is damaged: a constant is not what it should be")


def _explain(module, missing):
    """The `__getattr__` of a module, for what it has in SPy and not in Python."""

    def __getattr__(name):
        why = f": {missing[name]}" if name in missing else ""
        raise AttributeError(f"module {module!r} has no attribute {name!r}{why}")

    return __getattr__
