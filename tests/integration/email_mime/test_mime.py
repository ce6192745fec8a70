"""What Python's email package reads is what the application wrote, and nothing else."""
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mails  # noqa: E402

SIMPLE = {"attempt": "01900000-0000-7000-8000-000000000000.1", "from": "Shop <shop@example.com>", "to": "ali@example.org",
          "subject": "Hello", "text": "Hello", "date": 1_700_000_000, "locale": "", "_name": "Shop"}
BREAKS = ["\r\nBcc: evil@example.net", "\nBcc: evil@example.net", "\rBcc: evil@example.net", "\r\n\r\nbody", "\0x", "\x0bx",
          "\x0cx", "\x1bx", "\x7fx", "\u0085Bcc: e@example.net", "\u2028Bcc: e@example.net", "\u2029x", "y" * 5000]
FIELDS = {
    "subject": lambda bad: {"subject": "Hi" + bad},
    "from": lambda bad: {"from": f"Shop{bad} <shop@example.com>"},
    "from address": lambda bad: {"from": f"shop{bad}@example.com"},
    "from domain": lambda bad: {"from": f"shop@example.com{bad}"},
    "to": lambda bad: {"to": f"ali{bad}@example.org"},
    "to domain": lambda bad: {"to": f"ali@example.org{bad}"},
    "reply-to": lambda bad: {"reply_to": f"help{bad} <help@example.com>"},
    "unsubscribe": lambda bad: {"list_unsubscribe": f"https://example.com/{bad}"},
    "custom value": lambda bad: {"headers": [["X-A", "v" + bad]]},
    "custom name": lambda bad: {"headers": [["X-A" + bad, "v"]]},
    "attempt": lambda bad: {"attempt": "0190" + bad},
    "content id": lambda bad: {"html": "<p>", "files": [{"name": "a", "content_type": "image/png", "content_id": "i" + bad, "hex": "00"}]},
}


def test_two_thousand_random_mails_read_back_as_they_were_given():
    given = mails.mails(seed=1, count=2000)
    for wanted, answer in zip(given, mails.build(given)):
        assert not answer.refused, (wanted, answer.sentence)
        assert mails.problems(wanted, answer) == [], (wanted, answer.raw.decode(errors="replace"))


@pytest.mark.parametrize("field", FIELDS)
def test_a_line_break_or_control_in_a_field_is_refused(field):
    given = [SIMPLE | FIELDS[field](bad) for bad in BREAKS]
    for wanted, answer in zip(given, mails.build(given)):
        assert answer.refused, (wanted, answer.raw)
        assert answer.blame == (2 if field.startswith("to") else 1)
        assert answer.sentence.isprintable() and len(answer.sentence) < 120


def test_names_of_files_are_cleaned():
    attacks = ["../../etc/passwd", "C:\\windows\\cmd.exe", "a\r\nX-Evil: 1.pdf", 'a"; filename="b.exe', "\u202efdp.exe", "...",
               "", "/", "a\0b", "x" * 5000, "ف" * 400, "a\u2028b", "=?utf-8?Q?a?=", "CON|<>*?:.txt", "a;b=c.txt", "utf-8''%41"]
    given = [SIMPLE | {"files": [{"name": a, "content_type": "application/pdf", "content_id": "", "hex": "41"}]} for a in attacks]
    for wanted, answer in zip(given, mails.build(given)):
        assert not answer.refused
        parsed = mails.email.message_from_bytes(answer.raw, policy=mails.email.policy.default)
        name = list(parsed.iter_attachments())[0].get_filename()
        assert name and len(name.encode()) <= 150 and not set(name) & set('/\\:*?"<>|\r\n\0\u202e\u2028') and name.strip(".")
        assert mails.wire_problems(answer.raw, False) == [] and parsed.keys().count("X-Evil") == 0
        assert mails.header_problems(wanted, parsed, answer.raw) == []


def test_media_types_that_could_hide_parts_become_octets():
    attacks = ["multipart/mixed; boundary=x", "message/rfc822", "text/html\r\nX-Evil: 1", "text", "", "te xt/plain"]
    given = [SIMPLE | {"files": [{"name": "a", "content_type": a, "content_id": "", "hex": "41"}]} for a in attacks]
    for answer in mails.build(given):
        parsed = mails.email.message_from_bytes(answer.raw, policy=mails.email.policy.default)
        assert [p.get_content_type() for p in parsed.iter_attachments()] == ["application/octet-stream"]


def test_the_name_of_a_file_is_ours_to_write():
    given = SIMPLE | {"files": [{"name": "a", "content_type": "a/b; name=\"../x\"", "content_id": "", "hex": "41"}]}
    parsed = mails.email.message_from_bytes(mails.build([given])[0].raw, policy=mails.email.policy.default)
    part, = parsed.iter_attachments()
    assert part.get_content_type() == "a/b" and part.get_filename() == "a" and b"../x" not in mails.build([given])[0].raw


@pytest.mark.parametrize("name", ["Bcc", "To", "from", "Subject", "DKIM-Signature", "Content-Type", "Resent-To", "Received",
                                  "Sender", "Return-Path", "List-Unsubscribe", "MIME-Version", "X Y", "X:Y", "", "Ünicode"])
def test_an_application_may_not_set_the_fields_that_steer_a_mail(name):
    assert mails.build([SIMPLE | {"headers": [[name, "x"]]}])[0].refused


def test_bodies_that_try_to_end_the_mail_are_carried_as_text():
    smuggled = ["a\n.\nMAIL FROM:<x>", "a\r\n.\r\nRCPT", "a\n.\r\nb", "a\r.\rb", "\0", "--=_a." + SIMPLE["attempt"] + "--\r\nX: y"]
    for shape in ("text", "html"):
        given = [SIMPLE | {"html": "<p>x", "text": "y"} | {shape: s} for s in smuggled]
        for wanted, answer in zip(given, mails.build(given)):
            assert mails.problems(wanted, answer) == [], answer.raw
            assert b"\r\n.\r\n" not in answer.raw


def test_any_character_anywhere_is_refused_or_leaves_the_mail_well_formed():
    rng = random.Random(9)
    given = mails.mails(seed=5, count=1000)
    for wanted in given:
        key = rng.choice(["from", "to", "subject", "text", "html", "reply_to", "list_unsubscribe", "locale", "preheader", "attempt"])
        value = wanted.get(key, "")
        at = rng.randrange(len(value) + 1)
        wanted[key] = value[:at] + rng.choice(['"', "\\", "<", ">", "@", "\0", "\r", "\n", ".", "=", "?", "\u2028", "é" * 300,
                                               "", "%", ";", ",", "\U0010ffff"]) + value[at + rng.randrange(3):]
    answers = mails.build(given)
    for wanted, answer in zip(given, answers):
        if answer.refused:
            continue
        assert mails.wire_problems(answer.raw, answer.utf8) == [], wanted
        names = [n.lower() for n in mails.email.message_from_bytes(answer.raw, policy=mails.email.policy.compat32).keys()]
        assert set(names) <= mails.OWN | {n.lower() for n, _ in wanted["headers"]}, wanted
        assert names.count("to") == names.count("from") == names.count("subject") == 1
    assert 100 < sum(answer.refused for answer in answers) < 700


def test_without_the_guard_the_checker_reports_the_injection():
    caught = 0
    for field in ("subject", "custom value", "from"):
        given = [SIMPLE | FIELDS[field](bad) for bad in BREAKS[:2]]
        for wanted, answer in zip(given, mails.build(given, tool="mime_tool_unguarded")):
            if answer.refused:
                continue
            assert mails.problems(wanted, answer) != [], answer.raw
            caught += 1
    assert caught == 6
