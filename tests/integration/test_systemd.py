"""What systemd sees of a real chapard: notifications, a passed socket, exit statuses, and the unit's sandbox."""
import os
import re
import signal
import socket
import subprocess

import pytest

from harness.build import program
from harness.daemon import email_route


class Manager:
    """The other end of $NOTIFY_SOCKET."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def hear(self, wanted, timeout=20):
        """Datagrams up to and with the first that has line `wanted`; answers that one as a dictionary."""
        self.socket.settimeout(timeout)
        while True:
            lines = self.socket.recv(4096).decode().split("\n")
            if wanted in lines:
                return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def manager(tmp_path):
    manager = Manager(tmp_path)
    yield manager
    manager.socket.close()


def message(number):
    return {"to": {"email": f"r{number}@receiver.example"}, "class": "transactional", "channels": ["email"],
            "content": {"email": {"subject": f"number {number}", "text": "body"}}}


def test_the_manager_hears_of_every_phase(chapard, sink, manager):
    daemon = chapard([email_route(sink.port)], environment={"NOTIFY_SOCKET": manager.path})
    assert "waiting" in manager.hear("READY=1")["STATUS"]
    daemon.signal(signal.SIGHUP)
    assert int(manager.hear("RELOADING=1")["MONOTONIC_USEC"]) > 0
    manager.hear("READY=1")
    manager.hear("WATCHDOG=1")
    daemon.stop()
    manager.hear("STOPPING=1")


def test_the_watchdog_is_told_as_often_as_it_wants(chapard, sink, manager):
    """WATCHDOG_USEC: with 0.6 s, ten words come long before the usual five seconds each have passed."""
    chapard([email_route(sink.port)], environment={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "600000"})
    manager.hear("READY=1")
    for _ in range(10):
        manager.hear("WATCHDOG=1", timeout=4)


def test_a_refused_reload_ends_the_reloading_too(chapard, sink, manager):
    daemon = chapard([email_route(sink.port)], environment={"NOTIFY_SOCKET": manager.path})
    manager.hear("READY=1")
    daemon.write_config(daemon.config_text() + "\n[demon]\n")
    daemon.signal(signal.SIGHUP)
    manager.hear("RELOADING=1")
    manager.hear("READY=1")
    assert re.search(r'chapar\.toml:\d+:\d+: unknown table "demon"; did you mean "daemon"\?', daemon.log())


def test_a_passed_socket_keeps_callers_waiting_over_a_restart(chapard, sink, tmp_path):
    """LISTEN_FDS: who connects while chapard is down is answered when it is back, never refused."""
    path = tmp_path / "passed.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(16)

        def popen(words, **more):
            def third():
                os.dup2(listener.fileno(), 3)
            # The shell's process becomes chapard, so $$ is the process that systemd would name.
            shell = ["/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"']
            return subprocess.Popen([*shell, *words], preexec_fn=third, pass_fds=(3,), **more)

        daemon = chapard([email_route(sink.port)], start=False, popen=popen)
        own = daemon.socket
        daemon.api.path = str(path)
        for _ in range(2):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as early:
                early.connect(str(path))
                early.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                daemon.start()
                early.settimeout(20)
                assert early.recv(64).startswith(b"HTTP/1.1 200 ")
            assert not own.exists(), "the passed socket is used instead of socket.path"
            daemon.stop()
        assert path.exists(), "the socket is systemd's to remove"


def test_a_faulty_configuration_ends_with_78(chapard):
    daemon = chapard([], start=False)
    daemon.write_config("[daemon]\ntimezone = 5\n[demon]\n")
    ended = subprocess.run([program("chapard"), "--config", str(daemon.config_path)], capture_output=True, text=True,
                           timeout=20)
    assert ended.returncode == 78
    assert f"{daemon.config_path}:2:12: timezone is a whole number" in ended.stderr
    assert f"{daemon.config_path}:3:2: unknown table" in ended.stderr


def filter_set(name):
    """A set of SystemCallFilter=, with the sets in it."""
    listed = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name], capture_output=True, text=True,
                            check=True).stdout
    words = {line.strip() for line in listed.splitlines()[1:] if line.strip() and not line.strip().startswith("#")}
    return set().union(*(filter_set(word) if word.startswith("@") else {word} for word in words))


def test_the_sandbox_of_the_unit_leaves_all_that_is_used(chapard, sink, tmp_path, eventually):
    """SystemCallFilter= and MemoryDenyWriteExecute= against a trace of starting, sending, reloading and stopping."""
    trace = tmp_path / "trace"
    # -D: chapard is our child, strace its detached tracer.
    daemon = chapard([email_route(sink.port)], wrap=["strace", "-D", "-f", "-qq", "-o", str(trace)])
    for number in range(5):
        assert daemon.api.send(message(number)).status == 202
    eventually(lambda: len(sink.accepted()) == 5)
    daemon.signal(signal.SIGHUP)
    assert daemon.api.get("/metrics").status == 200
    daemon.stop()
    text = eventually(lambda: "exit_group" in trace.read_text() and trace.read_text())
    used = set(re.findall(r"^\d+ +(\w+)\(", text, re.M))
    assert {"mmap", "fdatasync"} & used, "the trace is empty"
    allowed = filter_set("@system-service") - filter_set("@privileged") - filter_set("@resources")
    # Only root gives files away: SQLite does so for its journal files, and an unprivileged chapard does not try.
    as_root_only = {"chown", "fchown", "fchownat", "lchown"} if os.geteuid() == 0 else set()
    assert used - allowed - as_root_only == set()
    # No code is made at run time.
    assert not re.search(r"mmap\([^)]*PROT_WRITE\|PROT_EXEC", text)
    assert not re.search(r"mprotect\([^)]*PROT_EXEC", text)
