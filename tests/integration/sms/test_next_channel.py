"""What an SMS that does not arrive leads to: the plan's next channel. The SMSC is that of the npm package smpp; who got
what is read in its log and in the mail sink's."""
import pytest
from harness.daemon import email_route
from harness.smsc import sms_route

PERSON = "+989120000009"
DIGITS = PERSON[1:]


@pytest.fixture
def both(chapard, smsc_factory, sink, password):
    """both(receipt={...}) -> (Smsc, Daemon) with routes for SMS and mail."""
    def make(settings=None, **behave):
        smsc = smsc_factory(**behave)
        return smsc, chapard([sms_route(smsc.port, password, settings=settings or {}), email_route(sink.port)])
    return make


def send(daemon, text, class_name="transactional", **more):
    answer = daemon.api.send({"to": {"phone": PERSON, "email": "sara@example.com"}, "channels": ["sms", "email"],
                              "class": class_name, **more,
                              "content": {"sms": {"text": text}, "email": {"subject": text, "text": text}}})
    assert answer.status == 202, answer
    return answer.json["id"]


def submitted(smsc, text):
    return [record for record in smsc.accepted() if record["text"] == text]


def test_an_sms_that_comes_back_becomes_a_mail(both, sink, eventually, chapar):
    smsc, daemon = both(receipt={"tlv": True, "state": "UNDELIV"})
    message = send(daemon, "Your order")
    (mail,) = sink.wait_accepted(1)
    assert b"Subject: Your order" in sink.bytes_of(mail)
    told = eventually(lambda: (it := daemon.api.message(message))["state"] == "sent" and it)
    assert [each["channel"] for each in told["attempts"]] == ["sms", "email"]
    assert len(submitted(smsc, "Your order")) == 1
    words = chapar(daemon, "explain", message)
    assert "UNDELIV" in words and "next channel" in words, words


def test_a_late_receipt_stops_the_mail_that_has_not_left(both, sink, eventually):
    smsc, daemon = both(receipt={"tlv": True, "delay": 3000})
    assert daemon.api.post("/v1/routes/smtp/pause").status == 200
    message = send(daemon, "Your order", fallback_after_ms=200)
    eventually(lambda: daemon.api.message(message)["state"] == "waiting" and submitted(smsc, "Your order"))
    eventually(lambda: daemon.api.message(message)["state"] == "delivered")
    assert daemon.api.post("/v1/routes/smtp/resume").status == 200
    smsc.behave(receipt={"tlv": True, "state": "UNDELIV"})
    send(daemon, "Another")
    sink.wait_accepted(1)
    assert [b"Another" in sink.bytes_of(each) for each in sink.accepted()] == [True]
    assert len(daemon.api.message(message)["attempts"]) == 1


@pytest.mark.parametrize("how", ["answer", "receipt"])
def test_whom_the_operator_blocks_gets_mail_now_and_later(both, sink, eventually, chapar, how):
    behave = {"status_of": {DIGITS: 0x401}} if how == "answer" else {"receipt": {"tlv": True, "state": "REJECTD"}}
    smsc, daemon = both(settings={"statuses": ["0x401=blocked"], "blocked_errors": ["REJECTD"]}, **behave)
    first = send(daemon, "Sale", "marketing")
    sink.wait_accepted(1)
    assert "no advertising" in chapar(daemon, "explain", first)
    later = send(daemon, "Again", "marketing")
    sink.wait_accepted(2)
    told = eventually(lambda: (it := daemon.api.message(later))["state"] == "sent" and it)
    assert [each["channel"] for each in told["attempts"]] == ["email"], "no other try by SMS"
    assert "blocked_by_operator" in chapar(daemon, "explain", later)
    asked = [record["text"] for record in smsc.records("message")]
    assert asked == ["Sale"]


def test_a_message_leaves_by_the_route_of_its_sender_and_advertising_by_no_other(chapard, smsc_factory, password, say,
                                                                                eventually):
    service, adverts = smsc_factory(), smsc_factory()
    lines = {"service": ["2000=transactional"], "adverts": ["3000=marketing", "2100=marketing,transactional"]}
    routes = [sms_route(peer.port, password, name=name, lines=lines[name], settings={"source_allowed": ["*"]})
              for name, peer in (("service", service), ("adverts", adverts))]
    daemon = chapard(routes)
    sent = [say(daemon, "Order"), say(daemon, "Named", content={"from": "2100"}),
            say(daemon, "Sale", **{"class": "marketing"})]
    for each in sent:
        eventually(lambda: daemon.api.message(each)["state"] == "sent")
    who = lambda peer: {record["text"]: record["from"] for record in peer.accepted()}  # noqa: E731
    assert who(service) == {"Order": "2000"}
    assert who(adverts) == {"Named": "2100", "Sale": "3000"}
    adverts.stop()
    stuck, goes = say(daemon, "Sale 2", **{"class": "marketing"}), say(daemon, "Order 2")
    eventually(lambda: daemon.api.message(goes)["state"] == "sent")
    eventually(lambda: len(daemon.api.message(stuck)["attempts"]) >= 1)
    assert daemon.api.message(stuck)["state"] in ("waiting", "sending")
    assert who(service) == {"Order": "2000", "Order 2": "2000"}
    refused = daemon.api.send({"to": {"phone": "+989121234567"}, "channels": ["sms"], "class": "marketing",
                               "content": {"sms": {"text": "Sale", "from": "2000"}}})
    assert refused.status == 422 and refused.json["errors"][0]["pointer"] == "/content/sms/from", refused
