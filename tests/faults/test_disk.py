"""A disk that is full, fails or breaks off: storage trouble is said aloud (503), never an answer from memory."""
import os
import pathlib
import shutil
import subprocess
import time

import pytest
from faultlab import CLASSES, FAST, fast_route, wait_drained
from harness import Ledger
from harness.ledger import Ledger as LedgerFile
from traffic import Traffic


@pytest.fixture
def small_disk(tmp_path):
    """A tmpfs of 12 MB; needs root."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", folder], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip("mounts are not allowed here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)


def statuses(ledger):
    return [entry for entry in LedgerFile.read(ledger.path) if entry["event"] == "answered"]


def test_a_full_disk_is_answered_with_503_and_survived(chapard, sink, ledger, judge, small_disk, eventually):
    """F7: the disk fills, then is freed: 503 with Retry-After meanwhile, work goes on without a restart, nothing lost."""
    daemon = chapard([fast_route(sink.port)], config=FAST, state_dir=small_disk / "state")
    traffic = Traffic(daemon.socket, ledger, 7, classes=CLASSES, singles=1, streams=1)
    traffic.start()
    eventually(lambda: len(statuses(ledger)) > 50)
    ballast = small_disk / "ballast"
    try:
        with open(ballast, "wb") as file:
            while True:
                file.write(b"x" * 65536)
                file.flush()
    except OSError:
        pass
    eventually(lambda: any(entry["status"] in (503, 507) for entry in statuses(ledger)), 30)
    answer = daemon.api.send({"to": {"email": "a@example.net"}, "class": "transactional",
                              "content": {"email": {"subject": "s", "text": "token-" + Ledger.token()}}})
    if answer.status != 202:
        assert answer.status in (503, 507) and "Retry-After" in answer.headers, answer
    ballast.unlink()
    before = sum(entry["status"] == 202 for entry in statuses(ledger))
    eventually(lambda: sum(entry["status"] == 202 for entry in statuses(ledger)) > before + 20, 30)
    traffic.settle()
    traffic.close()
    wait_drained(daemon, 60)
    if answer.status == 202:  # that one was asked outside of the ledger
        ledger.asked([{"token": next(iter(unknown_tokens(sink, ledger)))}])
    judge(daemon, [sink])


def unknown_tokens(sink, ledger):
    known = {entry["token"] for entry in LedgerFile.read(ledger.path) if entry["event"] == "asked"}
    return {record["token"] for record in sink.accepted()} - known


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.parametrize("number", [3, 8, 20])
def test_a_failing_sync_is_never_acknowledged(chapard, sink, ledger, judge, number):
    """F5: fdatasync says EIO once. What was answered 202 is there after a restart; what was not is asked again."""
    daemon = chapard([fast_route(sink.port)], start=False, config=FAST,
                     wrap=["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e",
                           f"inject=fdatasync,fsync:error=EIO:when={number}"])
    daemon.start(wait=False)
    try:
        daemon.wait_ready()
    except AssertionError:
        pass  # the fault hit the start: it refuses to run, which is honest
    traffic = Traffic(daemon.socket, ledger, number, classes=CLASSES, singles=2, streams=1)
    traffic.start()
    time.sleep(2.0)
    traffic.pause_all()
    kill_tree(daemon)
    daemon.wrap = []
    daemon.start()
    traffic.settle()
    traffic.close()
    wait_drained(daemon, 60)
    judge(daemon, [sink])


def kill_tree(daemon):
    """The daemon under strace, then strace, by their ids."""
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == daemon.process.pid:
                os.kill(int(path.parent.name), 9)
        except (OSError, IndexError):
            pass  # it ended meanwhile
    try:
        daemon.process.wait(10)
        daemon.process = None
    except subprocess.TimeoutExpired:
        daemon.kill()


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_killed_at_writing_system_calls_nothing_is_lost(chapard, sink, ledger, judge, capsys):
    """F2: SIGKILL at the Nth pwrite64, then at the Nth fdatasync, of a short scenario; CHAPAR_SYSCALL_STEP thins it out."""
    step = int(os.environ.get("CHAPAR_SYSCALL_STEP", "7"))
    daemon = chapard([fast_route(sink.port)], start=False, config=FAST)
    traffic = Traffic(daemon.socket, ledger, 11, classes=CLASSES, singles=1, streams=1, lines=5)
    tried = bitten = 0
    for call, last in (("pwrite64", 90), ("fdatasync", 30)):
        for number in range(1, last, step):
            tried += 1
            daemon.wrap = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                           f"inject={call}:signal=SIGKILL:when={number}"]
            daemon.start(wait=False)
            traffic.start()
            try:
                daemon.process.wait(1.5)
                bitten += 1
                daemon.process = None
            except subprocess.TimeoutExpired:
                kill_tree(daemon)
            traffic.pause_all()
    daemon.wrap = []
    daemon.start()
    traffic.settle()
    traffic.close()
    wait_drained(daemon, 60)
    judge(daemon, [sink])
    with capsys.disabled():
        print(f"killed at system calls: {bitten} of {tried} points reached")
    assert bitten > tried // 2
