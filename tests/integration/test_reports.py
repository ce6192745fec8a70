"""Reports: their numbers are those of a recount from the store's rows, also after kills; goals, refunds, pages, tables."""
import collections
import csv
import datetime
import io
import json
import random
import re
import sqlite3
import subprocess
import time
import xml.etree.ElementTree

import pytest
from harness.build import program
from harness.daemon import email_route

FAST = {"class.transactional": {"max_attempts": 2, "backoff": {"first": "50ms", "max": "50ms"}},
        "daemon": {"timezone": "Asia/Tehran"}}
GOALS = {"[conversion]": {"name": "sale", "event": "order", "window": "7d"}}
REASONS = {8: "attempts_exhausted", 10: "expired", 11: "cancelled", 33: "arbitrating"}
EXPIRED, CANCELLED, SUPPRESSED, FAILED = 5, 6, 8, 4
BLAMES = {1: "content", 2: "soft", 3: "blocked", 4: "blocked", 5: "blocked", 6: "hard"}


def day_of(ms):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=(ms // 1000 + 12600) // 86400)).isoformat()


def recount(database):
    """By (day, campaign, template, variant): what the rows say, with nothing of the daemon's code."""
    counts = collections.defaultdict(collections.Counter)
    link = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    lines = {}
    for key, campaign, plan, accepted, body in link.execute("SELECT key, campaign, plan, accepted_at, body FROM message"):
        line = (campaign, plan.split("\t")[2], json.loads(body).get("variant", ""))
        lines[key] = line
        counts[(day_of(accepted), *line)]["accepted"] += 1
    for key, finished, verdict, blame in link.execute(
            "SELECT key, finished_at, verdict, blame FROM attempt WHERE finished_at IS NOT NULL"):
        if verdict in (1, 2):
            counts[(day_of(finished), *lines[key])]["sent"] += 1
        elif verdict == 4:
            counts[(day_of(finished), *lines[key])]["bounced " + BLAMES[blame]] += 1
    for key, at, state, reason, bounced in link.execute("SELECT key, at, state, reason, bounced FROM turn"):
        if state in (EXPIRED, CANCELLED, SUPPRESSED) or (state == FAILED and reason != 7):
            counts[(day_of(at), *lines[key])]["kept " + REASONS[reason]] += 1
    link.close()
    return {line: dict(each) for line, each in counts.items() if each}


def reported(daemon, **query):
    asked = "&".join(f"{name}={value}" for name, value in {"by": "day,campaign,template,variant", **query}.items())
    answer = daemon.api.get(f"/v1/reports/counts?{asked}")
    assert answer.status == 200, answer
    counts = {}
    for row in answer.json["rows"]:
        each = {name: row[name] for name in ("accepted", "sent")}
        each.update({f"bounced {kind}": count for kind, count in row["bounced"].items()})
        each.update({f"kept {reason}": count for reason, count in row["kept_back"].items()})
        counts[(row["day"], row["campaign"], row["template"], row["variant"])] = {k: v for k, v in each.items() if v}
    return counts


def message(dice, number):
    who = dice.choice(["good", "good", "good", "gone", "full"])
    out = {"to": {"email": f"{who}{number}@people.example"}, "channels": ["email"], "class": "transactional",
           "campaign": dice.choice(["spring", "autumn", ""]),
           "content": {"email": {"subject": "Hello", "text": f"number {number}"}}}
    if not out["campaign"]:
        del out["campaign"]
    if dice.random() < 0.3:
        out["variant"] = "B"
    if dice.random() < 0.2:
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=5)
        out["send_at"] = later.isoformat(timespec="seconds")
    return out


def test_the_numbers_are_those_of_the_rows_also_after_kills(chapard, sink_factory, eventually):
    sink = sink_factory(rules=["verb=rcpt rcpt=gone* reply=550 5.1.1 no such user",
                               "verb=rcpt rcpt=full* reply=452 4.2.2 full"], dump=False)
    daemon = chapard([email_route(sink.port)], start=False, config=FAST)
    dice, waiting, scheduled = random.Random(7), [], set()
    for kill in range(4):
        daemon.start()
        for number in range(40):
            asked = message(dice, 100 * kill + number)
            answer = daemon.api.send(asked)
            assert answer.status == 202, answer
            waiting.append(answer.json["id"])
            if "send_at" in asked:
                scheduled.add(answer.json["id"])
        for each in dice.sample(waiting, 8):
            daemon.api.post(f"/v1/messages/{each}/cancel")
        if kill < 3:
            time.sleep(dice.uniform(0.0, 0.3))
            daemon.kill()
    # Nothing moves any more but what is to go hours from now.
    eventually(lambda: all(each in scheduled or daemon.api.message(each)["state"] not in ("waiting", "sending")
                           for each in waiting), 60)
    eventually(lambda: reported(daemon) == recount(daemon.database), 60)
    counts = reported(daemon)
    totals = collections.Counter()
    for each in counts.values():
        totals.update(each)
    assert totals["accepted"] == 160 and totals["sent"] > 40 and totals["bounced hard"] > 10, totals
    assert totals["kept cancelled"] > 5 and totals["kept attempts_exhausted"] > 5, totals
    spring = reported(daemon, campaign="spring")
    assert spring == {line: each for line, each in counts.items() if line[1] == "spring"}
    daemon.stop()
    daemon.start()
    assert reported(daemon) == counts


@pytest.fixture
def shop(chapard, sink_factory):
    sink = sink_factory(dump=False)
    return chapard([email_route(sink.port)], config={**FAST, **GOALS})


def order(daemon, who, **more):
    return daemon.api.post(f"/v1/recipients/{who}/events", {"event": "order", **more})


def test_a_key_is_one_conversion_and_a_refund_has_that_of_its_purchase(shop):
    first = order(shop, "u-1", value="129000", currency="IRR", key="order-88")
    assert first.status == 200 and first.json["goals"] == {"sale": "unattributed"}, first
    assert "repeated" not in first.json
    assert order(shop, "u-1", value=129000, currency="IRR", key="order-88").json["repeated"] is True
    other = order(shop, "u-1", value="1", currency="IRR", key="order-88")
    assert other.status == 409 and other.json["type"] == "urn:chapar:problem:key-conflict"
    refund = order(shop, "u-1", value="-29000.5", currency="IRR", key="order-88")
    assert refund.status == 200 and refund.json["goals"] == {"sale": "refund"} and refund.json["value"] == "-29000.5"
    shop.kill()
    shop.start()
    assert order(shop, "u-1", value="129000", currency="IRR", key="order-88").json["repeated"] is True
    exported = shop.api.get("/v1/recipients/u-1/export").json["conversions"]
    assert [each.get("value") for each in exported] == ["129000", "-29000.5"]
    told = [each for each in shop.api.get("/v1/events?kind=converted").json["events"]]
    assert [(each["code"], each["detail"], each["provider_id"]) for each in told] == [
        ("sale", "129000 IRR", "order-88"), ("sale", "-29000.5 IRR", "order-88")]
    assert shop.api.delete("/v1/recipients/u-1?erase=true").json["erased"]["conversions"] == 2
    assert shop.api.get("/v1/recipients/u-1/export").json["conversions"] == []
    assert shop.api.get("/v1/events?kind=converted").json["events"] == []


@pytest.mark.parametrize("wrong", [
    {"value": "12,5"}, {"value": 1.5}, {"value": "1e3"}, {"value": "1234567890123"}, {"value": "0.0000001"}, {"value": ""},
    {"value": "5", "currency": "rial"}, {"currency": "IRR"}, {"value": "-5"}, {"value": "--5", "key": "a"}, {"key": "a\nb"},
    {"key": "x" * 256}, {"value": True}, {"price": "5"}])
def test_an_event_that_is_not_exact_is_refused(shop, wrong):
    answer = order(shop, "u-1", **wrong)
    assert answer.status == 422 and answer.json["type"] == "urn:chapar:problem:invalid-event", answer


@pytest.mark.parametrize("query", ["by=week", "since=yesterday", "since=2026-12-02&until=2026-12-01", "format=xml", "campain=x",
                                   "by=day&by=channel", "since=1405-13-01", "credit=linear"])
def test_what_no_report_has_is_refused(shop, query):
    assert shop.api.get(f"/v1/reports/counts?{query}").status == 400


def chapar(daemon, *words):
    done = subprocess.run([program("chapar"), "--socket", str(daemon.socket), *words], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def campaign(shop, eventually):
    for number in range(12):
        sent = shop.api.send({"to": {"email": f"p{number}@people.example"}, "channels": ["email"], "class": "transactional",
                              "campaign": "=SUM(A1) <b>بهار</b>", "variant": "AB"[number % 2],
                              "content": {"email": {"subject": "s", "text": "t"}}})
        assert sent.status == 202, sent
    eventually(lambda: sum(row["sent"] for row in shop.api.get("/v1/reports/counts").json["rows"]) == 12, 60)
    return shop


def width_of(line):
    return len(re.sub("[\u200b-\u200f\u2066-\u2069]", "", line))


@pytest.mark.parametrize("width", [20, 33, 60, 80, 200])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_terminal_of_any_width_shows_it(campaign, width, language):
    text = chapar(campaign, "report", "=SUM(A1) <b>بهار</b>", "--width", str(width), "--lang", language)
    assert max(width_of(line) for line in text.splitlines()) <= width, text
    if language == "en":
        assert re.search(r"Sent +12", text), text
        assert re.search(r"14\d\d-\d\d-\d\d", text), "the site is Iranian, and so are its days"
    else:
        assert "فرستاده" in text and "۱۲" in text, text


def test_gregorian_days_are_asked_for(campaign):
    assert re.search(r"20\d\d-\d\d-\d\d", chapar(campaign, "report", "--calendar", "gregorian"))


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_page_is_whole_by_itself(campaign, tmp_path, language):
    page = tmp_path / "report.html"
    chapar(campaign, "report", "=SUM(A1) <b>بهار</b>", "--html", str(page), "--lang", language)
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text and "<b>بهار" not in text and "&lt;b&gt;بهار" in text
    assert not re.findall(r"(?:src|href)=|url\(|@import|https?://", text), "it asks nobody for anything"
    assert f'dir="{"rtl" if language == "fa" else "ltr"}"' in text
    drawings = re.findall(r"<svg.*?</svg>", text, re.S)
    assert len(drawings) == 4, "two plots, each for a screen and for a telephone"
    for drawing in drawings:
        xml.etree.ElementTree.fromstring(drawing)
    assert "nan" not in "".join(drawings).lower() and "inf" not in "".join(re.findall(r'="([^"]*)"', "".join(drawings)))
    assert ("۱۲" if language == "fa" else "12") in text


def test_the_table_runs_nothing_in_a_spreadsheet(campaign):
    text = chapar(campaign, "report", "--csv", "--by", "campaign,variant,day")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["campaign"], row["variant"], row["sent"]) for row in rows] == [
        ("'=SUM(A1) <b>بهار</b>", "A", "6"), ("'=SUM(A1) <b>بهار</b>", "B", "6")]
    assert re.fullmatch(r"14\d\d-\d\d-\d\d", rows[0]["jalali"]) and re.fullmatch(r"20\d\d-\d\d-\d\d", rows[0]["day"])


def test_nothing_is_a_report_too(shop, tmp_path):
    assert "Nothing was counted." in chapar(shop, "report", "winter")
    page = tmp_path / "empty.html"
    chapar(shop, "report", "winter", "--html", str(page), "--lang", "fa")
    assert "چیزی شمرده نشده است" in page.read_text(encoding="utf-8")
