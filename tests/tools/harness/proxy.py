"""Starts tcp_proxy and reads its log (oracle O3)."""
import json
import pathlib
import subprocess
import sys

_program = pathlib.Path(__file__).resolve().parent.parent / "tcp_proxy"


class Proxy:
    """`faults`: the options of tests/tools/tcp_proxy, for example "--cut-after", "2000"."""

    def __init__(self, folder, target_port, *faults, name="proxy"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / f"{name}.log"
        self._command = [sys.executable, str(_program), "--target", str(target_port), "--log", str(self.log_path),
                         *map(str, faults)]
        self.process = None
        self.port = 0

    def start(self):
        self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.communicate(timeout=10)
            self.process = None

    def records(self):
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()
