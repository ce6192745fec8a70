"""The sms plugin against an SMSC that is not ours: npm smpp."""
import os
import subprocess
import time

import pytest
from harness.build import program
from harness.smsc import Smsc, sms_route


def test_a_message_goes_out_and_its_receipt_comes_back(sms, say, eventually):
    smsc, daemon = sms(behave={"receipt": {"tlv": True}})
    first = say(daemon, "Hello")
    second = say(daemon, "سلام دنیا 😀")
    for each in (first, second):
        eventually(lambda: daemon.api.message(each)["state"] == "delivered")
    latin, persian = sorted(smsc.records("message"), key=lambda record: record["coding"])
    assert latin["text"] == "Hello" and latin["coding"] == 0 and latin["esm"] == 0
    assert persian["text"] == "سلام دنیا 😀" and persian["coding"] == 8
    assert (latin["to"], latin["to_ton"], latin["to_npi"]) == ("989121234567", 1, 1)
    assert (latin["from"], latin["from_ton"], latin["from_npi"]) == ("Chapar", 5, 0)
    assert latin["registered"] == 1 and latin["validity"] > "2026-"
    assert daemon.api.message(first)["attempts"][0]["provider_id"] == latin["id"]
    smsc.wait(lambda stats: stats["receipts_answered"] == 2)


def settle(daemon, ids, state, eventually, timeout=20):
    for each in ids:
        eventually(lambda: daemon.api.message(each)["state"] == state, timeout)


def trace(daemon, message):
    return " | ".join(entry.get("detail") or "" for entry in daemon.api.get(f"/v1/messages/{message}").json["trace"])


def test_a_long_message_is_parts_of_one_and_delivered_when_all_are(sms, say, eventually):
    smsc, daemon = sms(behave={"receipt": {"text": True}})
    text = "سلام " * 40  # 200 units: three parts
    message = say(daemon, text)
    settle(daemon, [message], "delivered", eventually)
    parts = sorted(smsc.records("message"), key=lambda record: record["part"]["number"])
    assert [record["part"]["number"] for record in parts] == [1, 2, 3]
    assert {record["part"]["total"] for record in parts} == {3}
    assert len({record["part"]["reference"] for record in parts}) == 1
    assert "".join(record["text"] for record in parts) == text
    assert [record["sequence"] for record in parts] == sorted(record["sequence"] for record in parts)
    assert len({record["session"] for record in parts}) == 1
    ids = daemon.api.message(message)["attempts"][0]["provider_id"].split()
    assert ids == [record["id"] for record in parts]


@pytest.mark.parametrize("how", ["udh16", "sar", "payload"])
def test_other_ways_to_send_a_long_message(sms, say, eventually, how):
    smsc, daemon = sms(settings={"long_messages": how}, behave={"receipt": {"tlv": True, "text": False}})
    text = "Chapar " * 40
    message = say(daemon, text)
    settle(daemon, [message], "delivered", eventually)
    records = smsc.records("message")
    assert "".join(record["text"] for record in sorted(records, key=lambda r: (r.get("part") or {}).get("number", 0))) == text
    assert len(records) == (1 if how == "payload" else 2)


@pytest.mark.parametrize("status, state, blame", [
    (0x0B, "failed", "recipient"), (0x01, "failed", "message"), (0x65, "failed", "message")])
def test_a_refusal_is_final_where_it_is(sms, say, eventually, status, state, blame):
    smsc, daemon = sms(behave={"status": status})
    message = say(daemon, "Hello")
    settle(daemon, [message], state, eventually)
    attempt = daemon.api.message(message)["attempts"][0]
    assert (attempt["verdict"], attempt["blame"]) == ("rejected", blame)
    assert attempt["code"].startswith("ESME_")
    assert len(smsc.records("message")) == 1


def test_a_part_that_fails_after_others_is_told_and_nothing_goes_twice(sms, say, eventually):
    smsc, daemon = sms(behave={"status_of_part": {"2": 0x08}})
    message = say(daemon, "x" * 400)
    settle(daemon, [message], "failed", eventually)
    attempt = daemon.api.message(message)["attempts"][0]
    assert attempt["verdict"] == "rejected" and "of 3 segments were accepted" in attempt["detail"], attempt
    time.sleep(0.3)
    assert len(smsc.records("message")) <= 3


def test_a_throttled_part_alone_goes_again(sms, say, eventually):
    smsc, daemon = sms(behave={"first": [0, 0x58, 0]})
    message = say(daemon, "x" * 400)
    settle(daemon, [message], "sent", eventually)
    numbers = [(record["part"]["number"], record["status"]) for record in smsc.records("message")]
    assert sorted(numbers) == [(1, 0), (2, 0), (2, 0x58), (3, 0)]


def test_a_wrong_password_blames_the_credentials_and_nothing_is_lost(sms, say, eventually):
    smsc, daemon = sms(behave={"password": "anders"})
    message = say(daemon, "Hello")
    eventually(lambda: [each for each in daemon.api.message(message)["attempts"] if each.get("verdict")])
    attempt = daemon.api.message(message)["attempts"][0]
    assert (attempt["verdict"], attempt["blame"]) == ("retry", "credentials"), attempt
    assert smsc.records("message") == []


def test_a_refused_bind_is_not_repeated_until_the_account_is_locked(sms, say, eventually):
    smsc, daemon = sms(settings={"binds": 3, "reconnect_first": "20ms", "reconnect_max": "50ms"}, behave={"password": "anders"})
    say(daemon, "Hello")
    route = eventually(lambda: [r for r in daemon.api.get("/v1/routes").json["routes"] if r["state"] == "paused"])[0]
    assert route["next_try"] and "credentials" in route["why"], route
    tried = len(smsc.records("bind"))
    time.sleep(2)
    assert len(smsc.records("bind")) == tried <= 3, "a minute has not passed"
    resume = [program("chapar"), "route", "resume", route["name"]]
    subprocess.run(resume, check=True, env={**os.environ, "CHAPAR_SOCKET": str(daemon.socket)})
    say(daemon, "Hello again")  # the first one waits for its own next try
    eventually(lambda: len(smsc.records("bind")) == tried + 1)


def test_transmitter_and_receiver_as_a_pair_and_several_of_them(sms, say, eventually):
    smsc, daemon = sms(settings={"mode": "pair", "binds": 2}, behave={"receipt": {"tlv": True}})
    smsc.wait(lambda stats: stats["sessions"] == 4)
    messages = [say(daemon, f"Message {number}") for number in range(20)]
    settle(daemon, messages, "delivered", eventually)
    assert sorted(record["command"] for record in smsc.records("bind")) == ["bind_receiver"] * 2 + ["bind_transmitter"] * 2


def test_priority_validity_flash_and_parameters_of_the_sites_own(sms, say, eventually):
    smsc, daemon = sms(settings={"priority": ["transactional=2"], "flash_classes": ["transactional"],
                                 "tlvs": ["0x1400=text:abc"], "user_message_reference": True, "service_type": "CMT"})
    message = say(daemon, "Hello")
    settle(daemon, [message], "sent", eventually)
    record, = smsc.records("message")
    assert (record["priority"], record["coding"], record["reference"]) == (2, 0x10, 1)


def test_tls_is_verified(chapard, peers, password, tmp_path, say, eventually):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
                   check=True, capture_output=True)
    with Smsc(tmp_path, peers, options=["--key", tmp_path / "key.pem", "--cert", tmp_path / "cert.pem"]) as smsc:
        settings = {"tls": "required", "host": "localhost"}
        routes = [sms_route(smsc.port, password, name="trusted", settings={**settings, "ca_file": str(tmp_path / "cert.pem")})]
        daemon = chapard(routes)
        settle(daemon, [say(daemon, "Hello")], "sent", eventually)
        daemon.stop()
        stranger = chapard([sms_route(smsc.port, password, name="stranger", settings=settings)])
        message = say(stranger, "Hello again")
        detail = eventually(lambda: [each["detail"] for each in stranger.api.message(message)["attempts"] if "detail" in each])
        assert "certificate" in detail[0]
        assert len(smsc.records("message")) == 1


def test_it_says_goodbye(sms, say, eventually):
    smsc, daemon = sms()
    settle(daemon, [say(daemon, "Hello")], "sent", eventually)
    daemon.stop()
    assert smsc.stats()["unbinds"] == 1


def test_a_message_names_its_sender_and_a_mail_address_is_none(sms, say, eventually):
    smsc, daemon = sms(settings={"source_allowed": ["3000", "Shop"]})
    named = say(daemon, "By number", content={"from": "3000"}, **{"from": "Shop <shop@sender.example>"})
    plain = say(daemon, "By the route", **{"from": "Shop <shop@sender.example>"})
    settle(daemon, [named, plain], "sent", eventually)
    assert {record["text"]: record["from"] for record in smsc.accepted()} == {"By number": "3000", "By the route": "Chapar"}
    answer = daemon.api.send({"to": {"phone": "+989121234567"}, "channels": ["sms"], "class": "transactional",
                              "content": {"sms": {"text": "Hello", "from": "shop@sender.example"}}})
    assert answer.status == 422 and answer.json["errors"][0]["pointer"] == "/content/sms/from", answer


def test_the_estimate_is_what_the_smsc_gets(sms, say, eventually):
    smsc, daemon = sms(settings={"smart": True, "long_messages": "udh16"}, route={"price": [{"prefix": "+98", "segment": 1250}]})
    texts = ["“" + "a" * 150 + "”", "ب" * 133, "Hello", "x" * 305, "سلام 😀 " * 40]
    for text in texts:
        before = len(smsc.records("message"))
        message = say(daemon, text)
        eventually(lambda: daemon.api.message(message)["state"] == "sent")
        segments = len(smsc.records("message")) - before
        attempt = daemon.api.message(message)["attempts"][0]
        assert attempt["estimated_cost"] == {"segments": segments, "amount": str(1250 * segments), "currency": "IRR"}, text


def test_data_sm_where_the_smsc_wants_it(sms, say, eventually):
    smsc, daemon = sms(settings={"submit_by": "data_sm"}, behave={"receipt": {"tlv": True}})
    short, long = say(daemon, "Hello"), say(daemon, "سلام " * 40, to="+989351234567")
    settle(daemon, [short, long], "delivered", eventually)
    assert {record["command"] for record in smsc.records("message")} == {"data_sm"}
    one = next(record for record in smsc.records("message") if record["to"] == "989121234567")
    assert (one["text"], one["coding"], one["esm"], one["registered"], one["from"]) == ("Hello", 0, 0, 1, "Chapar")
    assert one["time_to_live"] > 60
    parts = sorted((record for record in smsc.records("message") if record["to"] == "989351234567"),
                   key=lambda record: record["part"]["number"])
    assert [record["part"]["number"] for record in parts] == [1, 2, 3] and parts[0]["esm"] == 0x40
    assert "".join(record["text"] for record in parts) == "سلام " * 40
    assert daemon.api.message(long)["attempts"][0]["provider_id"].split() == [record["id"] for record in parts]


def test_a_refused_data_sm_is_a_refusal(sms, say, eventually):
    smsc, daemon = sms(settings={"submit_by": "data_sm"}, behave={"status": 0x0B})
    message = say(daemon, "Hello")
    eventually(lambda: daemon.api.message(message)["state"] == "failed")
    assert daemon.api.message(message)["attempts"][0]["blame"] == "recipient"
