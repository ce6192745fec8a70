"""Each shipped description against a server that enforces the provider's documentation."""
import collections
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from http_support import TOKEN, inbound_port, metric, route_to  # noqa: E402
from providers import Kavenegar, Melipayamak, SmsIr, Twilio, Vonage  # noqa: E402
from providers.base import call  # noqa: E402

ALL = [Twilio, Vonage, Kavenegar, SmsIr, Melipayamak]
FAST = {"class.transactional": {"on_doubt": "hold", "max_age": "10m", "max_attempts": 50,
                                "backoff": {"first": "50ms", "max": "200ms"}},
        "inbound": {"listen": "127.0.0.1:0"}}
AWKWARD = ["Hello", "a&b=c;d\"e'f\\g{to}%41+ x\ny", "سلام، سفارش شما «رسید» ✓ 👩‍👩‍👧", "[\"x\",{\"y\":1}]", "<b>&amp;</b>"]


@pytest.fixture
def provider_of():
    started = []

    def make(kind):
        started.append(kind())
        return started[-1]

    yield make
    for each in started:
        each.stop()


@pytest.fixture
def serve(chapard, provider_of, tmp_path):
    """serve(Twilio, key=..., webhooks=True, setting=...) -> (provider, Daemon)"""
    def make(kind, **more):
        provider = provider_of(kind)
        return provider, chapard([route_to(provider, tmp_path, **more)], config=FAST)
    return make


def ended(daemon, message, *states):
    return lambda: daemon.api.message(message)["state"] in states and daemon.api.message(message)


@pytest.mark.parametrize("kind", ALL)
def test_texts_arrive_as_they_are_and_many_at_once(serve, say, eventually, kind):
    provider, daemon = serve(kind)
    sent = {say(daemon, text, to=f"+9891200000{number:02}"): (f"1200000{number:02}"[-9:], text)
            for number, text in enumerate(AWKWARD * 4)}
    for message in sent:
        found = eventually(ended(daemon, message, "sent", "delivered", "failed", "held"))
        assert found["state"] == "sent", found
        assert found["attempts"][-1]["provider_id"]
    assert provider.texts() == sorted((f"9{to}"[-9:], text) for to, text in sent.values())
    assert provider.refused == []


@pytest.mark.parametrize("kind", ALL)
def test_a_wrong_key_pauses_the_route_and_loses_nothing(serve, say, eventually, kind):
    provider, daemon = serve(kind, key="wrong-key")
    message = say(daemon, "Hello")
    eventually(lambda: "credentials" in str(daemon.api.message(message)["attempts"]))  # the log says it before the store has it
    found = daemon.api.message(message)
    assert found["attempts"][0]["verdict"] == "retry" and found["attempts"][0]["blame"] == "credentials", found
    assert provider.taken == []


@pytest.mark.parametrize("kind", ALL)
def test_throttling_is_waited_out(serve, say, eventually, kind):
    provider, daemon = serve(kind)
    provider.throttle = 2
    message = say(daemon, "Hello")
    found = eventually(ended(daemon, message, "sent", "failed", "held"), 30)
    assert found["state"] == "sent", found
    assert [each.get("blame") for each in found["attempts"]][:2] == ["lane", "lane"]
    assert len(provider.taken) == 1


@pytest.mark.parametrize("kind, to", [(Twilio, "+14155550610"), (Kavenegar, "+989120009914"),
                                      (SmsIr, "+989120009914"), (Melipayamak, "+989120009914")])
def test_who_wants_nothing_is_final_and_harms_nobody_else(serve, say, eventually, kind, to):
    provider, daemon = serve(kind)
    blocked, fine = say(daemon, "Hello", to=to), say(daemon, "Hello", to="+989121111111")
    assert eventually(ended(daemon, fine, "sent", "failed", "held"))["state"] == "sent"
    attempt = eventually(ended(daemon, blocked, "failed", "blocked_by_operator", "sent", "held"))["attempts"][0]
    assert (attempt["verdict"], attempt["blame"]) == ("rejected", "recipient")


@pytest.mark.parametrize("kind", ALL)
def test_an_answer_that_is_lost_is_in_doubt(serve, say, eventually, kind):
    provider, daemon = serve(kind)
    provider.break_after = 1
    message = say(daemon, "Hello")
    found = eventually(ended(daemon, message, "held", "sent", "failed"))
    assert found["state"] == "held" and found["attempts"][0]["verdict"] == "unknown", found
    assert len(provider.taken) == 1


@pytest.mark.parametrize("kind", [Kavenegar, SmsIr])
def test_a_number_of_another_country_is_refused_before_it_leaves(serve, say, eventually, kind):
    provider, daemon = serve(kind)
    message = say(daemon, "Hello", to="+14155550100")
    assert "+98 only" in str(eventually(ended(daemon, message, "failed"))["attempts"])
    assert provider.calls == []


def test_several_messages_share_a_call_where_the_provider_has_it(serve, say, eventually):
    provider, daemon = serve(Kavenegar)
    lines = [{"to": {"phone": f"+9891200001{number:02}"}, "channels": ["sms"], "class": "transactional",
              "content": {"sms": {"text": f"Message {number}"}}} for number in range(60)]
    daemon.api.send_many(lines)
    eventually(lambda: len(provider.taken) == 60)
    assert len(provider.calls) < 60, "messages went one by one"


@pytest.mark.parametrize("kind", [Twilio, Vonage])
def test_a_signed_receipt_delivers_and_a_forged_one_does_nothing(serve, say, eventually, kind):
    provider, daemon = serve(kind, webhooks=True)
    message = say(daemon, "Hello")
    eventually(ended(daemon, message, "sent"))
    port = inbound_port(daemon)
    assert provider.report(port, provider.taken[0], key="guessed")[0] == 403
    assert daemon.api.message(message)["state"] == "sent"
    for _ in range(3):
        assert provider.report(port, provider.taken[0])[0] == 200
    eventually(ended(daemon, message, "delivered"))
    trace = daemon.api.get(f"/v1/messages/{message}").json["trace"]
    assert len([entry for entry in trace if entry["reason"] == "receipt"]) == 1
    late = say(daemon, "Hello again")
    eventually(ended(daemon, late, "sent"))
    assert provider.report(port, provider.taken[1], status="failed")[0] == 200
    eventually(ended(daemon, late, "failed"))


def test_a_long_message_is_delivered_when_each_part_is(serve, say, eventually):
    provider, daemon = serve(Vonage, webhooks=True)
    message = say(daemon, "سلام " * 40)
    assert len(eventually(ended(daemon, message, "sent"))["attempts"][0]["provider_id"].split()) == 3
    port = inbound_port(daemon)
    for part in (2, 0):
        assert provider.report(port, provider.taken[0], part=part)[0] == 200
    assert daemon.api.message(message)["state"] == "sent"
    assert provider.report(port, provider.taken[0], part=1)[0] == 200
    eventually(ended(daemon, message, "delivered"))


def test_without_a_signature_only_the_token_opens(serve, say, eventually):
    provider, daemon = serve(Kavenegar, webhooks=True)
    message = say(daemon, "Hello")
    eventually(ended(daemon, message, "sent"))
    port = inbound_port(daemon)
    taken = provider.taken[0]
    assert provider.report(port, taken, target="/in/kavenegar/receipt")[0] == 404
    assert provider.report(port, taken, target=f"/in/kavenegar/{TOKEN[:-1]}x/receipt")[0] == 404
    assert provider.report(port, taken, target=f"/in/kavenegar/{TOKEN}/receipt")[0] == 200
    assert metric(daemon, "chapar_plugin_sms_http_delivered_total") == 1
    assert metric(daemon, "chapar_plugin_sms_http_webhooks_refused_total") == 2
    eventually(ended(daemon, message, "delivered"))


@pytest.mark.parametrize("kind", [Twilio, Vonage, Kavenegar])
def test_who_writes_stop_is_unsubscribed(serve, kind):
    provider, daemon = serve(kind, webhooks=True)
    port, where = inbound_port(daemon), f"https://sms.example.com/in/{provider.name}"
    if kind is Kavenegar:
        where = f"/in/kavenegar/{TOKEN}/message"
    assert provider.write(port, where, "+989121234567", " لغو ")[0] == 200
    assert metric(daemon, "chapar_plugin_sms_http_unsubscribed_total") == 1
    found = daemon.api.get("/v1/suppressions?channel=sms&address=%2B989121234567").json["suppressions"]
    assert [(each["reach"], each["reason"]) for each in found] == [("marketing", "unsubscribed")]


@pytest.mark.parametrize("kind, word", [(SmsIr, 1), (Melipayamak, 1), (SmsIr, 2)])
def test_a_provider_that_does_not_tell_is_asked(serve, say, eventually, tmp_path, chapard, provider_of, kind, word):
    shipped = pathlib.Path(__file__).resolve().parents[3] / f"config/providers/sms/{kind.name}.toml"
    quick = tmp_path / f"{kind.name}.toml"
    quick.write_text(shipped.read_text().replace("every  = 60", "every  = 1"))
    provider, daemon = serve(kind, provider=str(quick))
    message = say(daemon, "Hello")
    eventually(ended(daemon, message, "sent"))
    eventually(lambda: len(provider.calls) >= 2)
    assert daemon.api.message(message)["state"] == "sent", "it is still under way"
    provider.states[provider.taken[0]["id"]] = word
    assert eventually(ended(daemon, message, "delivered", "failed"))["state"] == ("delivered" if word == 1 else "failed")


def test_a_price_that_comes_with_the_receipt_is_billed(serve, say, eventually, tmp_path):
    shipped = pathlib.Path(__file__).resolve().parents[3] / "config/providers/sms/smsir.toml"
    mine = tmp_path / "smsir.toml"
    mine.write_text(shipped.read_text().replace("every  = 60", "every  = 1").replace(
        'status = "/data/deliveryState"', 'status = "/data/deliveryState"\nprice = "/data/cost"\ncurrency = "IRR"'))
    provider, daemon = serve(SmsIr, provider=str(mine))
    message = say(daemon, "Hello")
    attempt = eventually(ended(daemon, message, "sent"))["attempts"][0]
    assert "billed_cost" not in attempt
    provider.states[provider.taken[0]["id"]] = 1
    attempt = eventually(ended(daemon, message, "delivered"))["attempts"][0]
    assert attempt["billed_cost"] == {"amount": "1.5", "currency": "IRR"}
    eventually(lambda: metric(daemon, "chapar_cost_billed_total") == 1.5)


def test_a_description_with_a_mistake_keeps_the_daemon_from_starting(chapard, provider_of, tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text('name = "Mine"\n[send]\nurl = "https://x.example/"\n[send.fields]\nto = "{too}"\n[answer]\n[answer.item]\nid = "/id"\n')
    daemon = chapard([route_to(provider_of(Twilio), tmp_path, provider=str(mine))], start=False)
    daemon.start(wait=False)
    assert daemon.process.wait(20) == 78
    daemon.process = None
    assert f"{mine}:5:6: [send.fields]: {{too}} stands for nothing" in daemon.log()


class TestStrangers:
    """Whoever reaches the listener."""

    @pytest.fixture
    def port(self, serve):
        self.provider, self.daemon = serve(Twilio, webhooks=True)
        return inbound_port(self.daemon)

    def test_paths_methods_and_sizes(self, port):
        statuses = collections.Counter()
        for method, path, body in [("GET", "/", b""), ("GET", "/v1/messages", b""), ("POST", "/in", b""), ("POST", "/in/", b""),
                                   ("POST", "/in/nobody/receipt", b""), ("POST", "/inn/twilio/receipt", b""),
                                   ("POST", "/in/twilio/../twilio/receipt", b"")]:
            statuses[call(port, method, path, body)[0]] += 1
        assert statuses == {404: 7}
        assert call(port, "DELETE", "/in/twilio/receipt")[0] == 405
        assert call(port, "PUT", "/in/twilio/receipt")[0] == 405
        assert call(port, "POST", "/in/twilio/receipt", b"x" * (300 << 10))[0] == 413
        assert call(port, "POST", "/in/twilio/receipt", b"a=b", {"X-Twilio-Signature": "x" * 20_000})[0] == 431
        assert metric(self.daemon, "chapar_inbound_strangers_total") == 6
        assert self.daemon.api.get("/v1/health").status == 200

    def test_slow_ones_do_not_shut_others_out(self, chapard, provider_of, tmp_path):
        import socket
        provider = provider_of(Twilio)
        daemon = chapard([route_to(provider, tmp_path, webhooks=True)], config={
            **FAST, "inbound": {"listen": "127.0.0.1:0", "max_connections": 8, "idle_timeout": "1s"}})
        port = inbound_port(daemon)
        slow = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(8)]
        for each in slow:
            each.sendall(b"POST /in/twilio/receipt HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\na")
        for each in slow:
            answer = each.recv(4096)
            assert answer == b"" or b" 408 " in answer, answer
            each.close()
        assert call(port, "POST", "/in/twilio/receipt", b"a=b")[0] == 403

    def test_garbage_is_refused(self, port):
        import socket
        for garbage in (b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n", b"POST /in/twilio/receipt HTTP/1.1\r\nHost: x\r\n"
                        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"A" * 70_000):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
                try:
                    link.sendall(garbage)
                    link.shutdown(socket.SHUT_WR)
                    answer = link.recv(4096)
                except OSError:
                    answer = b""
            assert answer == b"" or answer.split()[1] in (b"400", b"431"), answer
        assert self.daemon.api.get("/v1/health").status == 200
