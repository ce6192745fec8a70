"""The power is cut under load: the whole daemon starts again on what the disk really held, and loses nothing."""
import contextlib
import os
import pathlib
import random
import shutil
import tempfile
import time

import checker
import loopdisk
import pytest
from faultlab import CLASSES, FAST, copy_database, fast_route, wait_drained
from harness import Daemon, Ledger, Sink
from traffic import Traffic

CUTS = int(os.environ.get("CHAPAR_POWER_CUTS", "50"))
CUTS_PER_RUN = 10
NOT_HERE = loopdisk.unavailable()
pytestmark = pytest.mark.skipif(NOT_HERE is not None, reason=str(NOT_HERE))


class Moment:
    """What each oracle held at the instant of a cut."""

    def __init__(self, folder, disk, daemon, ledger, sink):
        folder.mkdir()
        self.folder, self.image = folder, folder / "disk.img"
        self.ledger, self.sink = folder / "ledger", folder / "sink.log"
        with loopdisk.frozen(daemon.process.pid):
            disk.copy(self.image)
            time.sleep(0.03)  # what had left before the cut arrives
            shutil.copy(ledger.path, self.ledger)
            shutil.copy(sink.log_path, self.sink)


def after_the_power_came_back(moment):
    """Starts chapard on the copy, lets it send what waits to a sink of its own, and joins all evidence."""
    with loopdisk.mounted(moment.image, moment.folder / "disk") as disk, \
            Sink(moment.folder, name="after", dump=False) as after:
        daemon = Daemon(moment.folder / "chapard", [fast_route(after.port)], config=FAST, state_dir=disk / "state")
        begin = time.monotonic()
        daemon.start()
        ready = time.monotonic() - begin
        assert ready < 15, f"ready after {ready:.1f} s only:\n{daemon.log()}"  # I8
        try:
            wait_drained(daemon, 60)
            database = copy_database(daemon, moment.folder / "judged.db")
            daemon.stop()
        finally:
            daemon.kill()
        after.stop()
        good, counts = checker.check(moment.ledger, [moment.sink, after.log_path], database, "accepting")
        return good, counts, ready


@pytest.mark.parametrize("seed", range(1, max(1, CUTS // CUTS_PER_RUN) + 1))
def test_nothing_acknowledged_is_lost_in_a_power_cut(seed, capsys):
    """F3: 50 instants (CHAPAR_POWER_CUTS) in runs of ten; a copy of the loop-mounted ext4 image is what survives."""
    dice = random.Random(seed)
    total = {"acknowledged": 0, "lost": 0, "duplicates": 0, "in_doubt": 0}
    slowest = 0.0
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chapar-power-", dir="/var/tmp")))
        disk = stack.enter_context(loopdisk.LoopDisk(folder, megabytes=256))
        sink = stack.enter_context(Sink(folder, "--seed", str(seed), dump=False,
                                        rules=["verb=dot when=random:0.2 delay=20"]))
        ledger = Ledger(folder / "ledger")
        stack.callback(ledger.close)
        daemon = Daemon(folder / "chapard", [fast_route(sink.port)], config=FAST, state_dir=disk.mount_point / "state")
        stack.callback(daemon.kill)
        daemon.start()
        traffic = Traffic(daemon.socket, ledger, seed, classes=CLASSES, singles=2, streams=1, lines=10)
        stack.callback(traffic.close)
        for number in range(CUTS_PER_RUN):
            traffic.start()
            time.sleep(dice.uniform(0.02, 0.2))
            moment = Moment(folder / f"cut{number}", disk, daemon, ledger, sink)
            traffic.pause_all()
            good, counts, ready = after_the_power_came_back(moment)
            assert good, f"seed {seed}, cut {number}:\n{capsys.readouterr().out}"
            slowest = max(slowest, ready)
            for name in total:
                total[name] += counts[name]
            shutil.rmtree(moment.folder)
        traffic.settle()
        wait_drained(daemon)
        daemon.stop()
    capsys.readouterr()
    with capsys.disabled():
        print(f"\nseed {seed}: {CUTS_PER_RUN} power cuts, ready again within {slowest * 1000:.0f} ms, over all cuts {total}")
    assert total["acknowledged"] > 100 and total["in_doubt"] > 0, "the cuts must have had something to lose"
