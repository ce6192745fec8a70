"""Receipts in every disorder that SMSCs are known for (F32, F33), and messages from people."""
import json

import pytest


def events(daemon, message):
    return [entry for entry in daemon.api.get(f"/v1/messages/{message}").json["trace"] if entry["reason"] == "receipt"]


def metric(daemon, name):
    text = daemon.api.get("/metrics").body.decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


@pytest.mark.parametrize("answer, receipt", [("decimal", "hex"), ("hex", "decimal"), ("upper", "hex"), ("decimal", "padded"),
                                             ("padded_hex", "upper"), ("hex", "padded")])
def test_ids_in_other_forms_match(sms, say, eventually, answer, receipt):
    smsc, daemon = sms(behave={"id": answer, "receipt": {"form": receipt, "tlv": receipt != "hex"}})
    message = say(daemon, "Hello")
    eventually(lambda: daemon.api.message(message)["state"] == "delivered")


def test_receipts_before_the_answer_are_kept(sms, say, eventually):
    smsc, daemon = sms(behave={"receipt": {"tlv": True, "before": True}, "delay": 300})
    messages = [say(daemon, f"Message {number}") for number in range(10)] + [say(daemon, "سلام " * 40)]
    for each in messages:
        eventually(lambda: daemon.api.message(each)["state"] == "delivered")
    smsc.wait(lambda stats: stats["receipts_answered"] == 13)


def test_a_receipt_that_says_the_same_ten_times_counts_once(sms, say, eventually):
    smsc, daemon = sms(behave={"receipt": {"tlv": True, "repeat": 10}})
    message = say(daemon, "Hello")
    eventually(lambda: daemon.api.message(message)["state"] == "delivered")
    smsc.wait(lambda stats: stats["receipts_answered"] == 10)
    assert len(events(daemon, message)) == 1


@pytest.mark.parametrize("first, then, state", [("DELIVRD", "UNDELIV", "delivered"), ("UNDELIV", "DELIVRD", "failed"),
                                                ("DELIVRD", "ENROUTE", "delivered")])
def test_the_first_final_word_stands(sms, say, eventually, first, then, state):
    smsc, daemon = sms(behave={"receipt": {"tlv": True, "state": first, "then": then, "station": True}})
    message = say(daemon, "Hello")
    eventually(lambda: daemon.api.message(message)["state"] == state)
    smsc.wait(lambda stats: stats["receipts_answered"] == 3)
    assert len(events(daemon, message)) == 1


def test_one_undelivered_part_fails_the_whole_and_the_trace_names_it(sms, say, eventually):
    smsc, daemon = sms(behave={"receipt": {"tlv": True, "state_of": {"989120000002": "UNDELIV"}}})
    message = say(daemon, "x" * 400, to="+989120000002")
    eventually(lambda: daemon.api.message(message)["state"] == "failed")
    assert events(daemon, message)[-1]["detail"].startswith("failed UNDELIV segment 1 of 3")


def test_a_receipt_for_an_unknown_id_is_kept_with_its_id_and_answered(sms, eventually):
    smsc, daemon = sms()
    smsc.wait(lambda stats: stats["sessions"] == 1)
    smsc.deliver(source_addr="989121234567", destination_addr="Chapar", esm_class=4,
                 short_message="id:00abc sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:")
    smsc.wait(lambda stats: stats["mo_answered"] == 1)
    eventually(lambda: "00abc" in daemon.log())
    eventually(lambda: metric(daemon, "chapar_plugin_sms_receipts_unknown_total") == 1)
    kept, = feed(daemon, effect="unknown")
    assert (kept["provider_id"], kept["kind"], kept["code"]) == ("00abc", "delivered", "DELIVRD")
    assert metric(daemon, 'chapar_events_total{effect="unknown"') == 1


def test_an_answer_that_comes_too_late_leads_the_receipt_to_its_message(sms, say, eventually):
    """The attempt is in doubt by then, and its outcome is written without an id: the session alone learns it."""
    smsc, daemon = sms(behave={"delay": 2500, "receipt": {"tlv": True, "delay": 300}}, settings={"response_timeout": "1s"},
                       config={"class.transactional": {"on_doubt": "hold"}})
    message = say(daemon, "Hello")
    eventually(lambda: daemon.api.message(message)["state"] == "held")
    assert not daemon.api.message(message)["attempts"][-1].get("provider_id")
    eventually(lambda: daemon.api.message(message)["state"] == "delivered")


def test_a_receipt_that_names_our_reference_alone_finds_its_message(sms, say, eventually):
    """Sixteen bits that a session makes up: no store knows them."""
    smsc, daemon = sms(settings={"user_message_reference": True})
    others = [say(daemon, f"Message {number}") for number in range(3)]
    message = say(daemon, "Hello", to="+989120000009")
    smsc.wait(lambda stats: len(smsc.accepted()) == 4)
    reference, = [each["reference"] for each in smsc.accepted() if "989120000009" in json.dumps(each)]
    eventually(lambda: daemon.api.message(message)["state"] == "sent")
    smsc.deliver(source_addr="989120000009", destination_addr="Chapar", esm_class=4, user_message_reference=reference,
                 message_state=2, short_message="stat:DELIVRD err:000")
    eventually(lambda: daemon.api.message(message)["state"] == "delivered")
    assert [daemon.api.message(each)["state"] for each in others] == ["sent"] * 3


def feed(daemon, **match):
    """What became known from outside: receipts and what people wrote."""
    entries = daemon.api.get("/v1/events?limit=1000").json["events"]
    entries = [entry for entry in entries if entry["kind"] != "sent"]
    return [entry for entry in entries if all(entry.get(key) == value for key, value in match.items())]


@pytest.mark.parametrize("answer, receipt", [("decimal", "decimal"), ("upper", "padded_hex"), ("decimal", "hex")])
def test_receipts_after_a_restart_find_their_message_part_by_part(sms, say, eventually, answer, receipt):
    smsc, daemon = sms(behave={"id": answer, "receipt": {"form": receipt, "tlv": True, "delay": 3000}})
    short, long = say(daemon, "Hello"), say(daemon, "x" * 400)
    for each in (short, long):
        eventually(lambda: daemon.api.message(each)["state"] == "sent")
    daemon.stop()
    daemon.start()
    for each in (short, long):
        eventually(lambda: daemon.api.message(each)["state"] == "delivered")
    smsc.wait(lambda stats: stats["receipts_answered"] >= 4)
    segments = daemon.api.message(long)["attempts"][0]["segments"]
    assert [(part["segment"], part["state"]) for part in segments] == [(1, "delivered"), (2, "delivered"), (3, "delivered")]
    assert len(feed(daemon, message=long, kind="segment_delivered")) == 3
    assert len(feed(daemon, message=long, kind="delivered", effect="applied")) == 1
    assert not feed(daemon, effect="unknown")


def test_a_failed_part_is_shown_with_the_others(sms, say, eventually, chapar):
    smsc, daemon = sms(behave={"receipt": {"tlv": True, "state_of": {"989120000002": "UNDELIV"}, "then": "DELIVRD"}})
    message = say(daemon, "x" * 400, to="+989120000002")
    eventually(lambda: daemon.api.message(message)["state"] == "failed")
    smsc.wait(lambda stats: stats["receipts_answered"] == 6)
    assert {part["state"] for part in daemon.api.message(message)["attempts"][0]["segments"]} == {"failed"}
    told = chapar(daemon, "explain", message)
    assert "0 of 3 segments delivered, segment 1 failed (UNDELIV)" in told, told
    assert "segment_failed 1/3 (applied)" in chapar(daemon, "events")


def test_what_people_write_becomes_events(sms, say, eventually):
    smsc, daemon = sms()
    smsc.wait(lambda stats: stats["sessions"] == 1)
    message = say(daemon, "Shall we come on Saturday?")
    eventually(lambda: daemon.api.message(message)["state"] == "sent")
    person = {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": "989121234567", "destination_addr": "3000"}
    smsc.deliver(**person, data_coding=8, hex="سلام".encode("utf-16-be").hex())
    for number, text in ((2, "دنیا"), (1, "ای ")):
        smsc.deliver(**person, data_coding=8, esm_class=0x40, hex=f"05000307020{number}" + text.encode("utf-16-be").hex())
    smsc.deliver(**person, data_coding=8, hex="لغو".encode("utf-16-be").hex())
    smsc.wait(lambda stats: stats["mo_answered"] == 4)
    eventually(lambda: metric(daemon, "chapar_plugin_sms_inbound_total") == 4)
    eventually(lambda: metric(daemon, "chapar_plugin_sms_unsubscribed_total") == 1)
    replies = feed(daemon, message=message)
    assert [(each["kind"], each["detail"], each["code"]) for each in replies] == [
        ("inbound", "سلام", "3000"), ("inbound", "ای دنیا", "3000"), ("unsubscribed", "لغو", "3000")]
    assert replies[0]["application"] and replies[0]["address"] == "+989121234567"
    stands = daemon.api.get("/v1/suppressions?channel=sms&address=%2B989121234567").json["suppressions"]
    assert [(row["reach"], row["reason"]) for row in stands] == [("marketing", "unsubscribed")]


def test_receipts_are_answered_when_they_are_durable_and_not_before(sms, say, eventually):
    smsc, daemon = sms(behave={"receipt": {"tlv": True, "delay": 1500}})
    message = say(daemon, "Hello")
    eventually(lambda: daemon.api.message(message)["state"] == "sent")
    smsc.wait(lambda stats: stats["receipts_answered"] == 1)
    assert daemon.api.message(message)["state"] == "delivered"


def test_a_persons_export_holds_receipts_and_replies_and_erasure_takes_them(sms, say, eventually):
    smsc, daemon = sms(behave={"receipt": {"tlv": True}})
    message = say(daemon, "Shall we come on Saturday?", recipient="u1")
    other = say(daemon, "And you?", to="+989351234567", recipient="u2")
    for each in (message, other):
        eventually(lambda: daemon.api.message(each)["state"] == "delivered")
    smsc.deliver(source_addr_ton=1, source_addr_npi=1, source_addr="989121234567", destination_addr="3000",
                 data_coding=8, hex="بله".encode("utf-16-be").hex())
    eventually(lambda: len(feed(daemon)) == 3)
    held = daemon.api.get("/v1/recipients/u1/export").json
    assert sorted((each["kind"], each.get("detail", "")) for each in held["reports"] if each["kind"] == "inbound") == [("inbound", "بله")]
    assert [each["message"] for each in held["reports"] if each["kind"] == "delivered"] == [message]
    assert daemon.api.request("DELETE", "/v1/recipients/u1?erase=true").status == 200
    assert daemon.api.get("/v1/recipients/u1/export").json["reports"] == []
    assert [each["message"] for each in feed(daemon)] == [other]
