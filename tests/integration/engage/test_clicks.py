"""Links and pictures end to end: who clicks is led on, what is known of it stands in the message, the feed and nowhere else."""
import os
import pathlib
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from conftest_shared import *  # noqa: E402,F401,F403
from harness.build import program  # noqa: E402
from harness.clicks import BROWSER, Browser, click, pixel, web_config, web_port  # noqa: E402
from harness.daemon import email_route  # noqa: E402

SCANNER_GETS = int(os.environ.get("CHAPAR_SCANNER_GETS", "2000"))
FORWARDED = "203.0.113.77"


@pytest.fixture
def site(chapard, sink, tmp_path):
    return chapard([email_route(sink.port)],
                   config={"web": web_config(tmp_path, trusted_proxies=["127.0.0.1"]), "log": {"level": "debug"}})


def letter(daemon, eventually, recipient="sara"):
    answer = daemon.api.send({"to": {"recipient": recipient, "email": f"{recipient}@customer.example"}, "class": "transactional",
                              "content": {"email": {"subject": "Hello", "text": "Hello"}}})
    assert answer.status == 202, answer
    eventually(lambda: daemon.api.message(answer.json["id"])["state"] == "sent")
    return answer.json["id"]


def looks(daemon, message):
    return daemon.api.message(message).get("engagement", {"opened": {}, "clicked": {}, "hits": []})


def kinds(daemon):
    return [each["kind"] for each in daemon.api.get("/v1/events?limit=1000").json["events"]]


def chapar(daemon, *words):
    return subprocess.run([program("chapar"), "--socket", str(daemon.socket), *words], capture_output=True, text=True)


def test_a_click_is_led_on_kept_told_judged_again_and_forgotten(site, eventually, tmp_path):
    message = letter(site, eventually)
    browser = Browser(web_port(site))
    answer = browser.get(click(message, 3, "https://shop.ir/a?b=1"), {**BROWSER, "X-Forwarded-For": FORWARDED})
    assert (answer.status, answer.getheader("Location")) == (302, "https://shop.ir/a?b=1")
    assert answer.getheader("Cache-Control") == "no-store" and answer.getheader("Referrer-Policy") == "no-referrer"
    assert browser.get(pixel(message)).status == 200
    assert browser.get(click(message), method="HEAD").status == 302
    eventually(lambda: len(looks(site, message)["hits"]) == 2)
    seen = looks(site, message)
    assert seen["clicked"]["raw"] == 1 and seen["opened"]["raw"] == 1, seen
    hit = next(each for each in seen["hits"] if each["kind"] == "clicked")
    assert hit["link"] == 3 and hit["by"] in ("human", "unknown") and isinstance(hit["score"], int), hit
    assert hit["reasons"] == ["at_once"], hit  # the test is faster than people are
    told = [each for each in site.api.get("/v1/events?limit=1000").json["events"] if each["kind"] in ("opened", "clicked")]
    assert {each["kind"] for each in told} == {"opened", "clicked"} and all(each["message"] == message for each in told)
    assert all({"by", "score", "reasons"} <= each.keys() for each in told), told
    again = chapar(site, "--json", "engagement", "rescore")
    assert again.returncode == 0 and '"hits":2' in again.stdout and '"changed":0' in again.stdout, again
    exported = site.api.get("/v1/recipients/sara/export").json
    assert exported["messages"][0]["engagement"]["clicked"]["raw"] == 1
    assert chapar(site, "recipient", "forget", "sara").returncode == 0
    eventually(lambda: "engagement" not in site.api.message(message))
    assert not {"opened", "clicked"} & set(kinds(site))
    assert browser.get(click(message)).status == 302  # it still leads on

    def lost():
        days = site.api.get("/v1/engagement/totals").json["days"]
        return days and days[-1]["clicked"]["no_message"] == 1
    eventually(lost)
    assert "no_message" in chapar(site, "engagement", "totals").stdout


def test_no_address_of_who_clicked_is_on_the_disk_or_in_the_log(site, eventually):
    message = letter(site, eventually)
    browser = Browser(web_port(site))
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    for number in range(20):
        for target in (click(message, number), pixel(message), "/c/forged", "/Zz3dE7x"):
            browser.get(target, {"User-Agent": agent, "X-Forwarded-For": f"203.0.113.{100 + number}"})
        browser.get(click(message, number), {"User-Agent": agent, "X-Forwarded-For": f"2001:db8:77::{number:x}"})
    eventually(lambda: looks(site, message)["clicked"].get("raw") == 40)
    site.stop()
    needles = [b"203.0.113.", b"2001:db8:77", b"rv:128.0", bytes([203, 0, 113]), bytes([0x20, 0x01, 0x0D, 0xB8, 0, 0x77])]
    files = [each for each in site.state_dir.rglob("*") if each.is_file()]
    assert files
    for file in [*files, site.log_path]:
        content = file.read_bytes()
        for needle in needles:
            assert needle not in content, f"{needle} in {file}"
    site.start()


def test_privacy_old_links_and_forged_ones_are_nobodys(site, eventually):
    message = letter(site, eventually)
    browser = Browser(web_port(site))
    for header in ("DNT", "Sec-GPC"):
        assert browser.get(click(message), {**BROWSER, header: "1"}).status == 302
        assert browser.get(pixel(message), {**BROWSER, header: "1"}).status == 200
    assert browser.get(click(message, ago=401)).status == 302
    assert browser.get(click(message, key="x" * 40)).status == 404
    assert browser.get(pixel(message, key="x" * 40)).status == 200
    totals = {"opened": {"old_link": 0, "privacy": 2, "no_message": 0}, "clicked": {"old_link": 1, "privacy": 2, "no_message": 0}}

    def counted():
        days = site.api.get("/v1/engagement/totals").json["days"]
        return days and {kind: days[-1][kind] for kind in totals} == totals
    eventually(counted)
    assert looks(site, message)["hits"] == []


SCANNERS = [
    {"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"},
    {"User-Agent": "curl/8.5.0"}, {"User-Agent": ""}, {"User-Agent": "python-requests/2.32"},
    {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"},
    {**BROWSER, "Sec-Purpose": "prefetch"}, {**BROWSER, "Purpose": "prefetch"},
    {**BROWSER, "X-Forwarded-For": "198.51.100.9"},
]


def test_scanners_are_never_counted_as_people(chapard, sink, tmp_path, eventually):
    """Each reads all links of a mail, as mail gateways do, right after it was delivered and later. CHAPAR_SCANNER_GETS asks for more."""
    networks = tmp_path / "networks"
    networks.mkdir()
    (networks / "gateways.txt").write_text("198.51.100.0/24 proofpoint\n")
    site = chapard([email_route(sink.port)], config={"web": web_config(tmp_path, trusted_proxies=["127.0.0.1"])})
    browser = Browser(web_port(site))
    a_message = 64
    messages = [letter(site, eventually, f"person{number}") for number in range(-(-SCANNER_GETS // a_message))]
    gets = 0
    for number, message in enumerate(messages):
        for link in range(a_message):
            headers = SCANNERS[(number + link // 8) % len(SCANNERS)]
            assert browser.get(click(message, link), headers).status == 302
            gets += 1
    assert gets >= SCANNER_GETS
    eventually(lambda: sum(looks(site, each)["clicked"].get("raw", 0) for each in messages) == gets, 60)
    human = sum(looks(site, each)["clicked"]["human"] for each in messages)
    assert human == 0, f"{human} of {gets} GETs of scanners were counted as people's"
