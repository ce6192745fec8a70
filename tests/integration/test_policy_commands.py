"""The commands about people, suppressions and what the policy would say, against a running daemon."""
import datetime
import json
import os
import subprocess
import time

from harness.build import program


def run(daemon, *words, stdin=None):
    environment = {**os.environ, "CHAPAR_SOCKET": str(daemon.socket)}
    return subprocess.run([program("chapar"), *words], capture_output=True, text=True, timeout=30, input=stdin,
                          env=environment)


def good(daemon, *words, stdin=None):
    ended = run(daemon, *words, stdin=stdin)
    assert ended.returncode == 0, ended
    return ended.stdout


def test_a_person_is_put_shown_exported_and_forgotten(daemon):
    assert good(daemon, "recipient", "put", "u1", "--email", "Sara@EXAMPLE.com", "--device-timezone", "Europe/Berlin") == "created\n"
    assert good(daemon, "recipient", "put", "u1", "-", stdin='{"email": "sara@example.com", "household": "h"}') == "changed\n"
    assert "household        h" in good(daemon, "recipient", "show", "u1")
    assert good(daemon, "recipient", "consent", "u1", "unsubscribed", "--topic", "marketing", "--source", "footer") == "noted\n"
    told = good(daemon, "recipient", "consent", "u1")
    assert "unsubscribed" in told and "topic marketing, by footer" in told
    good(daemon, "recipient", "event", "u1", "order", "--at", "2024-05-01T10:00:00Z")
    assert good(daemon, "recipient", "events", "u1") == "2024-05-01T10:00:00.000Z  order\n"
    held = json.loads(good(daemon, "recipient", "export", "u1"))
    assert held["profile"]["email"] == "sara@example.com" and held["consents"][0]["state"] == "unsubscribed"
    assert "consents     1" in good(daemon, "recipient", "forget", "u1")
    assert run(daemon, "recipient", "show", "u1").returncode == 4
    assert run(daemon, "recipient", "consent", "u1", "maybe").returncode == 1
    assert run(daemon, "recipient", "paint", "u1").returncode == 2


def test_a_person_is_forgotten_by_an_address_in_any_spelling_and_who_is_not_known_is_told(daemon):
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=12)
    accepted = daemon.api.post("/v1/messages", {"to": {"email": "Erase.Me@example.com"}, "class": "transactional", "from": "a@shop.example",
                                                "content": {"email": {"subject": "s", "text": "t"}}, "send_at": later.isoformat()})
    assert accepted.status == 202, accepted.body
    assert accepted.json["id"] in good(daemon, "list", "--to", "erase.me@EXAMPLE.com")
    gone = good(daemon, "recipient", "forget", "erase.me@example.com")
    assert "messages     1" in gone and "cancelled    1" in gone, gone
    left = daemon.api.get(f"/v1/messages/{accepted.json['id']}").json
    assert left["state"] == "cancelled" and "rase" not in json.dumps(left["plan"])
    told = good(daemon, "what-if", "--to", "ERASE.me@example.com", "--template", "welcome", "--class", "marketing")
    assert told.startswith("It would end without being sent."), told
    again = run(daemon, "recipient", "forget", "nobody-at-all")
    assert again.returncode == 4 and "nothing is kept of nobody-at-all" in again.stderr and "erased" not in again.stdout
    wrong = run(daemon, "recipient", "consent", "u1", "unsubscribed", "--topic", "marketting")
    assert wrong.returncode == 1 and 'did you mean "marketing"' in wrong.stderr


def test_an_encoding_that_is_said_is_believed(daemon, tmp_path):
    file = tmp_path / "list.csv"
    file.write_bytes("channel,address,reason\nemail,a@b.example,سلام\n".encode("cp1256"))
    told = run(daemon, "suppress", "import", str(file), "--encoding", "cp1256")
    assert told.returncode == 0 and "Windows-1256" in told.stderr, told
    assert "سلام" in good(daemon, "suppress", "list", "email", "a@b.example")
    wrong = run(daemon, "suppress", "import", str(file), "--encoding", "klingon")
    assert wrong.returncode == 2 and '"klingon" is not known; say utf-8' in wrong.stderr, wrong


def test_suppressions_go_in_and_out(daemon, tmp_path):
    assert good(daemon, "suppress", "add", "email", "A@b.example", "--reason", "asked") == "added\n"
    assert good(daemon, "suppress", "add", "email", "a@B.example").startswith("already there since 20")
    unknown = run(daemon, "suppress", "add", "emial", "x@y.example")
    assert unknown.returncode == 1 and 'did you mean "email"' in unknown.stderr
    file = tmp_path / "list.csv"
    file.write_text("channel,address\nsms,0912 345 6789\nemail,nobody\n")
    ended = run(daemon, "suppress", "import", str(file))
    assert ended.returncode == 1 and ended.stdout == "1 added, 0 were there already, 1 failed\n"
    assert ended.stderr.startswith(f"{file}:3: address: ")
    listed = good(daemon, "suppress", "list")
    assert "a@b.example" in listed and "+989123456789" in listed
    assert "asked" in good(daemon, "suppress", "list", "email", "A@b.example")
    exported = good(daemon, "suppress", "export")
    assert good(daemon, "suppress", "import", "-", stdin=exported) == "0 added, 2 were there already, 0 failed\n"
    assert good(daemon, "suppress", "remove", "sms", "+989123456789") == "removed\n"
    assert run(daemon, "suppress", "remove", "sms", "+989123456789").returncode == 4
    assert json.loads(good(daemon, "suppress", "list", "--json"))["channel"] == "email"


def test_what_if_says_it_gate_by_gate(daemon):
    words = ("what-if", "--to", "sara@example.com", "--template", "welcome", "--class", "marketing")
    told = good(daemon, *words, "--at", "2030-05-01T10:00:00Z")
    assert told.startswith("It would go by email at Wed 2030-05-01 13:30 (Asia/Tehran).\n"), told
    assert "T10:00" not in told, "one zone for all times"
    assert "passed  consent" in told
    good(daemon, "suppress", "add", "email", "sara@example.com", "--reach", "marketing")
    told = good(daemon, *words)
    assert told.startswith("It would end without being sent.") and "stopped suppression" in told, told
    assert json.loads(good(daemon, *words, "--json"))["reason"] == "suppressed"
    assert run(daemon, "what-if", "--to", "a@b.example").returncode == 2


def test_a_message_that_the_policy_ended_explains_itself(daemon):
    good(daemon, "suppress", "add", "email", "no@example.com", "--reason", "complaint")
    accepted = daemon.api.send({"to": {"email": "no@example.com"}, "class": "transactional",
                                "content": {"email": {"subject": "s", "text": "t", "list_unsubscribe": "mailto:u@shop.example"}}})
    assert accepted.status == 202
    until = time.monotonic() + 10
    while daemon.api.get(f"/v1/messages/{accepted.json['id']}").json["state"] != "suppressed":
        assert time.monotonic() < until
        time.sleep(0.02)
    told = good(daemon, "explain", accepted.json["id"])
    assert "The rules ended it before it was sent." in told, told


def test_a_configuration_is_checked_against_what_waits(daemon):
    later = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat(timespec="seconds")
    for _ in range(3):
        accepted = daemon.api.send({"to": {"email": "a@example.com"}, "class": "marketing", "send_at": later,
                                    "content": {"email": {"subject": "s", "text": "t", "list_unsubscribe": "mailto:u@shop.example"}}})
        assert accepted.status == 202, accepted
    text = daemon.config_path.read_text()
    daemon.config_path.write_text(text + '[[cap]]\nname = "none"\nlimit = "never"\nmatch = { class = ["marketing"] }\n')
    told = good(daemon, "config", "check", "--against-store")
    assert "cap none: added" in told and "3 dropped" in told, told
    daemon.config_path.write_text(text + "[[cap]]\nname = 1\n")
    ended = run(daemon, "config", "check", "--against-store")
    assert ended.returncode == 1 and "name is a whole number" in ended.stderr, ended
