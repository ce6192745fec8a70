"""Drives tests/faults/powercut/store_writer and reads what it leaves, without any of the store's code."""
import os
import pathlib
import signal
import sqlite3
import subprocess
import time


def program():
    build = pathlib.Path(os.environ.get("CHAPAR_BUILD", pathlib.Path(__file__).parents[3] / "build" / "dev"))
    return build / "bin" / "store_writer"


class Writer:
    """A running store_writer. A context manager; `prefix` goes before the command (strace)."""

    def __init__(self, database, ledger, *arguments, prefix=()):
        self.ledger = pathlib.Path(ledger)
        self.command = [*map(str, prefix), str(program()), str(database), str(ledger), *map(str, arguments)]
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.wait_until(lambda: self.ledger.exists() and self.ledger.stat().st_size > 0)
        return self

    def __exit__(self, *details):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def wait_until(self, condition, timeout=30):
        deadline = time.monotonic() + timeout
        while not condition():
            assert self.process.poll() is None, f"store_writer ended: {self.process.stderr.read()}"
            assert time.monotonic() < deadline, "store_writer did not get there in time"
            time.sleep(0.005)

    def lines(self):
        """The whole lines of the ledger."""
        text = self.ledger.read_text()
        return text[:text.rfind("\n") + 1].splitlines()

    def acknowledged(self):
        return {line.split()[1] for line in self.lines() if line.startswith("ok ")}

    def refused(self):
        return {line.split()[1] for line in self.lines() if line.startswith("no ")}

    def stop(self, pid=None):
        """SIGTERM; answers the exit status."""
        os.kill(pid or self.process.pid, signal.SIGTERM)
        return self.process.wait(timeout=30)


def stored_tokens(database):
    """The tokens of all messages that a fresh reader finds, and whether SQLite finds the file whole."""
    connection = sqlite3.connect(database)
    try:
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        rows = connection.execute("SELECT m.body, p.state FROM message AS m LEFT JOIN progress AS p USING (key)")
        bodies = rows.fetchall()
    finally:
        connection.close()
    assert all(state is not None for _, state in bodies), "a message without its state"
    return {body.decode().strip() for body, _ in bodies}, whole
