"""Imports packages in SPy that were compiled to WebAssembly, as Python modules.

What a package offers and how values are converted is read from the `.wasm` file when it is imported; no file is ever
generated. `load` is what the `__init__.py` of such a package calls, `load_file` is for a file that stands by itself.
"""

from ._finder import load, load_file

__all__ = ["load", "load_file"]
__version__ = "0.1.0"
