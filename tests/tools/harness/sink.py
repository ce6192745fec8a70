"""Starts smtp_sink and reads its log (oracle O2)."""
import json
import pathlib
import signal
import socket
import subprocess
import time

from .build import program


class Sink:
    """The provider's side. `rules` are those of smtp_sink/script.hpp; extra options go through as they are."""

    def __init__(self, folder, *options, rules=(), port=0, quiet=False, dump=True, name="sink"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / f"{name}.log"
        self.dump_dir = self.folder / f"{name}.dump"
        self.port = port
        self.control_port = 0
        self.process = None
        self._options = list(options)
        self._rules = list(rules)
        self._quiet = quiet
        self._dump = dump and not quiet
        self.totals = None

    def start(self):
        command = [program("smtp_sink"), "--port", str(self.port)]
        if self._quiet:
            command.append("--quiet")
        else:
            command += ["--log", str(self.log_path)]
        if self._dump:
            self.dump_dir.mkdir(exist_ok=True)
            command += ["--dump", str(self.dump_dir)]
        for rule in self._rules:
            command += ["--rule", rule]
        self.process = subprocess.Popen(command + self._options, stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        if len(words) != 2:
            raise RuntimeError("smtp_sink did not start")
        self.port, self.control_port = int(words[0]), int(words[1])
        return self

    def stop(self):
        """Ends it; the totals of the whole run are then in `totals`."""
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            text, _ = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        self.totals = json.loads(text.splitlines()[-1]) if text.strip() else None

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def control(self, line):
        with socket.create_connection(("127.0.0.1", self.control_port), timeout=10) as link:
            link.sendall(line.encode() + b"\n")
            answer = link.makefile().readline().strip()
        if answer.startswith("error"):
            raise ValueError(f"{line}: {answer}")
        return answer

    def rule(self, text):
        self.control("rule " + text)

    def clear(self):
        self.control("clear")

    def rules(self):
        return json.loads(self.control("rules"))

    def stats(self):
        return json.loads(self.control("stats"))

    def records(self):
        if not self.log_path.exists():
            return []
        lines = self.log_path.read_bytes().split(b"\n")
        return [json.loads(line) for line in lines[:-1]]  # what follows the last newline is still being written

    def messages(self):
        return [record for record in self.records() if record["event"] == "message"]

    def accepted(self):
        return [record for record in self.messages() if 200 <= record["code"] < 300]

    def bytes_of(self, record):
        return (self.dump_dir / f"{record['seq']}.eml").read_bytes()

    def wait_accepted(self, count, timeout=30):
        """Waits until `count` messages were answered with 2xx, and answers them."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = self.accepted()
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"{len(self.accepted())} of {count} messages accepted in {timeout} s")

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()
