"""Kannel as an independent peer: the gateway behind sms-http, and an SMPP client at the same SMSC as ours."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness.build import root  # noqa: E402
from harness.kannel import Kannel, free_port  # noqa: E402
from harness.smsc import sms_route  # noqa: E402
from http_support import TOKEN, secret  # noqa: E402

PERSON = {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": "989121234567", "destination_addr": "3000"}
SERVICE = """
group = sms-service
keyword = default
max-messages = 0
get-url = "{inbound}/message?id=%I&from=%p&to=%P&text=%a"
"""


@pytest.fixture
def kannel_at(tmp_path):
    """kannel_at(smsc, services) -> a Kannel that is bound to that SMSC"""
    started = []

    def make(smsc, services=""):
        kannel = Kannel(tmp_path / "kannel", smsc.port, services)
        started.append(kannel)
        kannel.start()
        smsc.wait(lambda stats: stats["sessions"] == 1)
        return kannel

    yield make
    for each in started:
        each.stop()


@pytest.fixture
def behind_kannel(smsc_factory, kannel_at, chapard, tmp_path):
    """behind_kannel(behave) -> (Smsc, Kannel, Daemon): our sms-http, Kannel, the SMSC; receipts and replies come back."""
    def make(key=None, **behave):
        port = free_port()
        public = f"http://127.0.0.1:{port}/in/kannel"
        smsc = smsc_factory(**behave)
        kannel = kannel_at(smsc, SERVICE.format(inbound=f"{public}/{TOKEN}"))
        settings = {"provider": "kannel", "provider_dir": str(root / "config/providers/sms"), "sender": "3000",
                    "endpoint": f"http://127.0.0.1:{kannel.http}", "account": kannel.user,
                    "key": secret(tmp_path, "kannel-key", key or kannel.password), "public_url": public,
                    "webhook_token": secret(tmp_path, "kannel-token", TOKEN)}
        route = {"name": "kannel", "channel": "sms", "plugin": "sms-http", "deadline": "10s", "settings": settings}
        return smsc, kannel, chapard([route], config={"inbound": {"listen": f"127.0.0.1:{port}"}})
    return make


def state_of(daemon, message):
    return lambda: daemon.api.message(message)["state"]


def test_texts_reach_the_smsc_through_kannel_and_their_receipts_come_back(behind_kannel, say, eventually):
    smsc, kannel, daemon = behind_kannel(receipt={"tlv": True, "state_of": {"+989120000002": "UNDELIV",
                                                                           "989120000002": "UNDELIV"}})
    texts = ["Hello", "100% & more? a=b;c#d+e", "سلام، سفارش شما «رسید» ✓", "Chapar " * 40, "نامهٔ بلند " * 20]
    messages = {say(daemon, text): text for text in texts}
    failed = say(daemon, "Nobody is there", to="+989120000002")
    for message in messages:
        eventually(lambda: state_of(daemon, message)() == "delivered")
    eventually(lambda: state_of(daemon, failed)() == "failed")
    arrived = {}
    for record in sorted(smsc.accepted(), key=lambda each: (each.get("part") or {}).get("number", 0)):
        key = (record.get("part") or {}).get("reference", record["sequence"] + 1000)
        arrived[key] = arrived.get(key, "") + record["text"]
    assert sorted(arrived.values()) == sorted([*texts, "Nobody is there"])


def test_what_people_write_comes_through_kannel(behind_kannel, eventually):
    smsc, kannel, daemon = behind_kannel()
    for text in ("سلام دنیا & more", "لغو"):
        smsc.deliver(**PERSON, data_coding=8, hex=text.encode("utf-16-be").hex())

    def feed():
        return [(each["kind"], each["detail"], each["address"]) for each in daemon.api.get("/v1/events").json["events"]]
    eventually(lambda: len(feed()) == 2)
    assert sorted(feed()) == [("inbound", "سلام دنیا & more", "+989121234567"), ("unsubscribed", "لغو", "+989121234567")]


def test_a_wrong_password_at_kannel_blames_the_credentials(behind_kannel, say, eventually):
    smsc, kannel, daemon = behind_kannel(key="anders")
    message = say(daemon, "Hello")
    eventually(lambda: [each for each in daemon.api.message(message)["attempts"] if each.get("verdict")])
    attempt = daemon.api.message(message)["attempts"][0]
    assert (attempt["verdict"], attempt["blame"]) == ("retry", "credentials"), attempt
    assert smsc.records("message") == []


SAME = ["Hello", "Hello [world] {x} ^ €", "x" * 160, "y" * 161, "Chapar " * 70, "é à Ü Ñ ¿ §", "سلام دنیا", "س" * 70, "س" * 71,
        "سفارش شما راهی شد و روز شنبه می‌رسد. " * 6, "Order 4711: سفارش شما at 12:30 راهی شد — thanks! " * 4]


def pdus(smsc, session_of):
    """What goes over the air, by recipient. Whether a receipt is wanted is left out: Kannel asks for the last segment's alone."""
    out = {}
    for record in smsc.accepted():
        if record["session"] != session_of:
            continue
        part = record.get("part") or {"total": 1, "number": 1}
        fields = (record["text"], record["octets"], record["coding"], record["esm"], part["total"], part["number"])
        addresses = tuple(record[name] for name in ("from", "from_ton", "from_npi", "to", "to_ton", "to_npi"))
        out.setdefault(record["to"], []).append((part["number"], fields, addresses))
    return {to: [rest for _, *rest in sorted(parts)] for to, parts in out.items()}


def test_kannel_and_we_write_the_same_pdus(smsc_factory, kannel_at, chapard, password, say, eventually):
    smsc = smsc_factory()
    kannel = kannel_at(smsc)
    daemon = chapard([sms_route(smsc.port, password, settings={"validity": False})])
    for number, text in enumerate(SAME):
        to = f"9891212300{number:02}"
        message = say(daemon, text, to="+" + to)
        eventually(lambda: state_of(daemon, message)() == "sent")
        is_gsm = all(character.isascii() or character in "€éàÜÑ¿§" for character in text)
        status, body = kannel.send(**{"from": "Chapar", "to": to, "text": text, "coding": 0 if is_gsm else 2, "dlr-mask": 19})
        assert status == 202, body
    theirs, ours = 1, 2  # as they bound
    eventually(lambda: sum(map(len, pdus(smsc, theirs).values())) == sum(map(len, pdus(smsc, ours).values())))
    assert pdus(smsc, theirs) == pdus(smsc, ours)
    assert len(pdus(smsc, ours)) == len(SAME)
