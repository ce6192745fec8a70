"""Providers that misbehave: what each kind of trouble does to a message, seen from the sink's side."""
import os
import subprocess
import time

import pytest
from faultlab import CLASSES, FAST, fast_route, wait_drained
from harness import Ledger
from harness.build import program

VERBS = ("banner", "ehlo", "mail", "rcpt", "data", "dot")


class House:
    """One daemon, one sink, a ledger: sends messages and waits for their ends."""

    def __init__(self, daemon, sink, ledger):
        self.daemon, self.sink, self.ledger = daemon, sink, ledger

    def send(self, to="anna@example.net", name="transactional", padding=0):
        token = Ledger.token()
        more = ("x" * 75 + "\n") * (padding // 76)
        self.ledger.asked([{"token": token, "to": to}])
        answer = self.daemon.api.send({"to": {"email": to}, "class": name, "content": {
            "email": {"subject": "Fault", "text": f"token-{token}\n{more}"}}})
        assert answer.status == 202, answer
        self.ledger.answered([{"token": token, "status": 202, "id": answer.json["id"]}])
        return answer.json["id"]

    def chapar(self, *words):
        return subprocess.run([program("chapar"), *words], capture_output=True, text=True, timeout=30, check=True,
                              env={**os.environ, "CHAPAR_SOCKET": str(self.daemon.socket)}).stdout

    def wait(self, message_id, *states, timeout=25):
        end = time.monotonic() + timeout
        while True:
            message = self.daemon.api.message(message_id)
            if message["state"] in states:
                return message
            assert time.monotonic() < end, f"not {states} in {timeout} s: {message}\n{self.daemon.log()[-1500:]}"
            time.sleep(0.02)


@pytest.fixture
def house(chapard, sink, ledger):
    return House(chapard([fast_route(sink.port)], config=FAST), sink, ledger)


@pytest.mark.parametrize("verb", VERBS)
def test_a_4xx_at_any_verb_is_tried_again_until_it_goes(house, judge, verb):
    """F26: the provider says "later" twice at one verb."""
    house.sink.rule(f"verb={verb} when=first:2 close=451 4.3.0 Try again" if verb in ("banner", "ehlo") else
                    f"verb={verb} when=first:2 reply=451 4.3.0 Try again")
    message = house.wait(house.send(), "sent")
    assert house.sink.rules()[0]["fired"] == 2, "the fault did not bite"
    assert [attempt["verdict"] for attempt in message["attempts"]] == ["retry", "retry", "accepted"]
    counts = judge(house.daemon, [house.sink])
    assert (counts["copies"], counts["in_doubt"]) == (1, 0)


@pytest.mark.parametrize("verb", ["mail", "rcpt", "dot"])
def test_a_5xx_ends_the_message_and_only_it(house, judge, verb):
    """F27: permanent for this one, the neighbours go."""
    house.sink.rule(f"verb={verb} when=first:1 reply=550 5.1.1 No such user")
    bad = house.wait(house.send("gone@example.net"), "failed")
    good = [house.send(f"here{i}@example.net") for i in range(5)]
    for each in good:
        house.wait(each, "sent")
    assert [attempt["verdict"] for attempt in bad["attempts"]] == ["rejected"]
    time.sleep(0.5)
    assert len(house.sink.accepted()) == 5
    assert judge(house.daemon, [house.sink], "yes")["failed"] == 1


@pytest.mark.parametrize("verb", ["banner", "ehlo"])
def test_a_5xx_before_any_mail_blames_the_provider_not_the_message(house, judge, verb):
    """F27: "no service for you" is nobody's message's fault; it waits and goes when the provider is well."""
    house.sink.rule(f"verb={verb} when=first:1 close=554 5.3.2 No service")
    message = house.wait(house.send(), "sent")
    assert message["attempts"][0]["verdict"] == "retry" and message["attempts"][0]["blame"] == "provider"
    assert judge(house.daemon, [house.sink])["copies"] == 1


def test_verdicts_by_recipient_hit_only_that_recipient(house, judge):
    """F27: 550 and 451 by local part among many."""
    house.sink.rule("verb=rcpt rcpt=gone* reply=550 5.1.1 No such user")
    house.sink.rule("verb=rcpt rcpt=busy* when=first:6 reply=450 4.2.1 Busy")
    ids = {kind: [house.send(f"{kind}{i}@example.net") for i in range(6)] for kind in ("gone", "busy", "here")}
    for kind, ends in (("gone", ["failed"]), ("busy", ["sent"]), ("here", ["sent"])):
        for each in ids[kind]:
            house.wait(each, *ends)
    assert judge(house.daemon, [house.sink], "yes")["copies"] == 12


def test_an_address_that_is_gone_is_not_written_to_again(house, judge):
    """A bounce that names the mailbox suppresses it in the same commit; what is ambiguous does not."""
    house.sink.rule("verb=rcpt rcpt=gone* reply=550 5.1.1 No such user")
    house.sink.rule("verb=rcpt rcpt=full* reply=552 5.2.2 Mailbox full")
    house.sink.rule("verb=rcpt rcpt=shut* reply=550 5.7.1 Access denied")
    first = house.send("gone@example.net")
    house.wait(first, "failed")
    second = house.wait(house.send("gone@example.net"), "suppressed")
    assert not second["attempts"], second
    told = house.chapar("explain", second["id"])
    assert first in told and "hard_bounce" in told, told
    for name in ("full", "shut"):
        house.wait(house.send(f"{name}@example.net"), "failed")
        assert house.wait(house.send(f"{name}@example.net"), "failed")["attempts"], name
    listed = house.chapar("suppress", "list", "--json")
    assert listed.count("hard_bounce") == 1 and "gone@example.net" in listed and first in listed, listed
    house.chapar("suppress", "remove", "email", "gone@example.net")
    assert house.wait(house.send("gone@example.net"), "failed")["attempts"], "it may be written to again"
    assert judge(house.daemon, [house.sink], "yes")["copies"] == 0


def test_greylisting_is_waited_out(house, judge):
    """F26: each recipient is refused at first and welcome a second later."""
    house.sink.control("greylist 1.0")
    ids = [house.send(f"g{i}@example.net") for i in range(5)]
    for each in ids:
        assert house.wait(each, "sent")["attempts"][0]["verdict"] == "retry"
    assert judge(house.daemon, [house.sink])["copies"] == 5


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("how", ["drop", "rst", "hang", "delay=4000"])
def test_silence_after_the_dot_is_in_doubt_and_the_class_decides(house, judge, how, name):
    """F28, F20: the answer to the dot never comes (dropped, reset, hung, later than our patience)."""
    house.sink.rule(f"verb=dot when=first:1 {how}")
    message = house.wait(house.send(name=name), "held" if name == "transactional" else "sent")
    assert message["attempts"][0]["verdict"] == "unknown"
    assert len(message["attempts"]) == (1 if name == "transactional" else 2)
    counts = judge(house.daemon, [house.sink])
    assert counts["in_doubt"] == 1


@pytest.mark.parametrize("action", ["drop", "rst", "close=421 4.3.2 Closing"])
def test_a_break_inside_the_body_is_certainly_not_sent(chapard, sink, ledger, judge, action):
    """F28, F20: drop, reset or 421 in the middle of DATA, before the dot can have left: another attempt, never a doubt,
    one copy."""
    house = House(chapard([fast_route(sink.port, deadline="60s", settings={"timeout": "30s"})], config={
        **FAST, "socket": {"max_body": 32 << 20}}), sink, ledger)
    sink.rule(f"verb=body when=first:1 at=40 {action}")
    message = house.wait(house.send(padding=16 << 20), "sent", "held", "failed", timeout=60)
    assert sink.rules()[0]["fired"] == 1
    assert [attempt["verdict"] for attempt in message["attempts"]] == ["retry", "accepted"], message["attempts"]
    counts = judge(house.daemon, [sink])
    assert (counts["copies"], counts["in_doubt"], counts["duplicates"]) == (1, 0, 0)


@pytest.mark.parametrize("action", ["drop", "rst"])
def test_a_break_after_the_dot_has_left_is_a_doubt_and_nothing_else(house, judge, action):
    """F28: a body that fits the line's buffers has left with its dot when the provider breaks it off: nobody can say."""
    house.sink.rule(f"verb=body when=first:1 at=40 {action}")
    message = house.wait(house.send(), "sent", "held")
    verdicts = [attempt["verdict"] for attempt in message["attempts"]]
    assert (message["state"], verdicts) in (("held", ["unknown"]), ("sent", ["retry", "accepted"])), message
    counts = judge(house.daemon, [house.sink])
    assert counts["in_doubt"] == verdicts.count("unknown") and counts["duplicates"] == 0


@pytest.mark.parametrize("verb", ["banner", "ehlo", "mail", "rcpt", "data"])
def test_a_hang_before_the_body_costs_one_timeout(house, judge, verb):
    """F18, F28: the provider stops talking at a verb; the attempt ends as not sent and the next one goes."""
    house.sink.rule(f"verb={verb} when=first:1 hang")
    message = house.wait(house.send(), "sent")
    assert message["attempts"][0]["verdict"] == "retry"
    assert judge(house.daemon, [house.sink])["in_doubt"] == 0


def test_a_frozen_provider_does_not_hold_up_the_front_door(house, judge):
    """F18: SIGSTOP the provider; messages are still taken in, answers stay quick, all goes when it wakes."""
    house.sink.freeze()
    try:
        slowest, ids = 0.0, []
        for i in range(100):
            begin = time.monotonic()
            ids.append(house.send(f"f{i}@example.net", "retrying"))
            slowest = max(slowest, time.monotonic() - begin)
        assert slowest < 1.0
        assert house.daemon.api.get("/v1/health").status == 200
    finally:
        house.sink.thaw()
    for each in ids:
        house.wait(each, "sent", timeout=40)
    assert judge(house.daemon, [house.sink])["acknowledged"] == 100


def test_a_sick_provider_leaves_another_channel_route_alone(chapard, sink_factory, ledger, judge):
    """I6: the first route's provider refuses everyone; the second route of the channel takes over."""
    sick, well = sink_factory(rules=["verb=banner close=554 5.3.2 Out of order"]), sink_factory()
    daemon = chapard([fast_route(sick.port, name="sick"), fast_route(well.port, name="well")], config=FAST)
    house = House(daemon, well, ledger)
    for each in [house.send(f"o{i}@example.net") for i in range(20)]:
        house.wait(each, "sent")
    assert len(well.accepted()) == 20 and not sick.accepted()
    judge(daemon, [sick, well])


@pytest.mark.parametrize("faults", [
    ("--dribble", "17", "--dribble-ms", "1"),
    ("--delay", "25"),
    ("--stall", "0.3", "--stall-ms", "150"),
], ids=["dribble", "delay", "stalls"])
def test_a_poor_line_only_costs_time(chapard, sink, proxy_factory, ledger, judge, faults):
    """F21: delay, jitter and a trickle of bytes."""
    proxy = proxy_factory(sink.port, *faults)
    house = House(chapard([fast_route(proxy.port, settings={"timeout": "10s"})], config=FAST), sink, ledger)
    for each in [house.send(f"p{i}@example.net") for i in range(15)]:
        house.wait(each, "sent")
    assert judge(house.daemon, [sink])["duplicates"] == 0


@pytest.mark.parametrize("fault", ["--reset-after", "--cut-after"])
@pytest.mark.parametrize("where", [30, 120, 400])
def test_lines_that_break_are_never_taken_for_success(chapard, sink, proxy_factory, ledger, judge, fault, where):
    """F20: connections cut or reset after some bytes of ours; half of them. All end as sent or held, none silently twice."""
    proxy = proxy_factory(sink.port, fault, where, "--direction", "up", "--fraction", "0.5", "--seed", "7")
    house = House(chapard([fast_route(proxy.port)], config=FAST), sink, ledger)
    for each in [house.send(f"b{i}@example.net", CLASSES[i % 2]) for i in range(12)]:
        house.wait(each, "sent", "held", timeout=60)
    judge(house.daemon, [sink], "yes")
    assert any(record["event"] == "close" and record["how"] in ("reset", "cut") for record in proxy.records())


def test_a_half_open_line_is_noticed(chapard, sink, proxy_factory, ledger, judge):
    """F19: nothing passes any more after some bytes, though the connection stands; half of the connections."""
    proxy = proxy_factory(sink.port, "--stop-after", "150", "--fraction", "0.5", "--direction", "down", "--seed", "3")
    house = House(chapard([fast_route(proxy.port)], config=FAST), sink, ledger)
    for each in [house.send(f"h{i}@example.net", CLASSES[i % 2]) for i in range(6)]:
        house.wait(each, "sent", "held", timeout=60)
    judge(house.daemon, [sink], "yes")


@pytest.mark.parametrize("action", ["huge=1000000", "junk", "nul"])
@pytest.mark.parametrize("verb", ["banner", "ehlo", "rcpt", "dot"])
def test_absurd_replies_are_survived(house, judge, verb, action):
    """F29: a megabyte of reply, junk lines, NUL bytes: bounded, never a crash; the next message goes as usual."""
    house.sink.rule(f"verb={verb} when=first:1 {action}")
    house.wait(house.send(name="retrying"), "sent", "held")
    house.wait(house.send(), "sent")
    judge(house.daemon, [house.sink], "yes")


def test_a_server_without_ehlo_is_served_or_waits(chapard, sink_factory, ledger, judge):
    """F29: HELO only."""
    sink = sink_factory("--no-ehlo")
    house = House(chapard([fast_route(sink.port)], config=FAST), sink, ledger)
    house.wait(house.send(), "sent")
    judge(house.daemon, [sink])


def test_no_plaintext_when_starttls_is_stripped(chapard, sink, ledger, eventually):
    """F29: TLS is required and the server does not offer it: nothing but EHLO and QUIT leaves, the message waits."""
    house = House(chapard([fast_route(sink.port, settings={"tls": "required"})], config=FAST), sink, ledger)
    message_id = house.send()
    eventually(lambda: len(house.daemon.api.message(message_id)["attempts"]) >= 3)
    message = house.daemon.api.message(message_id)
    ended = [attempt for attempt in message["attempts"] if "verdict" in attempt]
    assert len(ended) >= 2 and all(attempt["verdict"] == "retry" and "STARTTLS" in attempt["detail"] for attempt in ended)
    assert sink.messages() == []


def test_text_injected_before_tls_is_not_believed(chapard, sink_factory, ledger, tmp_path, eventually):
    """F29: plaintext after the 220 of STARTTLS must not be read as if it came through TLS."""
    cert, key = certificate(tmp_path)
    sink = sink_factory("--cert", cert, "--key", key, rules=["verb=starttls inject=250 2.0.0 injected"])
    house = House(chapard([fast_route(sink.port, settings={"host": "localhost", "tls": "required", "ca_file": cert})],
                          config=FAST), sink, ledger)
    message_id = house.send()
    eventually(lambda: sink.rules()[0]["fired"] >= 2 and len(house.daemon.api.message(message_id)["attempts"]) >= 2)
    message = house.daemon.api.message(message_id)
    assert message["state"] in ("waiting", "sending")
    ended = [attempt for attempt in message["attempts"] if "verdict" in attempt]
    assert ended and all(attempt["verdict"] == "retry" and "STARTTLS" in attempt["detail"] for attempt in ended), message
    assert sink.messages() == []
    sink.clear()  # an honest server: it goes, and by TLS
    house.wait(message_id, "sent")
    assert [record["tls"] for record in sink.messages()] == [True]


def certificate(folder):
    import subprocess
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2", "-keyout", key,
                    "-out", cert], check=True, capture_output=True)
    return str(cert), str(key)


def test_everything_at_once_drains(house, judge):
    """F26 to F28 mixed by a seeded dice over 300 messages: all end, none lost, duplicates only in doubt."""
    for rule in ("verb=rcpt when=random:0.1 reply=450 4.2.1 Busy", "verb=dot when=random:0.05 drop",
                 "verb=dot when=random:0.05 reply=451 4.3.0 Later", "verb=mail when=random:0.03 close=421 4.3.2 Bye",
                 "verb=body when=random:0.05 at=60 rst"):
        house.sink.rule(rule)
    lines = []
    for i in range(300):
        token = Ledger.token()
        house.ledger.asked([{"token": token, "to": f"m{i}@example.net"}])
        lines.append({"to": {"email": f"m{i}@example.net"}, "class": CLASSES[i % 2], "idempotency_key": token,
                      "content": {"email": {"subject": "Mixed", "text": f"token-{token}\n"}}})
    answers = house.daemon.api.send_many(lines).lines
    house.ledger.answered([{"token": line["idempotency_key"], "status": 202, "id": answer["id"]}
                           for line, answer in zip(lines, answers, strict=True)])
    time.sleep(3)
    house.sink.clear()
    wait_drained(house.daemon, 60)
    counts = judge(house.daemon, [house.sink], "yes")
    assert counts["acknowledged"] == 300 and counts["in_doubt"] > 0
