"""Tests ("test": true) of a real chapard: what each magic address does, and that nothing of it reaches a real provider."""
import json
import os
import re
import signal
import subprocess
import time

import pytest
from harness.build import program, root
from harness.daemon import email_route

QUICK = {"sandbox": {"receipt_after": "50ms", "slow_after": "2s"}}


def mail(address, **more):
    return {"to": {"email": address}, "class": "transactional", "test": True, "from": "shop@sender.example",
            "content": {"email": {"subject": "s", "text": "t"}}, **more}


def sms(number, **more):
    return {"to": {"phone": number}, "class": "transactional", "test": True, "channels": ["sms"],
            "content": {"sms": {"text": "t"}}, **more}


def kinds(daemon, message):
    return [each["kind"] for each in events(daemon, message)]


def events(daemon, message):
    return daemon.api.get(f"/v1/events?message={message}").json["events"]


@pytest.fixture
def bare(chapard):
    """A site without any route."""
    return chapard([], config=QUICK)


MAILS = [
    # address, state, the events of it, verdict and code of the last attempt
    ("sara@example.com", "delivered", ["sent", "delivered"], "accepted", "250 2.0.0"),
    ("delivered@example.com", "delivered", ["sent", "delivered"], "accepted", "250 2.0.0"),
    ("slow@example.com", "delivered", ["sent", "delivered"], "accepted", "250 2.0.0"),
    ("bounce@example.com", "failed", ["sent", "bounced"], "accepted", "250 2.0.0"),
    ("Bounce+order-7@example.ir", "failed", ["sent", "bounced"], "accepted", "250 2.0.0"),
    ("full@example.com", "failed", ["sent", "bounced"], "accepted", "250 2.0.0"),
    ("defer@example.com", "delivered", ["sent", "delivered"], "accepted", "250 2.0.0"),
    ("reject@example.com", "failed", ["bounced"], "rejected", "550 5.1.1"),
    ("blocked@example.com", "failed", ["bounced"], "rejected", "554 5.7.1"),
    ("complain@example.com", "delivered", ["sent", "delivered", "complained"], "accepted", "250 2.0.0"),
    ("unsubscribe@example.com", "delivered", ["sent", "delivered", "unsubscribed"], "accepted", "250 2.0.0"),
    ("reply@example.com", "delivered", ["sent", "delivered", "inbound"], "accepted", "250 2.0.0"),
    ("silent@example.com", "sent", ["sent"], "accepted", "250 2.0.0"),
]
NUMBERS = [
    ("+989970000000", "delivered", ["sent", "delivered"]),
    ("0997 000 0001", "failed", ["sent", "failed"]),
    ("+989970000002", "failed", ["sent", "failed"]),
    ("+989970000003", "delivered", ["sent", "delivered"]),
    ("+989970000004", "failed", ["failed"]),
    ("+989970000005", "blocked_by_operator", ["blocked_by_operator"]),
    ("+989970000006", "delivered", ["sent", "delivered"]),
    ("+989970000007", "delivered", ["sent", "delivered", "complained"]),
    ("۰۹۹۷۰۰۰۰۰۰۸", "delivered", ["sent", "delivered", "unsubscribed"]),
    ("+44 7700 900009", "delivered", ["sent", "delivered", "inbound"]),
    ("+447700900010", "sent", ["sent"]),
    ("+989121234567", "delivered", ["sent", "delivered"]),
]


def settled(daemon, message, state, expected, eventually):
    eventually(lambda: daemon.api.message(message)["state"] == state and len(kinds(daemon, message)) >= len(expected))
    assert kinds(daemon, message) == expected


def test_each_magic_mail_address_does_what_the_document_says(bare, eventually):
    sent = [(bare.api.send(mail(address)), row) for row in MAILS for address in row[:1]]
    for answer, (address, state, expected, verdict, code) in sent:
        assert answer.status == 202 and answer.json["test"] is True, (address, answer.json)
        settled(bare, answer.json["id"], state, expected, eventually)
        seen = bare.api.message(answer.json["id"])
        last = seen["attempts"][-1]
        assert (last["verdict"], last["code"], last["route"], last["channel"]) == (verdict, code, "sandbox", "email")
        assert seen["test"] is True
        assert len(seen["attempts"]) == (3 if address.startswith("defer") else 1)
        for event in events(bare, answer.json["id"]):
            assert event["test"] is True and event["channel"] == "email", event


def test_each_magic_number_does_what_the_document_says(bare, eventually):
    sent = [(bare.api.send(sms(row[0])), row) for row in NUMBERS]
    for answer, (number, state, expected) in sent:
        assert answer.status == 202, (number, answer.json)
        settled(bare, answer.json["id"], state, expected, eventually)
        for event in events(bare, answer.json["id"]):
            assert event["test"] is True and event["channel"] == "sms", event
    stop = next(answer for answer, row in sent if row[0].startswith("۰"))
    assert [each["detail"] for each in events(bare, stop.json["id"]) if each["kind"] == "unsubscribed"] == ["STOP"]


def test_a_doubt_is_held_or_tried_again_as_its_class_says(chapard, eventually):
    daemon = chapard([], config={**QUICK, "class.transactional": {"on_doubt": "hold"}})
    held = daemon.api.send(mail("doubt@example.com")).json["id"]
    eventually(lambda: daemon.api.message(held)["state"] == "held")
    assert daemon.api.post(f"/v1/messages/{held}/retry").status == 200
    eventually(lambda: daemon.api.message(held)["attempts_begun"] == 2)
    assert {each["route"] for each in daemon.api.message(held)["attempts"]} == {"sandbox"}


def test_what_the_table_of_the_document_says_is_what_is_tested_here():
    text = (root / "docs/testing.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z]+)@`", text, re.M))
    tested = {row[0].split("@")[0].split("+")[0].lower() for row in MAILS} | {"doubt"}
    assert named and named <= tested, named - tested
    endings = set(re.findall(r"^\| `[a-z]+@`[^|]*\| `(\d\d)`", text, re.M))
    assert endings == {f"{number:02}" for number in range(12)}, endings


def test_the_next_channel_of_a_test_is_the_sandbox_too(bare, eventually):
    one = mail("reject@example.com", channels=["email", "sms"])
    one["to"]["phone"] = "+989970000000"
    one["content"]["sms"] = {"text": "t"}
    message = bare.api.send(one).json["id"]
    eventually(lambda: bare.api.message(message)["state"] == "delivered")
    assert [(each["channel"], each["route"]) for each in bare.api.message(message)["attempts"]] == [
        ("email", "sandbox"), ("sms", "sandbox")]


def test_no_test_reaches_a_provider_and_no_message_the_sandbox(chapard, sink, eventually):
    daemon = chapard([email_route(sink.port)], config=QUICK)
    tests = [daemon.api.send(mail(address)).json["id"] for address in
             ("sara@example.com", "bounce@example.com", "reject@example.com", "defer@example.com")]
    meant = mail("bounce@example.com")
    del meant["test"]
    real = daemon.api.send(meant).json["id"]
    refused = daemon.api.send({**meant, "test": False}).json
    assert "test" not in refused
    eventually(lambda: [daemon.api.message(each)["state"] for each in tests] == ["delivered", "failed", "failed", "delivered"])
    assert len(sink.wait_accepted(2)) == 2
    assert daemon.api.post(f"/v1/messages/{tests[2]}/retry").status in (200, 409)
    daemon.write_config()
    daemon.signal(signal.SIGHUP)
    eventually(lambda: "reload.done" in daemon.log())
    last = daemon.api.send(mail("after@example.com")).json["id"]
    eventually(lambda: daemon.api.message(last)["state"] == "delivered")
    assert len(sink.wait_accepted(2)) == 2, "only the two that were meant"
    seen = daemon.api.message(real)
    assert seen["state"] == "sent" and seen["attempts"][0]["route"] == "smtp" and "test" not in seen
    assert all("test" not in event for event in events(daemon, real))


def test_every_way_to_hand_in_tells_a_test(bare, eventually):
    real = mail("a@example.com", test=False)
    lines = bare.api.send_many([mail("a@example.com"), real]).lines
    assert [line.get("test") for line in lines] == [True, None] and lines[1]["status"] == 422
    batch = bare.api.post("/v1/messages", [mail("a@example.com"), real]).json
    assert [item.get("test") for item in batch] == [True, None] and batch[1]["status"] == 422
    keyed = mail("a@example.com", idempotency_key="k")
    first, again = bare.api.send(keyed).json, bare.api.send(keyed).json
    assert again["duplicate"] is True and again["id"] == first["id"] and again["test"] is True
    assert bare.api.send({**keyed, "test": False}).status in (409, 422)
    assert bare.api.send({**mail("a@example.com"), "test": "yes"}).status == 422
    escaped = json.dumps(mail("bounce@example.com")).replace('"test"', '"t\\u0065st"')
    hidden = bare.api.post("/v1/messages", escaped).json
    assert hidden["test"] is True, "an escaped name is the same name"
    eventually(lambda: bare.api.message(hidden["id"])["state"] == "failed")


def test_tests_can_be_listed_apart(bare, eventually):
    for number in range(3):
        assert bare.api.send(mail(f"a{number}@example.com", tags=["x"])).status == 202
    assert len(bare.api.get("/v1/messages?test=true").json["messages"]) == 3
    assert len(bare.api.get("/v1/messages?test=true&tag=x").json["messages"]) == 3
    assert bare.api.get("/v1/messages?test=false").json["messages"] == []
    assert bare.api.get("/v1/messages?test=yes").status == 400


def test_what_the_sandbox_reports_suppresses_nobody_and_a_suppression_holds_for_tests(bare, eventually):
    for _ in range(2):  # the second finds the address as the first did
        for address in ("bounce@example.com", "complain@example.com", "reject@example.com", "unsubscribe@example.com"):
            message = bare.api.send(mail(address)).json["id"]
            eventually(lambda: bare.api.message(message)["state"] in ("delivered", "failed"))
        stopped = bare.api.send(sms("+989970000008")).json["id"]
        eventually(lambda: "unsubscribed" in kinds(bare, stopped))
    assert bare.api.get("/v1/suppressions").json["suppressions"] == []
    assert bare.api.request("PUT", "/v1/suppressions", {"channel": "email", "address": "no@example.com"}).status in (200, 201)
    message = bare.api.send(mail("no@example.com")).json["id"]
    eventually(lambda: bare.api.message(message)["state"] == "suppressed")


def test_a_test_replaces_no_message_and_uses_no_slot(chapard, sink, eventually):
    cap = [{"name": "one", "scope": "person", "limit": 1, "window": "lifetime", "over": "drop"}]
    daemon = chapard([email_route(sink.port)], config={**QUICK, "class.news": {"requires": "none"}})
    daemon.write_config(daemon.config_text() + "".join(
        "[[cap]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in each.items()) for each in cap))
    daemon.signal(signal.SIGHUP)
    eventually(lambda: "reload.done" in daemon.log())
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    meant = mail("sara@example.com", collapse_key="k", send_at=later, **{"class": "news"})
    del meant["test"]
    waiting = daemon.api.send(meant).json["id"]
    for _ in range(3):
        message = daemon.api.send(mail("sara@example.com", collapse_key="k", **{"class": "news"})).json["id"]
        eventually(lambda: daemon.api.message(message)["state"] == "delivered")
    assert daemon.api.message(waiting)["state"] == "waiting"
    real = mail("sara@example.com", **{"class": "news"})
    del real["test"]
    first, second = daemon.api.send(real).json["id"], daemon.api.send(real).json["id"]
    eventually(lambda: sorted(daemon.api.message(each)["state"] for each in (first, second)) == ["sent", "suppressed"])


def test_explain_and_the_queue_say_sandbox(bare, eventually):
    environment = {**os.environ, "CHAPAR_SOCKET": str(bare.socket)}

    def chapar(*words):
        done = subprocess.run([program("chapar"), *words], capture_output=True, text=True, timeout=30, env=environment)
        assert done.returncode == 0, done
        return done.stdout

    message = bare.api.send(mail("bounce@example.com")).json["id"]
    eventually(lambda: bare.api.message(message)["state"] == "failed")
    assert "It is a test: it goes to the sandbox" in chapar("explain", message)
    assert "آزمایش" in chapar("explain", message, "--lang", "fa")
    assert re.search(r"^sandbox +sandbox +sandbox", chapar("route"), re.M)
    assert bare.api.post("/v1/routes/sandbox/pause", {"reason": "noon"}).status == 200
    waiting = bare.api.send(mail("sara@example.com")).json["id"]
    told = eventually(lambda: (it := chapar("queue")) and "1 waiting" in it and it)
    assert "The route is paused. (route sandbox: noon)" in told, told
    assert bare.api.post("/v1/routes/sandbox/resume").status == 200
    eventually(lambda: bare.api.message(waiting)["state"] == "delivered")


def test_a_site_may_forbid_tests(chapard, sink, eventually):
    daemon = chapard([email_route(sink.port)], config={"sandbox": {"enabled": False}})
    answer = daemon.api.send(mail("sara@example.com"))
    assert answer.status == 403 and "/test" in json.dumps(answer.json), answer.json
    assert "sandbox" not in json.dumps(daemon.api.get("/v1/routes").json)


def test_what_waits_when_tests_are_forbidden_goes_nowhere(chapard, sink, eventually):
    daemon = chapard([email_route(sink.port)], config=QUICK)
    assert daemon.api.post("/v1/routes/sandbox/pause").status == 200
    waiting = daemon.api.send(mail("sara@example.com")).json["id"]
    daemon.config["sandbox"] = {"enabled": False}
    daemon.write_config()
    daemon.signal(signal.SIGHUP)
    eventually(lambda: "reload.done" in daemon.log())
    meant = mail("real@example.com")
    del meant["test"]
    daemon.api.send(meant)
    assert len(sink.wait_accepted(1)) == 1
    assert daemon.api.message(waiting)["state"] == "waiting"
    daemon.kill()
    daemon.start()
    daemon.api.send(meant)
    assert len(sink.wait_accepted(2)) == 2
    assert daemon.api.message(waiting)["state"] == "waiting"


def test_a_reload_brings_what_was_on_its_way_and_a_kill_doubles_nothing(chapard, eventually):
    daemon = chapard([], config={"sandbox": {"receipt_after": "50ms", "slow_after": "1h"},
                                 "class.transactional": {"backoff": {"first": "100ms", "max": "1s"}}})
    slow = daemon.api.send(mail("slow@example.com")).json["id"]
    eventually(lambda: daemon.api.message(slow)["state"] == "sent")
    daemon.config["sandbox"]["slow_after"] = "2h"
    daemon.write_config()
    daemon.signal(signal.SIGHUP)
    eventually(lambda: daemon.api.message(slow)["state"] == "delivered")
    sent = [daemon.api.send(mail(f"defer+{number}@example.com")).json["id"] for number in range(20)]
    daemon.kill()
    daemon.start()
    eventually(lambda: all(daemon.api.message(each)["state"] in ("sent", "delivered") for each in sent), 60)
    daemon.kill()
    daemon.start()
    for each in sent:
        seen = kinds(daemon, each)
        assert seen.count("delivered") <= 1 and seen.count("sent") <= 1, seen


def test_a_route_may_not_be_called_sandbox(chapard, sink):
    daemon = chapard([email_route(sink.port, name="sandbox")], start=False)
    done = subprocess.run([program("chapar"), "config", "check", "--config", str(daemon.config_path)],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and "is the route that tests go to" in done.stdout + done.stderr, done


@pytest.mark.parametrize("channels, status", [(["email"], 202), (["sms"], 202), (["push"], 202), (["emial"], 422),
                                              (["sandbox"], 422)])
def test_a_test_needs_a_channel_that_there_is(bare, channels, status):
    one = {"to": {"email": "a@example.com", "phone": "+989970000000", "recipient": "u1"}, "class": "transactional",
           "test": True, "from": "shop@sender.example", "channels": channels,
           "content": {channel: {"text": "t", "subject": "s"} if channel == "email" else {"text": "t"} for channel in channels}}
    assert bare.api.send(one).status == status
    one["test"] = False
    assert bare.api.send(one).status == 422, "without a route there is nothing real to send by"
