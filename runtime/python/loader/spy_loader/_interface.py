"""The description of a package that its module carries in the section `spy.interface`."""

import json

from . import _sections

# The version of the format that is read here, and the major version of the runtime's ABI.
_SCHEMA, _ABI = 1, "1"

# Far more than any package has.
_MAX_SIZE = 64 << 20


class Unusable(Exception):
    """A file from which no package can be made."""


def read(data):
    """Reads the description in a module."""
    try:
        section = _sections.custom_section(data, "spy.interface")
    except _sections.Damaged as error:
        raise Unusable(f"the file is damaged {error}") from None
    if section is None:
        raise Unusable("it has no section `spy.interface`: it was not made by `spy package`")
    if len(section) > _MAX_SIZE:
        raise Unusable(f"its interface is larger than {_MAX_SIZE} bytes")
    try:
        interface = json.loads(section)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"its interface cannot be read: {error}") from None
    _check(interface)
    return interface


def get(entry, key, kind):
    """A part of the description, which must be of a type."""
    found = entry.get(key) if isinstance(entry, dict) else None
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise Unusable(f"its interface is damaged: `{key}` is missing or not what it should be")
    return found


def optional(entry, key, kind):
    """The same for a part that may be missing."""
    return None if entry.get(key) is None else get(entry, key, kind)


def abi_minor(interface):
    """The minor version of the runtime's ABI: what packages of one major version differ in."""
    minor = get(interface, "abi", str).partition(".")[2]
    if not (minor.isascii() and minor.isdigit() and len(minor) <= 6):
        raise Unusable("its interface is damaged: `abi` is not a version")
    return int(minor)


def _check(interface):
    """Whether it is a description that is understood here, of a module that can be called."""
    schema = get(interface, "schema", int)
    if schema != _SCHEMA:
        raise Unusable(
            f"its interface has version {schema} of the format, and this loader reads {_SCHEMA}: "
            "update whichever of package and spy-loader is older"
        )
    abi = get(interface, "abi", str)
    if abi.split(".")[0] != _ABI:
        raise Unusable(
            f"it was built for version {abi} of the runtime, and this loader knows {_ABI}.x: "
            "update whichever of package and spy-loader is older"
        )
    target = get(interface, "target", dict)
    if get(target, "pointer_width", int) != 32:
        raise Unusable(f"it was not built for WebAssembly but for {target.get('triple')}")
    if get(target, "checked_pointers", bool):
        raise Unusable("it is a debug build, whose pointers are checked: build it with --release")
