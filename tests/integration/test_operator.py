"""What an operator sees: the log of outcomes, the queue's reasons, the story of a message."""
import json
import os
import re
import signal
import subprocess
import time

import pytest
from harness.build import program
from harness.daemon import email_route


def mail(address="sara@example.com", **more):
    return {"to": {"email": address}, "class": "transactional", "content": {"email": {"subject": "s", "text": "t"}}, **more}


def chapar(daemon, *words):
    environment = {**os.environ, "CHAPAR_SOCKET": str(daemon.socket)}
    ended = subprocess.run([program("chapar"), *words], capture_output=True, text=True, timeout=30, env=environment)
    assert ended.returncode == 0, ended
    return ended.stdout


def outcomes(daemon, message):
    """The lines about a message, as dictionaries; of a human log."""
    found = []
    for line in daemon.log_path.read_text().splitlines():
        if " message.outcome: " not in line or f"message={message}" not in line:
            continue
        pairs = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', line)
        found.append({name: value.strip('"') for name, value in pairs})
    return found


def test_a_mail_leaves_a_line_like_a_mail_log(daemon, sink, eventually):
    message = daemon.api.send(mail()).json["id"]
    sink.wait_accepted(1)
    (line,) = eventually(lambda: outcomes(daemon, message))
    assert line["status"] == "sent" and line["state"] == "sent" and line["route"] == "smtp" and line["attempts"] == "1"
    assert line["application"] == "test" and line["class"] == "transactional" and line["channel"] == "email"
    assert line["address"] == "s***@example.com" and "sara@" not in daemon.log_path.read_text()
    assert line["code"].startswith("250") and float(line["delay"]) >= 0


def test_a_refusal_quotes_the_provider_but_not_the_address(chapard, sink_factory, eventually):
    sink = sink_factory(rules=["verb=rcpt reply=550 5.1.1 <sara@example.com> no such user"])
    daemon = chapard([email_route(sink.port)], config={"log": {"format": "json"}})
    message = daemon.api.send(mail()).json["id"]
    eventually(lambda: daemon.api.message(message)["state"] == "failed")
    lines = eventually(lambda: [it for line in daemon.log_path.read_text().splitlines()
                                if (it := json.loads(line)).get("message") == message])
    (line,) = lines
    assert line["id"] == "message.outcome" and line["status"] == "failed" and line["reason"] == "rejected"
    assert "no such user" in line["words"] and "sara@example.com" not in json.dumps(line)
    assert "5.1.1 5.1.1" not in line["code"] + " " + line["words"]


def test_outcomes_can_be_turned_off_and_addresses_shown_by_a_reload(chapard, sink, eventually):
    daemon = chapard([email_route(sink.port)], config={"log": {"outcomes": False}})
    first = daemon.api.send(mail("a@example.com")).json["id"]
    eventually(lambda: daemon.api.message(first)["state"] == "sent")
    daemon.config["log"] = {"outcomes": True, "addresses": "full"}
    daemon.write_config()
    daemon.signal(signal.SIGHUP)
    eventually(lambda: "reload.done" in daemon.log_path.read_text())
    second = daemon.api.send(mail("b@example.com")).json["id"]
    (line,) = eventually(lambda: outcomes(daemon, second))
    assert line["address"] == "b@example.com"
    assert not outcomes(daemon, first)


def test_what_is_cancelled_suppressed_or_expired_is_told_too(daemon, eventually):
    chapar(daemon, "suppress", "add", "email", "no@example.com")
    stopped = daemon.api.send(mail("no@example.com")).json["id"]
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    taken_back = daemon.api.send(mail(send_at=later)).json["id"]
    assert daemon.api.post(f"/v1/messages/{taken_back}/cancel").status == 200
    assert daemon.api.post("/v1/routes/smtp/pause").status == 200
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    late = daemon.api.send(mail(expires_at=soon)).json["id"]
    assert eventually(lambda: outcomes(daemon, stopped))[0]["reason"] == "suppressed"
    assert eventually(lambda: outcomes(daemon, taken_back))[0]["status"] == "cancelled"
    assert eventually(lambda: outcomes(daemon, late), 60)[0]["status"] == "expired"


def test_the_daemon_sends_on_while_its_log_is_a_full_disk(chapard, sink, eventually):
    daemon = chapard([email_route(sink.port)], config={"log": {"file": "/dev/full"}})
    sent = [daemon.api.send(mail(f"a{number}@example.com")).json["id"] for number in range(20)]
    eventually(lambda: all(daemon.api.message(each)["state"] == "sent" for each in sent))
    assert len(sink.wait_accepted(20)) == 20


def test_the_queue_says_that_a_paused_route_keeps_messages(daemon, eventually):
    assert daemon.api.post("/v1/routes/smtp/pause", {"reason": "maintenance until noon"}).status == 200
    for number in range(3):
        assert daemon.api.send(mail(f"a{number}@example.com")).status == 202
    told = eventually(lambda: (it := chapar(daemon, "queue")) and "3 waiting" in it and it)
    assert "3: The route is paused. (route smtp: maintenance until noon)" in told, told
    (pool,) = daemon.api.get("/v1/queue").json["pools"]
    assert [(each["reason"], each["messages"]) for each in pool["reasons"]] == [("route_paused", 3)]


def test_the_queue_tells_what_is_for_later_from_what_no_route_carries(daemon, eventually):
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    assert daemon.api.send(mail(send_at=later)).status == 202
    told = eventually(lambda: (it := chapar(daemon, "queue")) and "1 waiting" in it and it)
    assert "1: It waits for its send_at time. From " in told, told


def test_the_queue_shows_its_busiest_lines_and_no_idle_lanes(chapard, sink, eventually):
    daemon = chapard([email_route(sink.port)])
    assert daemon.api.post("/v1/routes/smtp/pause").status == 200
    for number in range(25):
        assert daemon.api.send(mail(f"a{number}@example.com", campaign=f"c{number:02}")).status == 202
    assert daemon.api.send(mail("b@example.com", campaign="c24")).status == 202
    told = eventually(lambda: (it := chapar(daemon, "queue")) and "26 waiting" in it and it)
    assert told.count("transactional") == 20 and "... and 5 more lines with 5 messages" in told, told
    assert "c24" in told, "the one with the most waiting is there"
    assert chapar(daemon, "queue", "--all").count("transactional") == 25
    assert daemon.api.post("/v1/routes/smtp/resume").status == 200
    eventually(lambda: "0 waiting" in (it := chapar(daemon, "queue")) and "in flight  limit" not in it)


def test_a_message_with_many_attempts_is_told_in_a_page(chapard, sink_factory, eventually):
    sink = sink_factory(rules=["verb=rcpt reply=452 4.2.2 mailbox is full"])
    daemon = chapard([email_route(sink.port)],
                     config={"class.transactional": {"max_attempts": 20, "backoff": {"first": "10ms", "max": "20ms"}}})
    message = daemon.api.send(mail()).json["id"]
    eventually(lambda: daemon.api.message(message)["state"] == "failed", 60)
    told = chapar(daemon, "explain", message)
    lines = told.splitlines()
    assert len(lines) <= 12, told
    assert told.count("Attempt 1 by email on route smtp: the provider could not take it then (452 4.2.2 mailbox is full).") == 1
    assert "14 more attempts: 14 times the provider could not take it then (452 4.2.2 mailbox is full)." in told, told
    assert "Every attempt that its class allows was used." in told
    assert "Asia/Tehran" in lines[0] and not re.search(r"\d\dT\d\d:\d\d|Z\b", told), "one zone, and it is named"
    persian = chapar(daemon, "explain", "--lang", "fa", message)
    assert "تلاش ۱ با email از مسیر smtp" in persian and "۱۴ تلاش دیگر" in persian, persian
    assert not re.search(r"[0-9]", re.sub(r"\(.*?\)|" + message, "", persian)), "digits are Persian ones"
    api = daemon.api.get(f"/v1/messages/{message}?lang=fa").json
    assert persian.splitlines() == api["story"] and api["timezone"] == "Asia/Tehran"
    assert daemon.api.get(f"/v1/messages/{message}?lang=de").status == 400


def test_a_reload_says_what_the_absence_of_a_key_means(chapard, sink, eventually):
    daemon = chapard([email_route(sink.port)])
    daemon.routes = [email_route(sink.port, rate=500)]
    daemon.write_config()
    daemon.signal(signal.SIGHUP)
    text = eventually(lambda: (it := daemon.log_path.read_text()) and "reload.done" in it and it)
    assert "route smtp: rate no limit -> 500" in text, text
