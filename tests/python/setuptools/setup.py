"""Compiles `fast.spy` as an extension: `SPY=spy python setup.py build_ext --inplace`."""

import os
import pathlib
import subprocess

from setuptools import Extension, setup

MADE = pathlib.Path("made")

spy = os.environ.get("SPY", "spy")
subprocess.run([spy, "build", "-q", "--release", "-k", "py-ext", "--emit", "c", "-b", MADE, "fast.spy"], check=True)


def lines(name):
    """The lines of a file that the compiler wrote."""
    return (MADE / name).read_text(encoding="utf-8").split()


setup(
    name="fast",
    version="1.0",
    ext_modules=[
        Extension(
            "fast",
            [str(MADE / name) for name in lines("sources.txt")],
            include_dirs=[str(MADE / "src")],
            extra_compile_args=lines("flags.txt"),
            extra_objects=[str(MADE / "lib/libspy.a"), str(MADE / "lib/libspy_heap.a")],
            extra_link_args=["-Wl,--exclude-libs,ALL"],
            libraries=["m"],
            py_limited_api=True,
        )
    ],
)
