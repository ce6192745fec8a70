"""The oracle itself: what smtp_sink says it did is what a plain client saw."""
import smtplib
import socket
import subprocess
import time

import pytest

MAIL = b"From: a@x.example\r\nTo: b@y.example\r\nSubject: s\r\nMessage-ID: <m1@x.example>\r\n\r\ntoken-%s\r\n"
TOKEN = "0123456789abcdef0123456789abcdef"


def client(sink, **more):
    return smtplib.SMTP("127.0.0.1", sink.port, timeout=5, **more)


def send(sink, to="b@y.example", body=MAIL % TOKEN.encode()):
    with client(sink) as link:
        return link.sendmail("a@x.example", to, body)


def last(sink):
    return sink.messages()[-1]


def test_an_accepted_message_is_logged_with_hash_token_id_and_verdict(sink):
    send(sink)
    record = last(sink)
    assert record["rcpts"] == ["b@y.example"] and record["mail_from"] == "a@x.example"
    assert record["token"] == TOKEN and record["message_id"] == "<m1@x.example>"
    assert record["code"] == 250 and record["written"] and record["complete"]
    assert sink.bytes_of(record) == MAIL % TOKEN.encode()
    went_on = [r for r in sink.records() if r["event"] == "peer"]
    assert [r["how"] for r in went_on] == ["quit"] and went_on[0]["unacknowledged"] == 0


def test_dot_stuffing_is_undone_and_bare_line_feeds_are_counted(sink):
    with socket.create_connection(("127.0.0.1", sink.port)) as link:
        lines = link.makefile("rb")
        for text in (b"EHLO x\r\n", b"MAIL FROM:<a@x>\r\n", b"RCPT TO:<b@y>\r\n", b"DATA\r\n",
                     b"..dot\r\nbare\nlf\rcr\r\n.\r\nQUIT\r\n"):
            link.sendall(text)
            time.sleep(0.05)
        while lines.readline():
            pass
    record = last(sink)
    assert sink.bytes_of(record) == b".dot\r\nbare\nlf\rcr\r\n"
    assert (record["bare_lf"], record["bare_cr"]) == (1, 1)


@pytest.mark.parametrize("verb", ["banner", "ehlo", "mail", "rcpt", "data", "dot"])
def test_a_scripted_reply_reaches_the_client_at_each_verb(sink, verb):
    sink.rule(f"verb={verb} reply=451 4.3.0 Not now")
    if verb == "ehlo":
        sink.rule("verb=ehlo reply=451 4.3.0 Not now")
    with pytest.raises(smtplib.SMTPException):
        send(sink)
    assert not sink.accepted()
    assert sink.rules()[0]["fired"] >= 1


def test_a_drop_after_the_dot_is_logged_as_received_without_verdict(sink):
    sink.rule("verb=dot drop")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(sink)
    record = last(sink)
    assert record["code"] == 0 and record["how"] == "dropped" and record["complete"]


def test_a_drop_in_the_body_is_logged_as_incomplete(sink):
    sink.rule("verb=body at=1000 rst")
    with pytest.raises((smtplib.SMTPException, OSError)):
        send(sink, body=MAIL % TOKEN.encode() + b"x" * 70 + b"\r\n" + b"y" * 900000)
    assert not last(sink)["complete"] and last(sink)["code"] == 0


def test_when_first_every_and_after_count_the_steps(sink):
    sink.rule("verb=dot when=every:2 reply=550 5.0.0 no")
    for expected in (True, False, True, False):
        try:
            send(sink)
            assert expected
        except smtplib.SMTPDataError:
            assert not expected
    sink.clear()
    sink.rule("verb=rcpt when=first:1 reply=450 4.0.0 later")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(sink)
    send(sink)


def test_verdicts_by_recipient(sink):
    sink.rule("verb=rcpt rcpt=gone* reply=550 5.1.1 No such user")
    refused = send(sink, to=["gone1@y.example", "here@y.example"])
    assert list(refused) == ["gone1@y.example"]
    assert last(sink)["rcpts"] == ["here@y.example"]


def test_a_delayed_verdict_is_late_and_withheld_when_the_peer_leaves(sink):
    sink.rule("verb=dot delay=300")
    begin = time.monotonic()
    send(sink)
    assert time.monotonic() - begin > 0.3
    with socket.create_connection(("127.0.0.1", sink.port)) as link:
        link.sendall(b"EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n.\r\n")
        time.sleep(0.1)
    time.sleep(0.4)
    assert last(sink)["code"] == 0 and last(sink)["how"] == "peer left before the answer"


def test_greylisting_refuses_first_and_accepts_later(sink):
    sink.control("greylist 0.2")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(sink)
    time.sleep(0.25)
    assert send(sink) == {}


def test_login_and_plain_are_checked(sink_factory):
    sink = sink_factory("--account", "ann:secret", "--require-auth")
    with pytest.raises(smtplib.SMTPSenderRefused):
        send(sink)
    for method in ("auth_plain", "auth_login"):
        with client(sink) as link:
            link.ehlo()
            link.user, link.password = "ann", "secret"
            link.auth(method[5:].upper(), getattr(link, method))
            link.sendmail("a@x.example", "b@y.example", MAIL % TOKEN.encode())
        assert last(sink)["auth"] == "ann"
    with client(sink) as link, pytest.raises(smtplib.SMTPAuthenticationError):
        link.login("ann", "wrong")


@pytest.fixture
def certificate(tmp_path):
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=localhost", "-days", "2", "-keyout", key, "-out", cert], check=True,
                   capture_output=True)
    return str(cert), str(key)


def test_starttls_and_tls_from_the_first_byte(sink_factory, certificate):
    cert, key = certificate
    sink = sink_factory("--cert", cert, "--key", key, "--require-tls")
    with pytest.raises(smtplib.SMTPSenderRefused):
        send(sink)
    with client(sink) as link:
        link.starttls()
        link.sendmail("a@x.example", "b@y.example", MAIL % TOKEN.encode() + b"z" * 300000)
    assert last(sink)["tls"]
    implicit = sink_factory("--cert", cert, "--key", key, "--implicit-tls")
    with smtplib.SMTP_SSL("127.0.0.1", implicit.port, timeout=5) as link:
        link.sendmail("a@x.example", "b@y.example", MAIL % TOKEN.encode())
    assert last(implicit)["tls"]


def test_odd_replies_reach_the_wire(sink):
    for action, expected in (("huge=100000", 100000), ("junk", 30), ("nul", 9)):
        sink.clear()
        sink.rule(f"verb=banner {action}")
        with socket.create_connection(("127.0.0.1", sink.port)) as link:
            link.settimeout(1)
            got = b""
            while len(got) < expected:
                got += link.recv(65536)


def test_quiet_mode_only_counts(sink_factory):
    sink = sink_factory(quiet=True)
    for _ in range(3):
        send(sink)
    assert sink.stats()["messages"] == 3 and sink.stats()["accepted"] == 3
    sink.stop()
    assert sink.totals["messages"] == 3


def test_the_proxy_cuts_after_n_bytes_and_says_so(sink, proxy_factory):
    proxy = proxy_factory(sink.port, "--direction", "up", "--reset-after", "120")
    with pytest.raises((smtplib.SMTPException, OSError)):
        with smtplib.SMTP("127.0.0.1", proxy.port, timeout=5) as link:
            link.sendmail("a@x.example", "b@y.example", MAIL % TOKEN.encode() + b"z" * 3000)
    assert not sink.accepted()
    ends = [r for r in proxy.records() if r["event"] == "close"]
    assert ends[0]["how"] == "reset" and ends[0]["up"] == 120


def test_the_proxy_passes_dribbled_bytes_unchanged(sink, proxy_factory):
    proxy = proxy_factory(sink.port, "--dribble", "7", "--dribble-ms", "1")
    with smtplib.SMTP("127.0.0.1", proxy.port, timeout=5) as link:
        link.sendmail("a@x.example", "b@y.example", MAIL % TOKEN.encode())
    assert sink.bytes_of(last(sink)) == MAIL % TOKEN.encode()
