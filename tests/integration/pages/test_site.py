"""People's pages end to end, by TCP against a real chapard: a no holds from its answer on, also over kills; scanners change nothing."""
import html
import http.client
import os
import pathlib
import re
import shutil
import sys
import threading
import urllib.parse

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from conftest_shared import *  # noqa: E402,F401,F403
from harness import person_links  # noqa: E402
from harness.build import root  # noqa: E402
from harness.clicks import web_config, web_port  # noqa: E402
from harness.daemon import email_route  # noqa: E402

SCANNER_GETS = int(os.environ.get("CHAPAR_SCANNER_GETS", "2000"))
KILLS = int(os.environ.get("CHAPAR_UNSUBSCRIBE_KILLS", "3"))
ONE_CLICK = "List-Unsubscribe=One-Click"
SETTINGS = """
[[category]]
name  = "offers"
title = { fa = "پیشنهادها", en = "Offers" }

[[category]]
name    = "surveys"
title   = { fa = "نظرسنجی", en = "Surveys" }
default = "off"
"""
FORM = """
application = "test"
topics      = ["offers"]
title       = { fa = "هفته‌نامه", en = "Weekly" }
wording     = { fa = "هفته‌ای یک نامه می‌پذیرم.", en = "I agree to one mail a week." }
welcome     = "subscribed"
gift        = "https://shop.example/guide.pdf"
origins     = ["https://shop.example"]
"""


class Client:
    """One connection at a time; a new one after each failure."""

    def __init__(self, port):
        self.port, self.link = port, None

    def ask(self, method, path, body=None, headers=None):
        if self.link is None:
            self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        head = dict(headers or {})
        if body is not None:
            head.setdefault("Content-Type", "application/x-www-form-urlencoded")
        try:
            self.link.request(method, path, body, head)
            answer = self.link.getresponse()
            answer.text = answer.read().decode()
            return answer
        except BaseException:
            self.link.close()
            self.link = None
            raise

    def post(self, path, body, **headers):
        return self.ask("POST", path, body, headers)


@pytest.fixture
def site(chapard, sink, tmp_path):
    templates = tmp_path / "templates"
    shutil.copytree(root / "templates", templates)
    (templates / "_forms").mkdir()
    (templates / "_forms" / "weekly.toml").write_text(FORM)
    daemon = chapard([email_route(sink.port)], config={"web": web_config(tmp_path)}, templates=templates, start=False)
    (daemon.folder / "conf.d").mkdir()
    (daemon.folder / "conf.d" / "pages.toml").write_text(SETTINGS)
    return daemon.start()


def letter(address, category="offers", cls="marketing"):
    return {"to": {"email": address}, "class": cls, "category": category, "from": "shop@sender.example",
            "content": {"email": {"subject": "s", "text": "t", "list_unsubscribe": "https://shop.example/u"}}}


def consents(daemon, person):
    return daemon.api.get(f"/v1/recipients/{urllib.parse.quote(person)}/consents").json["consents"]


def noes(daemon, person):
    return [(each["channel"], each["topic"]) for each in consents(daemon, person) if each["state"] == "unsubscribed"]


def test_one_click_stops_the_topic_and_nothing_else(site, sink, eventually):
    client, person = Client(web_port(site)), "sara@customer.example"
    answer = client.post(person_links.unsubscribe(person), ONE_CLICK)
    assert (answer.status, answer.text) == (200, "")
    assert answer.getheader("Set-Cookie") is None and answer.getheader("Location") is None
    assert noes(site, person) == [("email", "offers")]
    ids = {what: site.api.send(message).json["id"] for what, message in {
        "offers": letter("Sara@Customer.example"), "news": letter(person, "news"), "otp": letter(person, "offers", "otp"),
        "order": letter(person, "offers", "transactional"), "other": letter("ali@customer.example")}.items()}
    done = {"sent", "suppressed", "failed"}
    eventually(lambda: all(site.api.message(each)["state"] in done for each in ids.values()))
    assert {what: site.api.message(each)["state"] for what, each in ids.items()} == {
        "offers": "suppressed", "news": "sent", "otp": "sent", "order": "sent", "other": "sent"}
    told = [each for each in site.api.get("/v1/events?limit=1000").json["events"] if each["kind"] == "unsubscribed"]
    assert len(told) == 1 and told[0]["code"] == "offers"
    assert client.post(person_links.unsubscribe(person), ONE_CLICK).status == 200
    assert client.post(person_links.unsubscribe(person, key="0" * 64), ONE_CLICK).status == 404


def test_scanners_unsubscribe_nobody(site):
    client, person = Client(web_port(site)), "sara@customer.example"
    unsubscribe, preferences = person_links.unsubscribe(person), person_links.preferences(person)
    for number in range(SCANNER_GETS):
        method = "HEAD" if number % 4 == 0 else "GET"
        path = preferences if number % 50 == 0 else unsubscribe
        query = ("", "?confirm=1", "?" + ONE_CLICK, "?lang=en", "?utm_source=x&none=1")[number % 5]
        assert client.ask(method, path + query, headers={"User-Agent": "Barracuda Sentinel (EE)"}).status == 200
    assert consents(site, person) == []
    assert [each for each in site.api.get("/v1/events?limit=1000").json["events"] if each["kind"] != "accepted"] == []


def test_the_page_saves_what_is_chosen(site):
    client, person = Client(web_port(site)), "sara@customer.example"
    path = person_links.preferences(person)
    page = client.ask("GET", path + "?lang=en")
    assert page.status == 200 and "s•••@c•••.example" in page.text and person not in page.text
    policy = page.getheader("Content-Security-Policy")
    assert "default-src 'none'" in policy and "script" not in policy and page.getheader("X-Robots-Tag") == "noindex"
    shown = re.findall(r'name="shown" value="([^"]+)"', page.text)
    fields = [("confirm", "1"), ("lang", "en"), ("on", "email:surveys"), ("pause", "1")] + [("shown", each) for each in shown]
    saved = client.post(path, urllib.parse.urlencode(fields))
    assert saved.status == 200 and "Saved" in saved.text
    words = {(each["channel"], each["topic"]): each["state"] for each in consents(site, person)}
    assert words == {("email", "offers"): "unsubscribed", ("email", "surveys"): "subscribed", ("*", "pause"): "unsubscribed"}
    assert client.post(path, "none=1").status == 400


def test_a_form_is_confirmed_by_its_mail_and_welcomes(site, sink, eventually):
    client = Client(web_port(site))
    assert "Weekly" in client.ask("GET", "/s/weekly?lang=en").text
    assert client.post("/s/weekly", "email=sara%40customer.example", Origin="https://evil.example").status == 403
    asked = client.post("/s/weekly", "email=sara%40customer.example&lang=en&answer=json", Origin="https://shop.example")
    assert (asked.status, asked.getheader("Access-Control-Allow-Origin")) == (200, "https://shop.example")
    mail = sink.bytes_of(sink.wait_accepted(1)[0]).decode(errors="replace").replace("=\r\n", "").replace("=3D", "=")
    link = re.search(r"https://m\.shop\.example(/s/weekly/[A-Za-z0-9_-]+)", html.unescape(mail)).group(1)
    for _ in range(20):
        assert client.ask("GET", link).status == 200
    assert consents(site, "sara@customer.example") == []
    assert "You are subscribed" in client.post(link, "confirm=1").text
    words = consents(site, "sara@customer.example")
    assert [(each["channel"], each["topic"], each["state"], each["source"]) for each in words] == [
        ("email", "offers", "subscribed", "form weekly")]
    assert "I agree to one mail a week." in words[0]["proof"]
    sink.wait_accepted(2)
    welcome = sink.bytes_of(sink.accepted()[1]).decode(errors="replace")
    assert "shop.example/guide.pdf" in welcome
    client.post(link, "confirm=1")
    assert len(sink.accepted()) == 2, "once, however often it is pressed"


def test_a_form_that_is_wrong_changes_nothing_and_says_so(site, eventually):
    client = Client(web_port(site))
    form = site.template_dir / "_forms" / "weekly.toml"
    form.write_text(FORM.replace('"subscribed"', '"nobody"'))
    eventually(lambda: "_forms/weekly.toml: welcome" in site.log())
    assert client.ask("GET", "/s/weekly").status == 200
    form.write_text(FORM.replace("Weekly", "Each week"))
    eventually(lambda: "Each week" in client.ask("GET", "/s/weekly?lang=en").text)


def test_an_answered_no_is_never_lost_to_a_kill(site):
    answered, stop = [], threading.Event()

    def say_no(worker, port):
        client, number = Client(port), 0
        while not stop.is_set():
            number += 1
            person = f"p{worker}-{len(answered)}-{number}@customer.example"
            try:
                if client.post(person_links.unsubscribe(person), ONE_CLICK).status == 200:
                    answered.append(person)
            except (OSError, http.client.HTTPException):
                return

    for _ in range(KILLS):
        stop.clear()
        port, before = web_port(site), len(answered)
        workers = [threading.Thread(target=say_no, args=(each, port)) for each in range(4)]
        for worker in workers:
            worker.start()
        while len(answered) < before + 25:
            assert any(worker.is_alive() for worker in workers)
        site.kill()
        stop.set()
        for worker in workers:
            worker.join()
        site.start()
    assert len(answered) >= 25 * KILLS
    lost = [person for person in answered if noes(site, person) != [("email", "offers")]]
    assert lost == []
