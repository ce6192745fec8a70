"""F5, F7, F12 at the store itself: a sync that fails, a disk that is full, a file that vanishes. What was
acknowledged is there, what was refused is not, and the store goes on without a restart."""
import pathlib
import shutil
import sqlite3
import tempfile
import time

import loopdisk
import pytest
from storewriter import Writer, stored_tokens


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="chapar-disk-", dir="/var/tmp") as name:
        yield pathlib.Path(name)


def judge(database, writer):
    """The oracle: SQLite by itself against the client's ledger."""
    tokens, whole = stored_tokens(database)
    assert whole
    lost = writer.acknowledged() - tokens
    assert not lost, f"{len(lost)} acknowledged messages are lost"
    kept = writer.refused() & tokens
    assert not kept, f"{len(kept)} refused messages are in the store"


def answers_after_refusal(writer):
    lines = writer.lines()
    first = next((number for number, line in enumerate(lines) if line.startswith("no ")), len(lines))
    return sum(line.startswith("ok ") for line in lines[first:])


def failing_sync(trace, when):
    """strace counts for each thread by itself; the main thread's syncs are those of the start."""
    return ["strace", "-D", "-f", "-qq", "-o", trace, "-e", "trace=fdatasync",
            "-e", f"inject=fdatasync:error=EIO:when={when}"]


needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@needs_strace
def test_a_failed_sync_at_the_start_is_a_refusal_to_start(folder):
    with pytest.raises(AssertionError, match="I/O error"):
        with Writer(folder / "store.db", folder / "ledger", prefix=failing_sync(folder / "trace", "3")):
            pass
    with Writer(folder / "store.db", folder / "ledger") as writer:
        writer.wait_until(lambda: len(writer.acknowledged()) > 10)
        assert writer.stop() == 0
    judge(folder / "store.db", writer)


@needs_strace
@pytest.mark.parametrize("when", ["12", "40", "20..24", "30+"])
def test_a_failed_sync_is_never_answered_with_ok(folder, when):
    """Without checkpoints every fdatasync of the writer is a commit's."""
    trace = folder / "trace"
    with Writer(folder / "store.db", folder / "earlier") as earlier:  # makes the tables, which takes many syncs
        assert earlier.stop() == 0
    with Writer(folder / "store.db", folder / "ledger", "--pause-us", 300, prefix=failing_sync(trace, when)) as writer:
        writer.wait_until(lambda: writer.refused(), 60)
        assert "INJECTED" in trace.read_text(), "the fault must have bitten"
        if when.endswith("+"):
            time.sleep(0.5)  # of several clients one may write its answer down after another's refusal
            before = len(writer.acknowledged())
            time.sleep(0.5)
            assert len(writer.acknowledged()) == before, "an answer was given while every sync fails"
            writer.process.kill()
            writer.process.wait()
            tokens, whole = stored_tokens(folder / "store.db")
            assert whole and not writer.acknowledged() - tokens
            return
        writer.wait_until(lambda: answers_after_refusal(writer) > 30, 60)
        assert writer.stop() == 0
    judge(folder / "store.db", writer)


@pytest.mark.skipif(loopdisk.unavailable() is not None, reason=str(loopdisk.unavailable()))
def test_a_full_disk_is_refused_and_recovers_when_space_is_freed(folder):
    with loopdisk.LoopDisk(folder, megabytes=24) as disk:
        ballast = disk.mount_point / "ballast"
        ballast.write_bytes(b"x" * (8 << 20))
        database = disk.mount_point / "store.db"
        with Writer(database, folder / "ledger", "--pause-us", 0, "--batch", 50) as writer:
            writer.wait_until(lambda: len(writer.refused()) > 200)
            ballast.unlink()
            writer.wait_until(lambda: answers_after_refusal(writer) > 500)
            assert writer.stop() == 0
        judge(database, writer)


def test_a_database_file_that_was_replaced_is_refused_until_it_is_back(folder):
    database = folder / "store.db"
    aside = folder / "aside.db"
    with Writer(database, folder / "ledger") as writer:
        writer.wait_until(lambda: len(writer.acknowledged()) > 50)
        database.rename(aside)
        writer.wait_until(lambda: writer.refused())
        acknowledged = len(writer.acknowledged())
        time.sleep(0.3)
        assert len(writer.acknowledged()) == acknowledged, "an answer was given for a file without a name"
        aside.rename(database)
        writer.wait_until(lambda: len(writer.acknowledged()) > acknowledged + 50)
        assert writer.stop() == 0
    tokens, whole = stored_tokens(database)
    assert whole and not writer.acknowledged() - tokens


def test_a_second_process_is_turned_away(folder):
    with Writer(folder / "store.db", folder / "ledger") as writer:
        with pytest.raises(AssertionError, match="another process"):
            with Writer(folder / "store.db", folder / "ledger-2"):
                pass
        assert writer.stop() == 0


def test_a_newer_schema_and_a_foreign_database_are_refused(folder):
    with Writer(folder / "store.db", folder / "ledger") as writer:
        assert writer.stop() == 0
    with sqlite3.connect(folder / "store.db") as connection:
        connection.execute("PRAGMA user_version = 4711")
    with pytest.raises(AssertionError, match="newer version"):
        with Writer(folder / "store.db", folder / "ledger-2"):
            pass
    with sqlite3.connect(folder / "other.db") as connection:
        connection.execute("CREATE TABLE address (name TEXT)")
    with pytest.raises(AssertionError, match="not one of Chapar"):
        with Writer(folder / "other.db", folder / "ledger-3"):
            pass
    (folder / "text.db").write_text("hello " * 1000)
    with pytest.raises(AssertionError, match="not a database"):
        with Writer(folder / "text.db", folder / "ledger-4"):
            pass
