"""F51: a backup is taken under load and put back after everything was sent. The sink, which shares nothing with us, counts copies."""
import pathlib
import shutil
import sqlite3
import subprocess
import time

import pytest
from faultlab import FAST, fast_route, wait_drained
from harness.build import program
from traffic import Traffic

MESSAGES = 800


def chapar(daemon, *words, check=True, **more):
    done = subprocess.run([program("chapar"), "--socket", str(daemon.socket), *words], capture_output=True, text=True,
                          timeout=120, **more)
    assert not check or done.returncode == 0, f"{words}: {done.returncode} {done.stdout}{done.stderr}"
    return done


def journal_of(daemon):
    return sorted(daemon.state_dir.glob("chapar.db.left-*"))


@pytest.fixture
def day(chapard, sink_factory, ledger, tmp_path):
    """800 messages; a backup while some wait and some fly; then all are sent and the daemon stops. Answers what is needed."""
    sink = sink_factory(dump=False, rules=["verb=dot when=random:1 delay=350"])
    daemon = chapard([fast_route(sink.port, max_in_flight=60)], config=FAST)
    traffic = Traffic(daemon.socket, ledger, 1, classes=("retrying",), singles=0, streams=0)
    ids = []
    for message in traffic.new_messages(MESSAGES):
        answer = daemon.api.send(message)
        assert answer.status == 202
        ids.append(answer.json["id"])
    end = time.monotonic() + 60
    while len(sink.accepted()) < 50:
        assert time.monotonic() < end
        time.sleep(0.01)
    backup = tmp_path / "backup.db"
    chapar(daemon, "backup", str(backup), "--config", str(daemon.config_path))
    with sqlite3.connect(f"file:{backup}?mode=ro", uri=True) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        states = dict(copy.execute("SELECT state, count(*) FROM progress GROUP BY state"))
    assert states.get(0, 0) > 100 and states.get(1, 0) > 10, f"some wait and some fly: {states}"
    assert backup.stat().st_mode & 0o777 == 0o600
    wait_drained(daemon, 120)
    assert len(sink.accepted()) == MESSAGES
    traffic.close()
    return daemon, sink, backup, ids, states


def restore(daemon, backup):
    refused = chapar(daemon, "restore", str(backup), "--yes", "--config", str(daemon.config_path), check=False)
    assert refused.returncode == 1 and "stop" in refused.stderr, "a running daemon keeps its store"
    daemon.stop()
    told = chapar(daemon, "restore", str(backup), "--yes", "--config", str(daemon.config_path))
    assert list(daemon.state_dir.glob("chapar.db.replaced-*")), "the replaced store is kept"
    return told.stdout


def copies(sink):
    return len(sink.accepted()) - MESSAGES


def settle(daemon):
    """Everything that would be sent again is: nothing waits any more for a while."""
    time.sleep(1)
    wait_drained(daemon, 60)
    time.sleep(1)


def test_with_its_journal_a_restored_store_sends_no_second_copy_and_loses_nothing(day):
    daemon, sink, backup, ids, states = day
    assert journal_of(daemon)
    told = restore(daemon, backup)
    assert "The journal reaches back" in told
    daemon.start()
    settle(daemon)
    assert copies(sink) == 0
    found = {daemon.api.message(each)["state"] for each in ids}
    assert found <= {"sent", "held"}, found
    size = sum(path.stat().st_size for path in journal_of(daemon))
    print(f"journal: {size / MESSAGES:.1f} bytes a message; in the backup {states}")


def test_a_plain_copy_put_back_is_recognised(day):
    daemon, sink, backup, ids, _ = day
    daemon.stop()
    for side in ("", "-wal", "-shm"):
        pathlib.Path(f"{daemon.database}{side}").unlink(missing_ok=True)
    shutil.copy(backup, daemon.database)
    daemon.start()
    settle(daemon)
    assert copies(sink) == 0
    assert "store.restored" in daemon.log()


def test_without_a_journal_all_is_held_until_it_is_released(day):
    daemon, sink, backup, ids, states = day
    for path in journal_of(daemon):
        path.unlink()
    told = restore(daemon, backup)
    assert "all of them will be held" in told
    daemon.start()
    settle(daemon)
    assert copies(sink) == 0
    left = states.get(0, 0) + states.get(1, 0)
    held = chapar(daemon, "list", "--state", "held", "--limit", "1000").stdout.splitlines()
    assert len(held) == left
    explained = chapar(daemon, "explain", held[0].split()[0]).stdout
    assert "restored from a backup" in explained
    counted = chapar(daemon, "release", "--class", "retrying", "--dry-run").stdout
    assert counted.split()[0] == str(left)
    assert chapar(daemon, "release", "--class", "marketing", "--dry-run").stdout.split()[0] == "0"
    assert chapar(daemon, "release", "--class", "retrying", check=False, stdin=subprocess.DEVNULL).returncode == 1
    assert copies(sink) == 0
    gone = held[0].split()[0]
    chapar(daemon, "cancel", gone)
    chapar(daemon, "release", "--class", "retrying", "--yes")
    settle(daemon)
    assert copies(sink) == left - 1
    assert daemon.api.message(gone)["state"] == "cancelled"


def test_what_is_held_by_a_restore_can_be_put_down(day):
    daemon, sink, backup, _, states = day
    for path in journal_of(daemon):
        path.unlink()
    restore(daemon, backup)
    daemon.start()
    chapar(daemon, "release", "--cancel", "--yes")
    settle(daemon)
    assert copies(sink) == 0
    assert chapar(daemon, "list", "--state", "held").stdout == ""


def test_the_test_can_fail(day):
    """Negative control: without the journal, and made to believe that it never had one, the store sends again."""
    daemon, sink, backup, _, states = day
    for path in journal_of(daemon):
        path.unlink()
    restore(daemon, backup)
    with sqlite3.connect(daemon.database) as store:
        store.execute("UPDATE identity SET journal = 0")
    daemon.start()
    settle(daemon)
    assert copies(sink) >= states.get(0, 0) > 0


def test_a_backup_does_not_stop_the_writer(chapard, sink_factory, ledger, tmp_path):
    sink = sink_factory(dump=False)
    daemon = chapard([fast_route(sink.port)], config=FAST)
    traffic = Traffic(daemon.socket, ledger, 1, classes=("retrying",), singles=2, streams=1, lines=20)
    traffic.start()
    time.sleep(1)
    before = traffic.sent
    for number in range(5):
        chapar(daemon, "backup", str(tmp_path / f"b{number}"), "--config", str(daemon.config_path))
        with sqlite3.connect(f"file:{tmp_path / f'b{number}'}?mode=ro", uri=True) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert traffic.sent > before, "messages were taken in meanwhile"
    again = chapar(daemon, "backup", str(tmp_path / "b0"), "--config", str(daemon.config_path), check=False)
    assert again.returncode == 1 and "exists" in again.stderr
    chapar(daemon, "backup", str(tmp_path / "b0"), "--force", "--config", str(daemon.config_path))
    assert not list(tmp_path.glob("*.part-*"))
    traffic.settle()
    traffic.close()
    wait_drained(daemon, 60)
    daemon.stop()
    chapar(daemon, "backup", str(tmp_path / "stopped"), "--config", str(daemon.config_path))
    daemon.start()
