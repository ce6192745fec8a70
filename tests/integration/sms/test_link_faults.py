"""Faults on the link to the SMSC: F18 frozen, F19 half-open, F20 cut, F30 throttled, F31 disorder."""
import shutil
import signal
import subprocess
import time

import pytest
from harness.build import root
from harness.smsc import sms_route

FAST = {"class.transactional": {"on_doubt": "hold", "max_age": "10m", "max_attempts": 50,
                                "backoff": {"first": "50ms", "max": "300ms"}}}


def states(daemon, messages):
    found = {}
    for each in messages:
        state = daemon.api.message(each)["state"]
        found[state] = found.get(state, 0) + 1
    return found


def texts(smsc):
    return sorted(record["text"] for record in smsc.accepted())


def test_throttling_slows_the_route_and_loses_nothing(sms, say, eventually):
    """F30: 100 messages to an SMSC that takes 50 a second."""
    smsc, daemon = sms(behave={"limit": 50}, config=FAST)
    messages = [say(daemon, f"Message {number}") for number in range(100)]
    eventually(lambda: states(daemon, messages) == {"sent": 100}, 60)
    assert texts(smsc) == sorted(f"Message {number}" for number in range(100))
    stats = smsc.stats()
    assert 0 < stats["throttled"] < 400, stats


def test_what_gets_no_turn_goes_back_before_its_deadline(sms, say, eventually):
    """F30: far more than the SMSC takes within the deadline; what never left is not in doubt."""
    smsc, daemon = sms(behave={"limit": 10}, route={"deadline": "3s"}, settings={"response_timeout": "1s"}, config=FAST)
    messages = [say(daemon, f"Message {number}") for number in range(80)]
    eventually(lambda: states(daemon, messages) == {"sent": 80}, 90)
    attempts = [attempt for each in messages for attempt in daemon.api.message(each)["attempts"]]
    assert {each["verdict"] for each in attempts} == {"retry", "accepted"}
    assert "its turn did not come" in {each.get("detail") for each in attempts}
    assert len(texts(smsc)) == 80


@pytest.mark.parametrize("status", [0x58, 0x14])
def test_a_throttled_message_waits_and_goes(sms, say, eventually, status):
    smsc, daemon = sms(behave={"first": [status] * 3}, config=FAST)
    message = say(daemon, "Hello")
    eventually(lambda: daemon.api.message(message)["state"] == "sent", 30)
    attempts = daemon.api.message(message)["attempts"]
    assert [each["verdict"] for each in attempts] == ["retry"] * 3 + ["accepted"]
    assert {each.get("blame") for each in attempts[:3]} == {"lane"}


@pytest.mark.parametrize("congestion, fewest, most", [(0, 35, 50), (100, 1, 25)])
def test_an_smsc_that_says_it_is_congested_gets_fewer_at_once(sms, say, eventually, congestion, fewest, most):
    """SMPP 5.0, congestion_state; without the word the window is used up."""
    smsc, daemon = sms(settings={"version": "5.0", "window": 50}, behave={"congestion": congestion, "delay": 300}, config=FAST)
    messages = [say(daemon, f"Message {number}") for number in range(60)]
    eventually(lambda: states(daemon, messages) == {"sent": 60}, 60)
    smsc.behave()  # counts anew
    daemon.api.post("/v1/routes/smsc/pause", {})  # so that all are there when the first one goes
    messages = [say(daemon, f"Message {number}") for number in range(60)]
    daemon.api.post("/v1/routes/smsc/resume", {})
    eventually(lambda: states(daemon, messages) == {"sent": 60}, 60)
    assert fewest <= smsc.stats()["most_unanswered"] <= most
    assert smsc.stats()["throttled"] == 0
    assert smsc.records("bind")[0]["version"] == 0x50


def test_a_rate_is_kept(sms, say, eventually):
    smsc, daemon = sms(settings={"rate": 20})
    messages = [say(daemon, f"Message {number}") for number in range(40)]
    eventually(lambda: states(daemon, messages) == {"sent": 40}, 30)
    times = sorted(record["mono"] for record in smsc.records("message"))
    assert times[-1] - times[0] >= 1_700, "40 at 20 a second"


def test_cut_with_a_full_window_nothing_goes_twice_silently(sms, say, eventually):
    """F20, F31: the SMSC takes ten, answers none, and the connection breaks."""
    smsc, daemon = sms(behave={"mute_all": True, "drop_after": 10}, settings={"window": 10, "response_timeout": "5s"}, config=FAST)
    messages = [say(daemon, f"Message {number}") for number in range(20)]
    smsc.wait(lambda stats: stats["submits"] >= 10)
    smsc.behave(mute_all=False)
    eventually(lambda: set(states(daemon, messages)) <= {"sent", "held"} and "sent" in states(daemon, messages), 30)
    held = [each for each in messages if daemon.api.message(each)["state"] == "held"]
    assert len(held) == 10
    for each in held:
        attempt, = daemon.api.message(each)["attempts"]
        assert attempt["verdict"] == "unknown"
    assert len(texts(smsc)) == len(set(texts(smsc))) == 20


def test_answers_in_any_order_and_to_nobody(sms, say, eventually):
    """F31: answers reversed in groups of eight, a stranger's before each."""
    smsc, daemon = sms(behave={"shuffle": 8, "strangers": True, "receipt": {"tlv": True}})
    messages = [say(daemon, f"Message {number}") for number in range(40)]
    eventually(lambda: states(daemon, messages) == {"delivered": 40}, 30)
    ids = {record["text"]: record["id"] for record in smsc.accepted()}
    for number, each in enumerate(messages):
        assert daemon.api.message(each)["attempts"][0]["provider_id"] == ids[f"Message {number}"]


def test_a_frozen_smsc_is_noticed_and_what_it_held_is_in_doubt(sms, say, eventually):
    """F18: SIGSTOP; the submit gets no answer, enquire_link neither."""
    smsc, daemon = sms(settings={"response_timeout": "500ms"}, config=FAST)
    smsc.wait(lambda stats: stats["sessions"] == 1)
    smsc.signal(signal.SIGSTOP)
    message = say(daemon, "Hello")
    eventually(lambda: daemon.api.message(message)["state"] == "held")
    eventually(lambda: "no answer to enquire_link" in daemon.log())
    smsc.signal(signal.SIGCONT)
    late = say(daemon, "Again")
    eventually(lambda: daemon.api.message(late)["state"] == "sent", 30)


def test_a_smsc_that_ignores_enquire_link_is_left(sms, eventually):
    smsc, daemon = sms(behave={"deaf_enquire": True}, settings={"enquire_interval": "200ms", "response_timeout": "300ms"})
    smsc.wait(lambda stats: stats["binds"] >= 2)
    smsc.behave(deaf_enquire=False)
    binds = smsc.stats()["binds"]
    time.sleep(1.5)
    assert smsc.stats()["binds"] <= binds + 1
    smsc.control(enquire=True)
    smsc.wait(lambda stats: stats.get("enquire_answers") == 1)


def test_half_open_is_noticed(chapard, smsc_factory, proxy_factory, password, say, eventually):
    """F19: the proxy stops passing bytes on, no FIN, no RST."""
    smsc = smsc_factory()
    proxy = proxy_factory(smsc.port)
    daemon = chapard([sms_route(proxy.port, password, settings={"enquire_interval": "300ms", "response_timeout": "500ms"})])
    first = say(daemon, "The link is bound on both sides")
    eventually(lambda: daemon.api.message(first)["state"] == "sent", 30)
    proxy.process.send_signal(signal.SIGSTOP)
    try:
        eventually(lambda: "no answer to enquire_link" in daemon.log())
    finally:
        proxy.process.send_signal(signal.SIGCONT)
    message = say(daemon, "Hello")
    eventually(lambda: daemon.api.message(message)["state"] == "sent", 30)


def test_the_smsc_unbinds_and_comes_back(sms, say, eventually):
    smsc, daemon = sms(config=FAST)
    for number in range(3):
        message = say(daemon, f"Message {number}")
        eventually(lambda: daemon.api.message(message)["state"] == "sent", 30)
        smsc.control(**({"unbind": True} if number % 2 else {"drop": True}))
    smsc.wait(lambda stats: stats["binds"] >= 4)
    assert texts(smsc) == [f"Message {number}" for number in range(3)]


def test_no_smsc_at_all_nothing_counts_as_sent(chapard, password, say, eventually, smsc_factory):
    smsc = smsc_factory()
    port = smsc.port
    smsc.stop()
    daemon = chapard([sms_route(port, password)], config=FAST)
    message = say(daemon, "Hello")
    eventually(lambda: [each for each in daemon.api.message(message)["attempts"] if each.get("verdict")])
    attempt = daemon.api.message(message)["attempts"][0]
    assert (attempt["verdict"], attempt["blame"]) == ("retry", "provider")


@pytest.mark.parametrize("how, by, submits", [("udh8", "submit_sm", 8), ("sar", "submit_sm", 8), ("payload", "submit_sm", 4),
                                              ("udh16", "data_sm", 9)])
def test_a_captured_run_has_no_malformed_pdu(chapard, smsc_factory, password, say, eventually, tmp_path, how, by, submits):
    """Every byte both sides sent, read by Wireshark's dissector."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    smsc = smsc_factory(receipt={"tlv": True})
    capture = tmp_path / "bytes"
    tap = subprocess.Popen(["node", str(root / "tests/tools/smsc/tap.mjs"), str(smsc.port), str(capture)], stdout=subprocess.PIPE, text=True)
    try:
        port = int(tap.stdout.readline())
        daemon = chapard([sms_route(port, password, settings={"user_message_reference": True, "tlvs": ["0x1400=text:abc"],
                                                                   "long_messages": how, "submit_by": by})])
        messages = [say(daemon, text) for text in ("Hello", "سلام " * 40, "x" * 400, "a[b]€")]
        for each in messages:
            eventually(lambda: daemon.api.message(each)["state"] == "delivered")
        smsc.deliver(source_addr="989121234567", destination_addr="3000", data_coding=8, hex="سلام".encode("utf-16-be").hex())
        smsc.control(enquire=True)
        smsc.wait(lambda stats: stats["mo_answered"] == 1 and stats.get("enquire_answers") == 1)
        daemon.stop()
    finally:
        tap.kill()
        tap.communicate()
    pcap = tmp_path / "run.pcap"
    subprocess.run(["text2pcap", "-q", "-D", "-T", "40000,2775", str(capture), str(pcap)], check=True, capture_output=True)
    read = subprocess.run(["tshark", "-r", str(pcap), "-d", "tcp.port==2775,smpp", "-T", "fields", "-e", "smpp.command_id",
                           "-e", "_ws.malformed", "-e", "_ws.expert.severity"], check=True, capture_output=True, text=True).stdout
    asked, answered = ("0x00000103", "0x80000103") if by == "data_sm" else ("0x00000004", "0x80000004")
    seen = {command: read.count(command) for command in (asked, answered, "0x00000005", "0x80000005", "0x80000015")}
    assert list(seen.values()) == [submits, submits, submits + 1, submits + 1, 1], read
    assert "Malformed" not in read
    bad = subprocess.run(["tshark", "-r", str(pcap), "-d", "tcp.port==2775,smpp", "-Y", "_ws.malformed"], check=True,
                         capture_output=True, text=True).stdout
    assert bad == ""
