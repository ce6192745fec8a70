"""The built programs, as readelf(1) sees them: nothing that the linker filled in can be written when they run."""
import pathlib
import subprocess

import pytest

from harness.build import build_dir, plugin_dir, program

BUILT = [program("chapard"), program("chapar"), *sorted(str(p) for p in pathlib.Path(plugin_dir()).glob("*.so"))]


def readelf(*words):
    return subprocess.run(["readelf", "-W", *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("path", BUILT, ids=lambda path: pathlib.Path(path).name)
def test_relro_is_full(path):
    assert "GNU_RELRO" in readelf("-l", path)
    dynamic = readelf("-d", path)
    assert "BIND_NOW" in dynamic or "NOW" in dynamic.split("FLAGS_1", 1)[-1].splitlines()[0], dynamic


@pytest.mark.parametrize("path", BUILT, ids=lambda path: pathlib.Path(path).name)
def test_code_is_placed_anywhere_and_no_stack_runs(path):
    assert "DYN (" in readelf("-h", path)
    stack = [line for line in readelf("-l", path).splitlines() if "GNU_STACK" in line]
    assert stack and "RWE" not in stack[0]


def test_there_are_programs_and_plugins():
    assert len(BUILT) >= 5, f"built in {build_dir()}"
