"""Reloads that change what is in use, under load, while receipts come in by SMPP and by webhook (F41).

Every reload replaces instances, adds and removes a route and changes rules and limits. It runs longer in the nightly
sanitizer builds: CHAPAR_RELOADS."""
import itertools
import json
import os
import re
import signal
import sys
import threading
import time

import peers as npm
import pytest
from conftest_shared import email_route
from faultlab import FAST, fast_route, wait_drained
from harness.smsc import Smsc, sms_route
from traffic import Traffic

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration/sms"))
from http_support import TOKEN, inbound_port, route_to  # noqa: E402
from providers import Kavenegar  # noqa: E402

RELOADS = int(os.environ.get("CHAPAR_RELOADS", "25"))
PATIENCE = 120


class Numbers(Traffic):
    """Messages by SMS, half of them to the numbers of the second provider."""

    def new_messages(self, count):
        out = super().new_messages(count)
        for message in out:
            if "email" not in message["content"]:
                continue  # asked again
            text = message["content"]["email"]["text"].strip()
            message["to"] = {"phone": self._number(message)}
            message["channels"], message["content"] = ["sms"], {"sms": {"text": text}}
        return out

    @staticmethod
    def _number(message):
        return "+98912" + format(int(message["idempotency_key"], 16) % 10_000_000, "07")

    @classmethod
    def _entry(cls, message):
        token = message["idempotency_key"]
        return {"token": token, "to": cls._number(message), "key": token, "class": message["class"]}


class Receipts(threading.Thread):
    """The second provider reports each message until it hears 2xx. What is not answered at all is a failure."""

    def __init__(self, provider, port):
        super().__init__(daemon=True)
        self.provider, self.port = provider, port
        self.done, self.told, self.busy, self.wrong = threading.Event(), 0, 0, []

    def run(self):
        while not (self.done.is_set() and self.told == len(self.provider.taken)):
            with self.provider.lock:
                fresh = self.provider.taken[self.told:self.told + 20]
            if not fresh:
                time.sleep(0.01)
            for message in fresh:
                self.tell(message)

    def tell(self, message):
        for _ in range(500):
            try:
                status, _, headers = self.provider.report(self.port, message, target=f"/in/kavenegar/{TOKEN}/receipt")
            except OSError as error:
                self.wrong.append(repr(error))
                return
            if status < 300:
                self.told += 1
                return
            self.busy += 1
            if status != 503 or "Retry-After" not in headers:
                self.wrong.append((status, headers))
                return
            time.sleep(0.02)
        self.wrong.append("never taken")


@pytest.fixture
def kavenegar():
    provider = Kavenegar()
    yield provider
    provider.stop()


@pytest.fixture
def smsc(tmp_path):
    with Smsc(tmp_path, npm.peers(), delay=5, receipt={"tlv": True, "delay": 20}) as smsc:
        yield smsc


def configurations(daemon, spare_port):
    """Endless different configurations: what is in use changes in every one."""
    mail, smpp, http = daemon.routes
    for number in itertools.count():
        odd = number % 2 == 1
        mail["settings"]["timeout"] = f"{20 + number % 3}s"
        smpp["settings"]["response_timeout"] = f"{20 + number % 2}s"
        http["settings"]["receipt_park"] = f"{5 + number % 2}s"
        mail["max_in_flight"] = 20 + number % 5
        daemon.routes = [http, smpp, mail] if odd else [mail, smpp, http]
        if number % 3 == 0:
            daemon.routes = [*daemon.routes, email_route(spare_port, name="spare", classes=["spare"])]
        daemon.config["class.spare"] = {"max_age": f"{10 + number}m"}
        daemon.config["channel.sms"] = {"reach": 0.5 + number % 4 / 10}
        daemon.config["policy"] = {"suppress_hard_bounces": odd}
        yield daemon.config_text() + (f'[[cap]]\nname = "cap{number % 4}"\nlimit = {1_000_000 + number}\n'
                                      f'window = {{ rolling = "{1 + number % 3}h" }}\n')


def test_changed_routes_and_rules_harm_no_message_and_no_receipt(chapard, sink, smsc, kavenegar, ledger, judge, eventually,
                                                                 tmp_path, capsys):
    secret = tmp_path / "password"
    secret.write_text("geheim")
    secret.chmod(0o600)
    # Times are long: a machine that is busy elsewhere must not look like a provider that gives no answer.
    daemon = chapard([
        fast_route(sink.port, deadline="60s", settings={"timeout": "30s"}),
        sms_route(smsc.port, secret, deadline="60s", classes=["transactional"], settings={"response_timeout": "30s"}),
        {**route_to(kavenegar, tmp_path, webhooks=True), "deadline": "60s", "classes": ["retrying"]},
    ], config={**FAST, "class.spare": {"max_age": "9m"}, "inbound": {"listen": "127.0.0.1:0"},
               "daemon": {"stop_timeout": "60s"}})
    mails = Traffic(daemon.socket, ledger, 6, classes=("transactional", "retrying"), singles=1, streams=1, pause=0.02)
    texts = Numbers(daemon.socket, ledger, 7, classes=("transactional", "retrying"), singles=1, streams=1, pause=0.02)
    receipts = Receipts(kavenegar, inbound_port(daemon))
    receipts.start()
    mails.start()
    texts.start()
    eventually(lambda: receipts.told > 5 and len(smsc.accepted()) > 5 and len(sink.accepted()) > 5, 60)
    for number, text in zip(range(RELOADS), configurations(daemon, sink.port)):
        before = len(daemon.log())
        daemon.write_config(text)
        daemon.signal(signal.SIGHUP)
        said = eventually(lambda before=before: "reload.done" in daemon.log()[before:] and daemon.log()[before:], PATIENCE)
        assert "reload.refused" not in said and not re.search(r"\b0 changes", said), said
        time.sleep(0.05)
    for traffic in (mails, texts):
        traffic.settle(PATIENCE)
        traffic.close()
    wait_drained(daemon, PATIENCE)
    receipts.done.set()
    receipts.join(PATIENCE)
    assert not receipts.is_alive() and not receipts.wrong, receipts.wrong[:5]
    assert receipts.told == len(kavenegar.taken) > RELOADS
    delivered = daemon.counts("&class=retrying")
    assert delivered.get("held", 0) == 0 and delivered.get("failed", 0) == 0, delivered

    kavenegar_log = tmp_path / "kavenegar.log"
    kavenegar_log.write_bytes(b"".join(line_of(number, each) for number, each in enumerate(kavenegar.taken)))
    kavenegar.log_path = kavenegar_log
    counts = judge(daemon, [sink, smsc, kavenegar], "yes")
    with capsys.disabled():
        print(f"reloads {RELOADS}, messages {counts['acknowledged']}, webhooks {receipts.told}, told to come again {receipts.busy}")
    assert counts["duplicates"] == 0 and counts["in_doubt"] == 0
    assert daemon.stop() < 60


def line_of(number, taken):
    """What the provider took, as a sink's log tells it."""
    record = {"event": "message", "complete": True, "code": 250, "token": taken["text"].removeprefix("token-"),
              "message_id": "", "seq": number}
    return json.dumps(record).encode() + b"\n"
