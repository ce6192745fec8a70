"""Clients that never finish (F22): two thousand of them against both listeners, and everybody else is served."""
import http.client
import itertools
import json
import os
import re
import resource
import socket
import threading
import time

from faultlab import FAST, fast_route
from harness.build import build_dir, plugin_dir

CLIENTS = 1000  # at each listener
HONEST = 60
HEAD = b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
# What they say at first, and what they go on with: nothing, half a head, a whole head and half a body.
KINDS = ((b"", b""), (HEAD[:20] % b"v1", b"X"), (HEAD % b"in/good" + b"Content-Length: 1000\r\n\r\n{", b" "))


class Slow(threading.Thread):
    """Holds the connections; whoever is thrown out comes back."""

    def __init__(self, connect, count):
        super().__init__(daemon=True)
        self.connect, self.done, self.standing = connect, threading.Event(), 0
        self.links = [[None, kind] for kind, _ in zip(itertools.cycle(KINDS), range(count))]

    def run(self):
        while not self.done.is_set():
            standing = 0
            for entry in self.links:
                if self.done.is_set():
                    break
                standing += self.drip(entry)
            self.standing = standing
            self.done.wait(0.2)
        for link, _ in self.links:
            if link:
                link.close()

    def drip(self, entry):
        link, (first, more) = entry
        try:
            if link is None:
                link = entry[0] = self.connect()
                link.send(first or b"")
            elif more:
                link.send(more)
            link.setblocking(False)
            try:
                return link.recv(4096) != b"" or self.drop(entry)
            except BlockingIOError:
                return True
            finally:
                link.setblocking(True)
        except OSError:
            return self.drop(entry)

    @staticmethod
    def drop(entry):
        if entry[0]:
            entry[0].close()
        entry[0] = None
        return False


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("x", timeout=15)
        self.path = path

    def connect(self):
        self.sock = unix(self.path)


def unix(path):
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(15)
    link.connect(str(path))
    return link


def served(make_link, method, target, body, good):
    """Asks until it is served; answers how often it was told to come again. A reset or a silence is an error."""
    for turned_away in range(200):
        link = make_link()
        try:
            link.request(method, target, body, {"Content-Type": "application/json"})
            answer = link.getresponse()
            answer.read()
        finally:
            link.close()
        if answer.status == good:
            return turned_away
        assert answer.status == 503 and answer.getheader("Retry-After"), answer.status
        time.sleep(0.05)
    raise AssertionError("never served")


def test_two_thousand_slow_clients_shut_nobody_out(chapard, sink, capsys, eventually):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    daemon = chapard([fast_route(sink.port), {
        "name": "good", "channel": "email", "plugin": "mischief", "classes": ["retrying"], "settings": {"mode": "good"}}],
        config={**FAST, "daemon": {"plugin_dirs": [plugin_dir(), str(build_dir() / "lib/chapar/test-plugins")]},
                "inbound": {"listen": "127.0.0.1:0", "idle_timeout": "60s"}})
    port = int(re.search(r"webhooks are taken on http://127\.0\.0\.1:(\d+)/in/", daemon.log())[1])
    calm = len(os.listdir(f"/proc/{daemon.process.pid}/fd"))
    slow = [Slow(lambda: socket.create_connection(("127.0.0.1", port), timeout=15), CLIENTS),
            Slow(lambda: unix(daemon.socket), CLIENTS)]
    message = json.dumps({"to": {"email": "anna@example.net"}, "class": "transactional",
                          "content": {"email": {"subject": "Slow", "text": "token\n"}}})
    try:
        for each in slow:
            each.start()
        eventually(lambda: all(each.standing >= 200 for each in slow), 60)
        again = 0
        for _ in range(HONEST):
            again += served(lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=15), "POST", "/in/good/x", b"{}", 204)
            again += served(lambda: UnixConnection(daemon.socket), "POST", "/v1/messages", message, 202)
        most = len(os.listdir(f"/proc/{daemon.process.pid}/fd"))
    finally:
        for each in slow:
            each.done.set()
        for each in slow:
            each.join(30)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with capsys.disabled():
        print(f"\nslow clients {2 * CLIENTS}, served {2 * HONEST}, told to come again {again}, descriptors {most}")
    assert most <= calm + 1024 + 256 + 2 * 128 + 64, "more descriptors than both listeners may hold"
