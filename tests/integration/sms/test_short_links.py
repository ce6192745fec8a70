"""Short links in texts, from the template to a provider's stand-in: their codes lead where the template said, a retry has the same
ones, and a text costs what its short form costs."""
import json
import pathlib
import re
import sqlite3
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness.build import program  # noqa: E402
from http_support import route_to, secret  # noqa: E402
from providers import Kavenegar  # noqa: E402

BASE, SHORT = "https://m.shop.example", "https://zb.example"
LONG = "https://shop.example/a/rather/long/path/to/an/order?with=parameters&and=more#part"
ORDER = """+++
class = "transactional"
required = ["url"]
[sample]
url = "https://shop.example/a/rather/long/path?with=parameters"
+++
سفارش شما آماده است: {{ url | short }} و {{ url | short }} لغو: {{ unsubscribe_url }}
"""
PAY = """+++
class = "transactional"
short_links = true
[sample]
other = "https://elsewhere.example/x"
+++
Pay at https://shop.example/pay/1234567890?order=88, or see {{ other }}.
"""
CODE = re.compile(re.escape(SHORT) + "/([1-9A-HJ-NP-Za-km-z]{7})")


@pytest.fixture
def provider():
    started = Kavenegar()
    yield started
    started.stop()


@pytest.fixture
def daemon(chapard, provider, tmp_path):
    folder = tmp_path / "templates"
    for name, text in (("order", ORDER), ("pay", PAY)):
        (folder / name).mkdir(parents=True)
        (folder / name / "sms.liquid").write_text(text, encoding="utf-8")
    route = route_to(provider, tmp_path)
    route["price"] = [{"prefix": "+", "segment": "100"}]
    config = {"web": {"base_url": BASE, "short_url": SHORT, "seal_key": secret(tmp_path, "site-key", "5e" * 32)},
              "class.transactional": {"on_doubt": "hold", "max_attempts": 50, "backoff": {"first": "50ms", "max": "100ms"}}}
    return chapard([route], templates=folder, config=config)


def send(daemon, eventually, template, data, **more):
    answer = daemon.api.send({"to": {"phone": "+989121234567", "recipient": "u1"}, "template": template, "data": data, **more})
    assert answer.status == 202, answer
    return eventually(lambda: (it := daemon.api.message(answer.json["id"]))["state"] == "sent" and it)


def where(daemon, code):
    return daemon.api.post("/v1/links/resolve", {"link": code}).json


def test_codes_lead_where_the_template_said_and_a_retry_has_the_same(daemon, provider, eventually):
    provider.throttle = 2
    message = send(daemon, eventually, "order", {"url": LONG})
    assert [each["verdict"] for each in message["attempts"]] == ["retry", "retry", "accepted"]
    (sent,) = provider.taken
    first, again, out = CODE.findall(sent["text"])
    assert first == again != out and LONG not in sent["text"]
    found = where(daemon, f"{SHORT}/{first}")
    assert (found["kind"], found["destination"], found["message"]) == ("short", LONG, message["id"])
    person = where(daemon, out)["destination"]
    assert person.startswith(BASE + "/u/")
    assert where(daemon, person)["kind"] == "unsubscribe" and where(daemon, person)["person"] == "u1"
    with sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True) as link:
        assert link.execute("SELECT count(*) FROM short_link").fetchone() == (2,), "one for each destination, whatever was tried"
    cost = [entry for entry in message["trace"] if entry["reason"] == "estimated"][-1]
    assert ": 2 segments, 200 " in cost["detail"], cost
    counted = subprocess.run([program("chapar"), "sms", "count", "--jsonl"], input=json.dumps({"text": sent["text"]}),
                             capture_output=True, text=True)
    assert json.loads(counted.stdout)["segments"] == 2
    told = subprocess.run([program("chapar"), "--socket", str(daemon.socket), "link", first], capture_output=True, text=True)
    assert LONG in told.stdout, told


def test_short_links_of_a_template_are_those_whose_host_its_author_wrote(daemon, provider, eventually):
    send(daemon, eventually, "pay", {"other": "https://elsewhere.example/x"})
    (sent,) = provider.taken
    (code,) = CODE.findall(sent["text"])
    assert sent["text"] == f"Pay at {SHORT}/{code}, or see https://elsewhere.example/x."
    assert where(daemon, code)["destination"] == "https://shop.example/pay/1234567890?order=88"


def test_who_refuses_to_be_tracked_gets_a_link_that_is_not_counted(daemon, provider, eventually):
    word = {"topic": "tracking", "state": "unsubscribed", "source": "a letter"}
    assert daemon.api.put("/v1/recipients/u1/consents", word).status in (200, 201, 204)
    send(daemon, eventually, "pay", {"other": "x"})
    (code,) = CODE.findall(provider.taken[-1]["text"])
    assert where(daemon, code)["tracked"] is False
    send(daemon, eventually, "pay", {"other": "x"}, to={"phone": "+989121111111", "recipient": "u2"})
    (code,) = CODE.findall(provider.taken[-1]["text"])
    assert where(daemon, code)["tracked"] is True
