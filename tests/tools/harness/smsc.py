"""Starts tests/tools/smsc (npm smpp) and reads its log (oracle O2)."""
import json
import pathlib
import socket
import subprocess
import time

from .build import root

_program = root / "tests/tools/smsc/smsc.mjs"


class Smsc:
    """The SMSC's side. `behave` are the keys of smsc.mjs; `peers` is the folder whose node_modules has smpp."""

    def __init__(self, folder, peers, name="smsc", port=0, options=(), **behave):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / f"{name}.log"
        self.port, self.control_port, self.process = port, 0, None
        self._peers, self._options, self._behave = str(peers), [str(each) for each in options], behave
        self._link = None

    def start(self):
        command = ["node", str(_program), "--peers", self._peers, "--port", str(self.port), "--log", str(self.log_path),
                   "--behave", json.dumps(self._behave), *self._options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        if len(words) != 2:
            raise RuntimeError("smsc.mjs did not start")
        self.port, self.control_port = int(words[0]), int(words[1])
        return self

    def stop(self):
        if self._link:
            self._link.close()
            self._link = None
        if self.process:
            self.process.kill()  # it may be frozen
            self.process.communicate(timeout=10)
            self.process = None

    def signal(self, number):
        self.process.send_signal(number)

    def control(self, **line):
        if self._link is None:
            self._link = socket.create_connection(("127.0.0.1", self.control_port), timeout=15)
            self._answers = self._link.makefile()
        self._link.sendall(json.dumps(line).encode() + b"\n")
        answer = json.loads(self._answers.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer

    def behave(self, **keys):
        return self.control(behave=keys)

    def stats(self):
        return self.control(stats=True)

    def deliver(self, **fields):
        return self.control(deliver=fields)

    def records(self, event=None):
        if not self.log_path.exists():
            return []
        lines = [json.loads(line) for line in self.log_path.read_bytes().split(b"\n")[:-1]]
        return [line for line in lines if event is None or line["event"] == event]

    def accepted(self):
        return [record for record in self.records("message") if record["code"] == 250]

    def wait(self, done, timeout=20):
        """Waits until done(stats) is true, and answers them."""
        end = time.monotonic() + timeout
        while True:
            stats = self.stats()
            if done(stats):
                return stats
            assert time.monotonic() < end, f"not in {timeout} s: {stats}"
            time.sleep(0.02)

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()


def sms_route(port, password_file, name="smsc", **more):
    """A route to an SMSC on 127.0.0.1 with times short enough for tests; `settings` in `more` adds to the plugin's own."""
    settings = {"host": "127.0.0.1", "port": port, "system_id": "chapar", "password": str(password_file),
                "source": "Chapar", "response_timeout": "2s", "reconnect_first": "50ms", "reconnect_max": "300ms",
                "receipt_park": "2s"}
    settings.update(more.pop("settings", {}))
    settings = {key: value for key, value in settings.items() if value is not None}
    return {"name": name, "channel": "sms", "plugin": "sms", "deadline": "8s", **more, "settings": settings}
