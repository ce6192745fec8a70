"""Line classes, the operator's blacklist, and receipts that do not come, against the SMSC of the npm package smpp."""
import pytest
from harness.smsc import sms_route

BLOCKED = 0x401


def senders(smsc):
    return {record["text"]: record["from"] for record in smsc.accepted()}


def advertise(daemon, text, to="+989121234567", **more):
    answer = daemon.api.send({"to": {"phone": to}, "channels": ["sms"], "class": "marketing",
                              "content": {"sms": {"text": text}}, **more})
    assert answer.status == 202, answer
    return answer.json["id"]


def test_each_class_leaves_by_its_line(sms, say, eventually):
    smsc, daemon = sms(settings={"source_allowed": ["*"]}, route={"lines": ["983000=marketing", "Shop=transactional"]})
    plain, bought = say(daemon, "Your order"), advertise(daemon, "Sale")
    for each in (plain, bought):
        eventually(lambda: daemon.api.message(each)["state"] == "sent")
    assert senders(smsc) == {"Your order": "Shop", "Sale": "983000"}
    answer = daemon.api.send({"to": {"phone": "+989121234567"}, "channels": ["sms"], "class": "marketing",
                              "content": {"sms": {"text": "Sale", "from": "Shop"}}})
    assert answer.status == 422
    assert answer.json["errors"] == [{"pointer": "/content/sms/from", "detail":
                                      "no route may send class marketing as Shop: see `lines` of [[route]]"}], answer
    assert daemon.api.send({"to": {"phone": "+989121234567"}, "channels": ["sms"], "class": "otp",
                            "content": {"sms": {"text": "1234"}}}).status == 422


@pytest.mark.parametrize("how", ["answer", "receipt"])
def test_whom_the_operator_blocks_is_not_tried_again_and_gets_no_more_advertising(sms, say, eventually, how, chapar):
    person = "989120000009"
    behave = {"status_of": {person: BLOCKED}} if how == "answer" else {
        "receipt": {"tlv": True, "state_of": {person: "REJECTD"}}}
    smsc, daemon = sms(behave=behave, settings={"statuses": ["0x401=blocked"], "blocked_errors": ["REJECTD"]})
    first = advertise(daemon, "Sale", to="+" + person)
    eventually(lambda: daemon.api.message(first)["state"] == "blocked_by_operator")
    assert len(daemon.api.message(first)["attempts"]) == 1
    assert "The operator lets no advertising through" in chapar(daemon, "explain", first)
    stands = daemon.api.get(f"/v1/suppressions?channel=sms&address=%2B{person}").json["suppressions"]
    assert [(row["reason"], row["reach"]) for row in stands] == [("blocked_by_operator", "marketing")]
    assert daemon.api.post(f"/v1/messages/{first}/retry").status == 409
    second = advertise(daemon, "Again", to="+" + person)
    eventually(lambda: daemon.api.message(second)["state"] == "suppressed")
    smsc.behave(status_of={}, receipt=None)
    service = say(daemon, "Your order", to="+" + person)
    eventually(lambda: daemon.api.message(service)["state"] == "sent")
    assert "Again" not in {record["text"] for record in smsc.records("message")}


def test_a_number_that_nobody_has_any_more_is_suppressed_where_the_site_says_what_means_so(sms, say, eventually):
    person = "989120000010"
    smsc, daemon = sms(behave={"status_of": {person: 0x0B}}, settings={"statuses": ["0x0B=rejected/gone"]})
    first = say(daemon, "Your order", to="+" + person)
    eventually(lambda: daemon.api.message(first)["state"] == "failed")
    stands = daemon.api.get(f"/v1/suppressions?channel=sms&address=%2B{person}").json["suppressions"]
    assert [(row["reason"], row["reach"]) for row in stands] == [("hard_bounce", "all")]
    second = say(daemon, "Your order", to="+" + person)
    eventually(lambda: daemon.api.message(second)["state"] == "suppressed")
    assert len(smsc.records("message")) == 1


def test_a_route_whose_receipts_do_not_come_gives_way_to_another(chapard, smsc_factory, password, say, eventually, chapar):
    silent, quick = smsc_factory(), smsc_factory(receipt={"tlv": True})
    first = sms_route(silent.port, password, name="silent", receipts_within="2s", receipts_missing=0.5)
    daemon = chapard([first, sms_route(quick.port, password, name="quick")])
    early = [say(daemon, f"Early {number}") for number in range(25)]
    for each in early:
        eventually(lambda: daemon.api.message(each)["state"] == "sent")

    def state(name):
        return next(route for route in daemon.api.get("/v1/routes").json["routes"] if route["name"] == name)

    eventually(lambda: state("silent")["state"] == "receipts_slow")
    assert state("silent")["why"].startswith("25 of 25 accepted messages have no receipt after 2s")
    late = say(daemon, "Late")
    eventually(lambda: daemon.api.message(late)["state"] == "delivered")
    assert daemon.api.message(late)["attempts"][0]["route"] == "quick"
    assert "chapar_route_receipts_missing{route=\"silent\"} 1" in daemon.api.get("/metrics").body.decode()
    assert "receipts_slow" in chapar(daemon, "route")
    eventually(lambda: state("silent")["state"] == "sending", 20)
