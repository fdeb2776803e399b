"""A build backend (PEP 517 and PEP 660) that lets the SPy compiler do the work."""

import os
import shutil
import subprocess
import sys

__version__ = "0.1.0"


def _compiler():
    """The path of the compiler: what the variable SPY names, or `spy` on PATH."""
    named = os.environ.get("SPY")
    found = shutil.which(named or "spy")
    if found is None:
        if named:
            sys.exit(f"error: the variable SPY names `{named}`, which is no program")
        sys.exit(
            "error: the SPy compiler `spy` was not found on PATH\n"
            "help: install it, or name it in the variable SPY"
        )
    return found


def _package(kind, folder):
    """Runs `spy package` in the current folder; returns the name of the archive that it wrote."""
    command = [_compiler(), "package", "--color", "never", kind, "--out-dir", os.path.abspath(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode != 0:
        # The compiler has said on standard error what is wrong.
        sys.exit(done.returncode)
    # Packages may print while they are compiled; the path comes last.
    return os.path.basename(done.stdout.strip().splitlines()[-1])


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Writes the wheel of the project in the current folder."""
    return _package("--wheel", wheel_directory)


def build_sdist(sdist_directory, config_settings=None):
    """Writes the source archive of the project in the current folder."""
    return _package("--sdist", sdist_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Writes a wheel that makes an environment use the project where it stands."""
    return _package("--editable", wheel_directory)


def get_requires_for_build_wheel(config_settings=None):
    """Nothing: the compiler is not a Python package."""
    return []


def get_requires_for_build_sdist(config_settings=None):
    """Nothing."""
    return []


def get_requires_for_build_editable(config_settings=None):
    """Nothing."""
    return []
