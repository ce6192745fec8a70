"""The answer to STOP, against the SMSC of the npm package smpp: it leaves once for each opt-out."""
import pytest

PERSON = "989121234567"
ANSWER = "You get no more offers from Shop."


@pytest.fixture
def shop(sms):
    return sms(config={"channel.sms": {"stop_answer": ANSWER}})


def answers(smsc):
    return [record for record in smsc.accepted() if record["text"] == ANSWER]


def write(smsc, daemon, text, number=PERSON):
    smsc.deliver(source_addr=number, destination_addr="3000", short_message=text)


def stops(daemon):
    return [each for each in daemon.api.get("/v1/events").json["events"] if each["kind"] == "unsubscribed"]


def test_stop_is_answered_once_and_a_robot_gets_no_more(shop, say, eventually):
    smsc, daemon = shop
    say(daemon, "Sale")
    eventually(lambda: len(smsc.accepted()) == 1)
    write(smsc, daemon, "STOP", "989120000000")  # nothing was ever sent to this one
    write(smsc, daemon, "STOP")
    (answer,) = eventually(lambda: answers(smsc))
    assert answer["to"] == PERSON
    for _ in range(3):
        write(smsc, daemon, "STOP")
        write(smsc, daemon, ANSWER)
    eventually(lambda: len(stops(daemon)) == 5)
    found = daemon.api.get("/v1/messages?tag=stop-answer").json["messages"]
    assert [(each["class"], each["application"]) for each in found] == [("transactional", found[0]["application"])]
    assert len(answers(smsc)) == 1
    row = daemon.api.delete(f"/v1/suppressions?channel=sms&address=%2B{PERSON}")
    assert row.status in (200, 204), row
    write(smsc, daemon, "لغو")
    eventually(lambda: len(answers(smsc)) == 2)
    assert len(stops(daemon)) == 6


def test_without_a_text_there_is_no_answer(sms, say, eventually):
    smsc, daemon = sms()
    say(daemon, "Sale")
    eventually(lambda: len(smsc.accepted()) == 1)
    write(smsc, daemon, "STOP")
    eventually(lambda: stops(daemon))
    say(daemon, "Later")
    eventually(lambda: len(smsc.accepted()) == 2)
    assert [record["text"] for record in smsc.accepted()] == ["Sale", "Later"]
