"""F3, F6: power cut at 50 instants under load. Every message that was acknowledged before the cut is in the store
afterwards; with syncing switched off (the negative control) some are not, or this test would prove nothing."""
import contextlib
import pathlib
import random
import sqlite3
import tempfile
import time

import loopdisk
import pytest
from storewriter import Writer, stored_tokens

RUNS, CUTS_PER_RUN = 5, 10
NOT_HERE = loopdisk.unavailable()
pytestmark = pytest.mark.skipif(NOT_HERE is not None, reason=str(NOT_HERE))


@contextlib.contextmanager
def scratch():
    """On a disk, not in memory: the image must have an upper file system that behaves like one."""
    with tempfile.TemporaryDirectory(prefix="chapar-cut-", dir="/var/tmp") as folder:
        yield pathlib.Path(folder)


def after_the_cut(copy, folder):
    """Mounts a copy as after the power came back, and reads it."""
    with loopdisk.mounted(copy, folder / "after") as at:
        tokens, whole = stored_tokens(at / "store.db")
    copy.unlink()
    return tokens, whole


def cuts(seed, count, *arguments):
    """Runs the writer once and cuts `count` times: yields (acknowledged before, found after, file is whole)."""
    dice = random.Random(seed)
    with scratch() as folder, loopdisk.LoopDisk(folder) as disk:
        # A small WAL limit, so that cuts also strike while it is folded in and begun anew.
        with Writer(disk.mount_point / "store.db", folder / "ledger", "--checkpoint-pages", 200, *arguments) as writer:
            for number in range(count):
                time.sleep(dice.uniform(0.02, 0.2))
                with loopdisk.frozen(writer.process.pid):
                    acknowledged = writer.acknowledged()
                    copy = disk.copy(folder / f"cut-{number}.img")
                tokens, whole = after_the_cut(copy, folder)
                yield acknowledged, tokens, whole
            assert writer.stop() == 0
            assert not writer.refused()


@pytest.mark.parametrize("seed", range(1, RUNS + 1))
def test_nothing_acknowledged_is_lost_in_a_power_cut(seed):
    most = 0
    for acknowledged, tokens, whole in cuts(seed, CUTS_PER_RUN):
        lost = acknowledged - tokens
        assert not lost, f"seed {seed}: {len(lost)} of {len(acknowledged)} acknowledged messages are lost"
        assert whole
        most = max(most, len(acknowledged))
    assert most > 100, "the cuts must have had something to lose"


def test_the_cut_catches_a_store_that_does_not_sync():
    lost = 0
    for number in range(3):
        try:
            for acknowledged, tokens, _ in cuts(100 + number, 4, "--no-sync"):
                lost += len(acknowledged - tokens)
        except sqlite3.DatabaseError as damage:  # not even readable: caught as well
            print(f"the copy is unreadable: {damage}")
            lost += 1
        if lost:
            return
    pytest.fail("without syncing nothing was lost: this suite can't see a lost write")
