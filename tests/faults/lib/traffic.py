"""Clients that keep handing messages in while the daemon is being hurt, and write down what they heard."""
import http.client
import json
import random
import threading
import time

from harness import Ledger
from harness.api import _UnixConnection

BROKEN = (OSError, http.client.HTTPException)


class Traffic:
    """Threads of two kinds: one message a request, and NDJSON streams. What got no answer is asked again with the
    same idempotency key, as a careful application does."""

    def __init__(self, socket, ledger, seed, classes=("transactional",), singles=1, streams=1, lines=20, pause=0.0):
        self.socket, self.ledger, self.pause = str(socket), ledger, pause
        self.classes, self.lines = classes, lines
        self.sent = 0
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._again = []
        self._running, self._stop = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._loop, args=(kind,), daemon=True)
                         for kind in [self._single] * singles + [self._stream] * streams]
        for thread in self._threads:
            thread.start()

    def new_messages(self, count):
        """What is to be asked again comes first."""
        with self._lock:
            out, self._again = self._again[:count], self._again[count:]
            while len(out) < count:
                token = Ledger.token()
                name = self._random.choice(self.classes)
                out.append({"to": {"email": f"u{self.sent}@example.net"}, "class": name,
                            "content": {"email": {"subject": f"Fault {self.sent}", "text": f"token-{token}\n"}},
                            "idempotency_key": token})
                self.sent += 1
            self.ledger.asked([self._entry(message) for message in out])
        return out

    @staticmethod
    def _entry(message):
        return {"token": message["idempotency_key"], "to": message["to"]["email"], "key": message["idempotency_key"],
                "class": message["class"]}

    def _heard(self, message, status, answer):
        token = message["idempotency_key"]
        with self._lock:
            if answer.get("id"):
                self.ledger.answered([{"token": token, "status": status, "id": answer["id"]}])
            else:
                self.ledger.answered([{"token": token, "status": status, "id": None, "answer": answer}])
                if status >= 500 or status == 429:
                    self._again.append(message)

    def _unheard(self, messages):
        with self._lock:
            self._again += messages

    def _single(self):
        link = _UnixConnection(self.socket, 10)
        try:
            while self._running.is_set():
                message = self.new_messages(1)[0]
                try:
                    link.request("POST", "/v1/messages", json.dumps(message), {"Content-Type": "application/json"})
                    response = link.getresponse()
                    self._heard(message, response.status, json.loads(response.read() or b"{}"))
                except (*BROKEN, ValueError):
                    self._unheard([message])
                    raise
                time.sleep(self.pause)
        finally:
            link.close()

    def _stream(self):
        link = _UnixConnection(self.socket, 10)
        try:
            while self._running.is_set():
                messages = self.new_messages(self.lines)
                heard = 0
                try:
                    body = "".join(json.dumps(message) + "\n" for message in messages)
                    link.request("POST", "/v1/messages", body, {"Content-Type": "application/x-ndjson"})
                    response = link.getresponse()
                    while heard < len(messages):
                        line = response.readline()
                        if not line.endswith(b"\n"):
                            break  # cut off: no answer
                        answer = json.loads(line)
                        self._heard(messages[heard], answer.get("status", response.status), answer)
                        heard += 1
                    response.read()
                finally:
                    self._unheard(messages[heard:])
                time.sleep(self.pause)
        finally:
            link.close()

    def _loop(self, kind):
        while not self._stop.is_set():
            if not self._running.wait(0.05):
                continue
            try:
                kind()
            except (*BROKEN, ValueError):
                time.sleep(0.005)  # the daemon is away

    def start(self):
        self._running.set()

    def settle(self, timeout=20):
        """No new messages; what has no answer yet is asked until it has one."""
        self._running.clear()
        time.sleep(0.1)
        end = time.monotonic() + timeout
        while self._again:
            assert time.monotonic() < end, f"{len(self._again)} messages got no answer"
            with self._lock:
                batch, self._again = self._again, []
            link = _UnixConnection(self.socket, 10)
            for message in batch:
                try:
                    link.request("POST", "/v1/messages", json.dumps(message), {"Content-Type": "application/json"})
                    response = link.getresponse()
                    self._heard(message, response.status, json.loads(response.read() or b"{}"))
                except BROKEN:
                    self._unheard([message])
                    link.close()
            link.close()

    def pause_all(self):
        self._running.clear()

    def close(self):
        self._running.clear()
        self._stop.set()
        for thread in self._threads:
            thread.join(15)
