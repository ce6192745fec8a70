"""The client's own record (oracle O1): every request and every answer, appended and fsynced by the client."""
import json
import os
import secrets
import time


class Ledger:
    def __init__(self, path):
        self.path = str(path)
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def _put(self, records):
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
        assert os.write(self._file, text) == len(text)
        os.fdatasync(self._file)

    def asked(self, entries):
        """entries: dicts with token, to and optional key. Written before the bytes go out."""
        now = time.monotonic()
        self._put([{"event": "asked", "mono": now, **entry} for entry in entries])

    def answered(self, entries):
        """entries: dicts with token, status, id (or None)."""
        now = time.monotonic()
        self._put([{"event": "answered", "mono": now, **entry} for entry in entries])

    def note(self, what, **more):
        self._put([{"event": "note", "mono": time.monotonic(), "what": what, **more}])

    def close(self):
        os.close(self._file)

    @staticmethod
    def token():
        return secrets.token_hex(16)

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            return [json.loads(line) for line in file.read().split(b"\n")[:-1]]
