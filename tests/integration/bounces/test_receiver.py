"""Mails that come back to a real chapard: by LMTP from a real Postfix and from swaks, and by a Maildir. What they say reaches the
message that they are about, and nobody else."""
import email
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "bench" / "support"))
import corpus  # noqa: E402
import seals  # noqa: E402
from harness.daemon import email_route  # noqa: E402

DOMAIN = "news.example.ir"


def wait_for(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come true in {seconds} s")


def mail(address, **more):
    return {"to": {"email": address}, "class": "transactional", "from": "shop@news.example.ir",
            "content": {"email": {"subject": "تخفیف", "text": "t"}}, **more}


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "seal-key"
    path.write_text(seals.KEY + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def site(chapard, tmp_path, key_file):
    """site(port) -> a chapard that sends by that port and receives bounces."""
    folder = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"chapar-lmtp-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir(mode=0o755)
    maildir = tmp_path / "maildir"
    for part in ("tmp", "new", "cur"):
        (maildir / part).mkdir(parents=True)

    def make(port, **more):
        route = email_route(port, settings={"return_path": f"bounces@{DOMAIN}", "seal_key": str(key_file)})
        receiver = {"name": "bounces", "plugin": "bounces",
                    "settings": {"lmtp": str(folder / "lmtp"), "lmtp_mode": "0666", "domains": [DOMAIN], "maildir": str(maildir),
                                 "maildir_every": "100ms", "seal_key": str(key_file), **more}}
        daemon = chapard([route], receivers=[receiver])
        daemon.lmtp, daemon.maildir = folder / "lmtp", maildir
        return daemon

    yield make
    shutil.rmtree(folder, ignore_errors=True)


def sent(daemon, address, **more):
    """The id of a mail that has left."""
    message = daemon.api.send(mail(address, **more)).json["id"]
    wait_for(lambda: daemon.api.message(message)["state"] in ("sent", "failed"))
    return message


def kinds(daemon, message):
    return [each["kind"] for each in daemon.api.get(f"/v1/events?message={message}").json["events"]]


def suppressed(daemon, address):
    return daemon.api.get(f"/v1/suppressions?channel=email&address={address}").json["suppressions"]


class Lmtp:
    """A client of bytes."""

    def __init__(self, path):
        self.link = socket.socket(socket.AF_UNIX)
        self.link.settimeout(30)
        self.link.connect(str(path))
        self.file = self.link.makefile("rb")
        self.reply()

    def reply(self):
        while True:
            line = self.file.readline().decode()
            if not line or line[3:4] == " ":
                return line.strip()

    def say(self, text):
        self.link.sendall(text.encode() + b"\r\n")
        return self.reply()

    def send(self, recipients, mail, sender=""):
        assert self.say("LHLO test.example").startswith("250")
        assert self.say(f"MAIL FROM:<{sender}>").startswith("250")
        answers = [self.say(f"RCPT TO:<{each}>") for each in recipients]
        if not any(answer.startswith("250") for answer in answers):
            return answers
        assert self.say("DATA").startswith("354")
        text = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        text = re.sub(rb"(?m)^\.", b"..", text)
        self.link.sendall(text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return [self.reply() for answer in answers if answer.startswith("250")]


def case(name):
    return next(each for each in corpus.CASES if each.name == name).mail


def test_each_mail_leaves_with_a_return_path_that_python_can_make_too(site, sink):
    daemon = site(sink.port)
    message = sent(daemon, "sara@customer.example")
    envelope = sink.messages()[0]
    assert envelope["mail_from"] == seals.return_path(f"{message}.1")


def lost(message, envelope_id="", message_id="", status="5.1.1"):
    """A report whose own address says nothing of the message."""
    fields = (f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else "") + (
        "Reporting-MTA: dns; mx.customer.example\n\nFinal-Recipient: rfc822; sara@customer.example\nAction: failed\n"
        f"Status: {status}\nDiagnostic-Code: smtp; 550 {status} no such user here\n")
    back = f"From: shop@{DOMAIN}\nTo: sara@customer.example\nSubject: x\nMessage-ID: <{message_id or 'x@y'}>\n\nHello\n"
    return ("From: MAILER-DAEMON@mx.customer.example\nTo: postmaster@news.example.ir\nSubject: Undelivered\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\n\n--=_b\nContent-Type: text/plain\n\n'
            f"It came back.\n\n--=_b\nContent-Type: message/delivery-status\n\n{fields}\n--=_b\nContent-Type: message/rfc822\n\n"
            f"{back}\n--=_b--\n").encode()


@pytest.mark.parametrize("where", ["envelope id", "message id"])
def test_a_report_that_lost_its_address_is_matched_by_what_it_repeats(site, sink, where):
    daemon = site(sink.port)
    message = sent(daemon, "sara@customer.example")
    told = email.message_from_bytes(sink.bytes_of(sink.messages()[0]))["Message-ID"].strip("<>")
    assert told.startswith("m+") and told == seals.return_path(f"{message}.1", local="m", domain=DOMAIN)
    sealed = seals.return_path(f"{message}.1")
    envelope_id = sealed.replace("+", "+2B") if where == "envelope id" else ""
    client = Lmtp(daemon.lmtp)
    forged = told[:2] + told[2:-1 - len(DOMAIN)][::-1] + "@" + DOMAIN
    assert client.send([f"postmaster@{DOMAIN}"], lost(message, message_id=forged))[0].startswith("250")
    assert client.send([f"postmaster@{DOMAIN}"],
                       lost(message, envelope_id, told if where == "message id" else ""))[0].startswith("250")
    wait_for(lambda: daemon.api.message(message)["state"] == "failed")
    assert kinds(daemon, message).count("bounced") == 1
    assert suppressed(daemon, "sara@customer.example")


@pytest.mark.skipif(os.geteuid() != 0, reason="Postfix's master runs as root only")
def test_what_postfix_bounces_to_the_lmtp_socket_ends_the_message_and_suppresses_its_address(site, sink_factory, tmp_path_factory):
    from postfix import Postfix
    sink = sink_factory(rules=["verb=rcpt rcpt=gone* reply=550 5.1.1 <gone> User unknown", "verb=rcpt rcpt=full* reply=552 5.2.2 Mailbox full"])
    folder = pathlib.Path("/tmp") / f"chapar-postfix-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        lmtp = folder / "to-chapar"
        (folder / "maps").mkdir()
        (folder / "maps" / "transport").write_text(f"{DOMAIN} lmtp:unix:{lmtp}\n")
        postfix = Postfix(folder / "run", sink.port, more=f"transport_maps = texthash:{folder}/maps/transport\nrelay_domains = {DOMAIN}\n")
        try:
            daemon = site(postfix.port)
            lmtp.symlink_to(daemon.lmtp)
            gone, full, fine = (sent(daemon, f"{name}@customer.example") for name in ("gone", "full", "fine"))
            wait_for(lambda: daemon.api.message(gone)["state"] == "failed", 60)
            wait_for(lambda: daemon.api.message(full)["state"] == "failed", 60)
            assert kinds(daemon, gone) == ["sent", "bounced"]
            assert kinds(daemon, full) == ["sent", "bounced"]
            assert daemon.api.message(fine)["state"] == "sent"
            assert [each["reason"] for each in suppressed(daemon, "gone@customer.example")] == ["hard_bounce"]
            assert suppressed(daemon, "full@customer.example") == []
            again = daemon.api.send(mail("gone@customer.example")).json["id"]
            wait_for(lambda: daemon.api.message(again)["state"] in ("suppressed", "failed", "cancelled", "skipped"))
            assert "sent" not in kinds(daemon, again)
        finally:
            postfix.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def bounce_of(message, attempt=1, template="dsn-postfix-unknown"):
    return seals.return_path(f"{message}.{attempt}"), case(template)


def test_a_bounce_by_lmtp_is_answered_when_it_is_durable(site, sink):
    daemon = site(sink.port)
    message = sent(daemon, "sara@customer.example")
    to, text = bounce_of(message)
    assert Lmtp(daemon.lmtp).send([to], text) == ["250 2.0.0 taken"]
    assert daemon.api.message(message)["state"] == "failed"
    daemon.kill()
    daemon.start()
    assert daemon.api.message(message)["state"] == "failed"
    assert Lmtp(daemon.lmtp).send([to], text) == ["250 2.0.0 taken"]  # again: a repeat
    assert kinds(daemon, message) == ["sent", "bounced"]


def test_a_mail_to_the_mailbox_of_unsubscribing_says_no_to_its_topic(site, sink):
    daemon = site(sink.port)
    message = sent(daemon, "sara@customer.example", category="orders")
    mailbox = seals.unsubscribe_mailbox(f"{message}.1")
    said = b"From: sara@customer.example\r\nSubject: unsubscribe\r\n\r\nunsubscribe\r\n"
    forged = seals.unsubscribe_mailbox(f"{message}.1", key="00" * 32)
    assert Lmtp(daemon.lmtp).send([forged], said, "sara@customer.example") == ["250 2.0.0 taken"]
    assert Lmtp(daemon.lmtp).send([seals.return_path(f"{message}.1")], said, "sara@customer.example") == ["250 2.0.0 taken"]
    assert daemon.api.get("/v1/recipients/sara@customer.example/consents").json["consents"] == []
    for _ in range(2):
        assert Lmtp(daemon.lmtp).send([mailbox.upper()], said, "sara@customer.example") == ["250 2.0.0 taken"]
        daemon.kill()
        daemon.start()
    words = daemon.api.get("/v1/recipients/sara@customer.example/consents").json["consents"]
    assert [(each["channel"], each["topic"], each["state"], each["source"]) for each in words] == [
        ("email", "orders", "unsubscribed", "unsubscribe mail")]
    assert kinds(daemon, message).count("unsubscribed") == 1
    assert suppressed(daemon, "sara@customer.example") == []


def test_without_a_good_seal_nothing_happens_to_anybody(site, sink):
    daemon = site(sink.port)
    message = sent(daemon, "sara@customer.example")
    good = seals.return_path(f"{message}.1")
    forged = [f"bounces@{DOMAIN}", seals.return_path(f"{message}.1", key="00" * 32), good[:10] + ("a" if good[10] != "a" else "b") + good[11:]]
    for to in forged:
        assert Lmtp(daemon.lmtp).send([to], case("dsn-postfix-unknown")) == ["250 2.0.0 taken"]
    assert daemon.api.message(message)["state"] == "sent"
    assert suppressed(daemon, "sara@customer.example") == []
    metrics = daemon.api.get("/metrics").body.decode()
    assert re.search(r'plugin_bounces_received_mails_total\{[^}]*verdict="unsealed"[^}]*\} 3', metrics), metrics
    # The same mail with the seal does it: the test would see a suppression.
    Lmtp(daemon.lmtp).send([good], case("dsn-postfix-unknown"))
    assert daemon.api.message(message)["state"] == "failed"
    assert len(suppressed(daemon, "sara@customer.example")) == 1


def test_whom_a_report_names_is_never_suppressed_only_whom_we_wrote_to(site, sink):
    daemon = site(sink.port)
    message = sent(daemon, "ali@customer.example")
    to, text = bounce_of(message)
    assert b"sara@customer.example" in text
    Lmtp(daemon.lmtp).send([to], text)
    assert len(suppressed(daemon, "ali@customer.example")) == 1
    assert suppressed(daemon, "sara@customer.example") == []


def test_complaints_delays_and_automatic_replies_do_what_they_are(site, sink):
    daemon = site(sink.port)
    ids = {name: sent(daemon, f"{name}@customer.example") for name in ("complains", "waits", "away", "optsout")}
    for name, template in (("complains", "arf-abuse"), ("waits", "dsn-delayed"), ("away", "auto-rfc3834"), ("optsout", "arf-opt-out")):
        assert Lmtp(daemon.lmtp).send([seals.return_path(f"{ids[name]}.1")], case(template)) == ["250 2.0.0 taken"]
    assert kinds(daemon, ids["complains"]) == ["sent", "complained"]
    assert kinds(daemon, ids["waits"]) == ["sent", "delayed"]
    assert kinds(daemon, ids["away"]) == ["sent", "auto_reply"]
    assert kinds(daemon, ids["optsout"]) == ["sent", "unsubscribed"]
    assert all(daemon.api.message(each)["state"] == "sent" for each in ids.values())
    assert [each["reach"] for each in suppressed(daemon, "complains@customer.example")] == ["marketing"]
    assert suppressed(daemon, "away@customer.example") == []


def test_a_maildir_is_read_and_each_mail_moves_when_it_is_taken(site, sink):
    daemon = site(sink.port)
    message = sent(daemon, "sara@customer.example")
    to, text = bounce_of(message)
    (daemon.maildir / "tmp" / "1").write_bytes(f"Delivered-To: {to}\n".encode() + text)
    (daemon.maildir / "tmp" / "1").rename(daemon.maildir / "new" / "1")
    wait_for(lambda: list((daemon.maildir / "cur").iterdir()))
    assert [each.name for each in (daemon.maildir / "cur").iterdir()] == ["1:2,S"]
    assert daemon.api.message(message)["state"] == "failed"


@pytest.mark.skipif(shutil.which("swaks") is None, reason="needs swaks")
def test_swaks_delivers_by_lmtp(site, sink, tmp_path):
    daemon = site(sink.port)
    message = sent(daemon, "sara@customer.example")
    to, text = bounce_of(message)
    (tmp_path / "mail.eml").write_bytes(text)
    done = subprocess.run(["swaks", "--protocol", "LMTP", "--socket", str(daemon.lmtp), "--from", "<>", "--to", to, "--data",
                           f"@{tmp_path}/mail.eml", "--pipeline"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "250 2.0.0 taken" in done.stdout
    assert daemon.api.message(message)["state"] == "failed"


def test_foreign_domains_and_bare_line_ends_are_refused(site, sink):
    daemon = site(sink.port)
    assert Lmtp(daemon.lmtp).send(["a@other.example"], b"x") == ["550 5.7.1 no mail is taken for this domain"]
    client = Lmtp(daemon.lmtp)
    client.say("LHLO x")
    client.say("MAIL FROM:<>")
    client.say(f"RCPT TO:<bounces@{DOMAIN}>")
    client.say("DATA")
    client.link.sendall(b"a\n.\nMAIL FROM:<evil@x>\r\n.\r\n")
    assert client.reply().startswith("554 5.6.0")


def test_hostile_mails_are_answered_and_the_daemon_goes_on(site, sink):
    daemon = site(sink.port)
    head = b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n"
    hostile = [head + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 500_000,
               head + b"\n" + b"x" * 20_000_000, b"X-Endless: header\n" * 500_000,
               head + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(10_000)),
               bytes(range(256)) * 1000]
    for text in hostile:
        answer = Lmtp(daemon.lmtp).send([f"bounces@{DOMAIN}"], text.replace(b"\r", b""))
        assert answer and answer[0][:3] in ("250", "552"), answer
    message = sent(daemon, "sara@customer.example")
    to, text = bounce_of(message)
    assert Lmtp(daemon.lmtp).send([to], text) == ["250 2.0.0 taken"]
    assert daemon.api.message(message)["state"] == "failed"


def test_a_reload_changes_the_receiver_without_a_gap(site, sink):
    daemon = site(sink.port)
    before = Lmtp(daemon.lmtp)
    daemon.receivers[0]["settings"]["timeout"] = "30s"
    daemon.write_config()
    daemon.signal(1)
    wait_for(lambda: "reload.done" in daemon.log() or "1 changes" in daemon.log())
    message = sent(daemon, "sara@customer.example")
    to, text = bounce_of(message)
    assert Lmtp(daemon.lmtp).send([to], text) == ["250 2.0.0 taken"]
    assert daemon.api.message(message)["state"] == "failed"
    assert before.reply()[:3] in ("421", ""), "who was connected before is told, or the connection ends"
    daemon.receivers.clear()
    daemon.write_config()
    daemon.signal(1)
    wait_for(lambda: not daemon.lmtp.exists())


def test_a_receiver_is_no_route_and_a_route_no_receiver(site, sink, chapard, key_file):
    daemon = site(sink.port)
    daemon.receivers.append({"name": "wrong", "plugin": "email", "settings": {"host": "127.0.0.1", "from": "a@b.example"}})
    daemon.write_config()
    daemon.signal(1)
    wait_for(lambda: "it belongs to a [[route]]" in daemon.log())
    daemon.receivers.pop()
    daemon.routes.append({"name": "wrong", "channel": "email", "plugin": "bounces", "settings": {"seal_key": str(key_file)}})
    daemon.write_config()
    daemon.signal(1)
    wait_for(lambda: "it belongs to a [[receiver]]" in daemon.log())
    assert daemon.api.get("/v1/ready").status == 200
