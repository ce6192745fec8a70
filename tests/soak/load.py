"""The applications of a soak: a steady load, written down before it is handed in and when it is answered. Each message has
an idempotency key, and what gets no answer is asked again, as a careful application does."""
import http.client
import json
import queue
import random
import secrets
import socket
import threading
import time

from account import Asked

# class -> share of the load
SHARES = {"otp": 0.15, "brief": 0.15, "holding": 0.3, "retrying": 0.4}
GONE = 0.02      # of the recipients are those whom the provider does not know when it is in that mood
STRANGERS = 40   # different ones of them


class Link(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("soak", timeout=10)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Load:
    """`rate` messages a second by four connections. `ledger` is {token: Asked}."""

    def __init__(self, path, rate, journal, seed):
        self.path, self.rate, self.ledger = str(path), rate, {}
        self.journal = open(journal, "a", buffering=1)
        self.random, self.lock = random.Random(seed), threading.Lock()
        self.work, self.done = queue.Queue(), threading.Event()
        self.unanswered = 0  # times that something was asked again
        self.threads = [threading.Thread(target=self.pace, daemon=True)]
        self.threads += [threading.Thread(target=self.hand_in, daemon=True) for _ in range(4)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def write(self, event, **more):
        self.journal.write(json.dumps({"at": time.time(), "event": event, **more}) + "\n")

    def new(self):
        token = secrets.token_hex(16)
        name = self.random.choices(list(SHARES), SHARES.values())[0]
        gone = self.random.random() < GONE
        number = self.random.randrange(STRANGERS) if gone else self.random.randrange(10**9)
        asked = Asked(token, f"{'gone' if gone else 'u'}{number}@example.net", name, time.time())
        with self.lock:
            self.ledger[token] = asked
            self.write("asked", token=token, to=asked.recipient, name=name)
        return asked

    def pace(self):
        due = time.monotonic()
        while not self.done.is_set():
            due += 1 / self.rate
            self.done.wait(max(0, due - time.monotonic()))
            if self.work.qsize() < 5000:
                self.work.put(self.new())

    def hand_in(self):
        link = Link(self.path)
        while True:
            try:
                asked = self.work.get(timeout=0.2)
            except queue.Empty:
                if self.done.is_set():
                    return link.close()
                continue
            if not self.ask(link, asked):
                self.unanswered += 1
                self.work.put(asked)
                link.close()
                link = Link(self.path)
                time.sleep(0.05)

    def ask(self, link, asked):
        """False: no answer, or one that says to come again."""
        body = {"to": {"email": asked.recipient}, "class": asked.class_name, "idempotency_key": asked.token,
                "content": {"email": {"subject": "Soak", "text": f"token-{asked.token}\n"}}}
        try:
            link.request("POST", "/v1/messages", json.dumps(body), {"Content-Type": "application/json"})
            response = link.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            return False
        if response.status >= 500 or response.status == 429:
            return False
        with self.lock:
            self.write("answered", token=asked.token, status=response.status, id=answer.get("id"))
            if response.status in (200, 202):
                asked.ids.add(answer["id"])
            else:
                asked.refused = response.status
        return True

    def finish(self, timeout=120):
        """No new messages; what has no answer is asked until it has one."""
        self.done.set()
        end = time.monotonic() + timeout
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))
        self.journal.close()
