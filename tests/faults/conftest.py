"""The fixtures of the end-to-end tests, and the judge of the fault tests."""
import pathlib
import sys

import pytest

here = pathlib.Path(__file__).resolve().parent
for folder in (here.parent / "tools", here / "lib", here, here.parent / "integration"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

import checker  # noqa: E402
from conftest_shared import *  # noqa: E402,F401,F403
from faultlab import copy_database  # noqa: E402


@pytest.fixture
def judge(tmp_path, ledger, capsys):
    """judge(daemon, sinks, drained) runs the checker on copies; answers its counts, asserts that all holds."""
    def run(daemon, sinks, drained="accepting"):
        copy = copy_database(daemon, tmp_path / "judged.db")
        good, counts = checker.check(ledger.path, [sink.log_path for sink in sinks], copy, drained)
        report = capsys.readouterr().out
        assert good, report
        with capsys.disabled():
            print(f"\n{report}", end="")
        return counts
    return run
