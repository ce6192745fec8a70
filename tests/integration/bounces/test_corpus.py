"""`chapar bounce` over a corpus: what each mail is, whom it is about, and that Python's own email package reads the fields of
every DSN the same. The mails of flufl.bounce (Debian's package) are judged too, by what its authors say of them."""
import email
import json
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import corpus  # noqa: E402
import seals  # noqa: E402
from harness.build import program  # noqa: E402

ATTEMPT = "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.2"
FLUFL = pathlib.Path("/usr/lib/python3/dist-packages/flufl/bounce/tests/data")


def judge(files, *options, status=0):
    done = subprocess.run([program("chapar"), "--json", "bounce", *options, *map(str, files)], capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode == status, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def judged(folder, mails, *options):
    files = []
    for name, mail in mails:
        files.append(folder / f"{name}.eml")
        files[-1].write_bytes(mail)
    return judge(files, *options)


def addresses(answer):
    return sorted(each["address"].lower() for each in answer["recipients"])


def mismatches(cases, answers):
    """What differs between the labels and the answers."""
    out = []
    for case, answer in zip(cases, answers):
        if answer["kind"] != case.kind or (case.blame and answer.get("blame") != case.blame):
            out.append((case.name, case.kind, case.blame, answer["kind"], answer.get("blame")))
        elif addresses(answer) != sorted(each.lower() for each in case.about):
            out.append((case.name, case.about, addresses(answer)))
    return out


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    return judged(tmp_path_factory.mktemp("corpus"), [(case.name, case.mail) for case in corpus.CASES])


def test_every_mail_of_the_corpus_is_what_its_label_says(answers):
    assert len(corpus.CASES) >= 150
    assert len(answers) == len(corpus.CASES)
    assert mismatches(corpus.CASES, answers) == []


def test_a_wrong_label_would_be_seen(answers):
    wrong = [corpus.dataclasses.replace(case, kind="soft" if case.kind == "hard" else "hard") for case in corpus.CASES]
    assert len(mismatches(wrong, answers)) == len(corpus.CASES)
    nobody = [case for case in corpus.CASES if case.about]
    about = [answer for case, answer in zip(corpus.CASES, answers) if case.about]
    assert len(mismatches([corpus.dataclasses.replace(case, about=("x@x.example",)) for case in nobody], about)) == len(nobody)


def test_each_verdict_names_its_rule_and_where_it_is_said(answers):
    for case, answer in zip(corpus.CASES, answers):
        if answer["kind"] == "none":
            continue
        assert answer["evidence"]["rule"], case.name
        for each in answer["recipients"]:
            assert each["evidence"]["rule"], case.name
            if each["kind"] == "hard":
                place = each["evidence"]["place"]
                assert place.startswith(("replies.toml:", "bounces.toml:")), case.name
        line = answer["evidence"].get("line")
        if line:
            assert line <= case.mail.count(b"\n") + 1, case.name


def status_groups(mail):
    """The recipients of every delivery-status part, as Python's email package reads them."""
    for part in email.message_from_bytes(mail).walk():
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for group in part.get_payload():
            if group.get("Final-Recipient"):
                yield group


def test_python_reads_the_fields_of_each_dsn_the_same(answers):
    compared = 0
    for case, answer in zip(corpus.CASES, answers):
        # Python takes no delivery-status part apart that is encoded, nor one in a mail that is broken.
        if answer["form"] != "DSN" or case.name.startswith("broken-") or "status-part" in case.name or "utf8" in case.name:
            continue
        groups = list(status_groups(case.mail))
        assert len(groups) == len(answer["recipients"]), case.name
        for group, recipient in zip(groups, answer["recipients"]):
            whom = group.get("Original-Recipient") or group["Final-Recipient"]
            assert recipient["address"] == whom.split(";")[-1].strip().strip("<>"), case.name
            action = group.get("Action", "failed").strip().lower()
            fits = {"failed": ("hard", "soft"), "delayed": ("delayed",), "delivered": ("delivered",), "expanded": ("delivered",),
                    "relayed": ("relayed",)}
            assert recipient["kind"] in fits[action], case.name
            compared += 1
    assert compared >= 80


def flufl_expectations():
    # Its list of mails and addresses stands in a helper that imports nose2, which is not needed to read it.
    source = (FLUFL.parent.parent / "testing" / "helpers.py").read_text()
    names = {}
    exec(source[source.index("DATA = ("):], names)  # noqa: S102
    out = {}
    for _, name, found, *temporary in names["DATA"]:
        if found:
            out[name] = ({each.decode().lower() for each in found}, bool(temporary))
    return out


# Not by its words: what flufl.bounce knows of single systems that are gone.
KNOWN_APART = {
    "aol_01.txt": "it adds the domain to a screen name", "yale_01.txt": "it makes addresses of a directory's names",
    "groupwise_02.txt": "a page without paragraphs", "llnl_01.txt": "the example address beside it is named too",
    "dsn_15.txt": "the report itself is inside of what looks returned",
}


@pytest.mark.skipif(not FLUFL.is_dir(), reason="needs python3-flufl.bounce")
def test_the_mails_of_flufl_bounce_are_found():
    expected = flufl_expectations()
    files = [FLUFL / name for name in expected]
    apart = {}
    for file, answer in zip(files, judge(files)):
        about, temporary = expected[file.name]
        kinds = ("delayed", "soft") if temporary else ("hard", "soft")
        if answer["kind"] not in kinds or set(addresses(answer)) != about:
            apart[file.name] = (answer["kind"], addresses(answer), sorted(about))
    assert set(apart) <= set(KNOWN_APART), apart
    assert len(expected) > 100


# ---- seals -----------------------------------------------------------------------------------------------------------------

def key_file(folder, key=seals.KEY, name="seal-key"):
    path = folder / name
    path.write_text(key + "\n")
    return path


def bounce_to(address):
    case = next(each for each in corpus.CASES if each.name == "dsn-postfix-unknown")
    return case.mail.replace(b"To: bounces@news.example.ir\n", f"To: {address}\n".encode(), 1)


def test_a_seal_that_python_made_is_good_and_any_other_is_not(tmp_path):
    good = seals.return_path(ATTEMPT)
    false = seals.return_path(ATTEMPT, key="6f" * 32)
    changed = good[:8] + ("b" if good[8] != "b" else "c") + good[9:]
    mails = [("good", bounce_to(good)), ("upper", bounce_to(good.upper())), ("false", bounce_to(false)),
             ("changed", bounce_to(changed)), ("none", bounce_to("bounces@news.example.ir"))]
    answers = judged(tmp_path, mails, "--key", str(key_file(tmp_path)))
    assert [answer["verdict"] for answer in answers] == ["hard", "hard", "unsealed", "unsealed", "unsealed"]
    assert [answer.get("attempt") for answer in answers] == [ATTEMPT, ATTEMPT, None, None, None]
    assert all(answer["kind"] == "hard" for answer in answers)
    assert all(answer["effect"].startswith("nothing") for answer in answers[2:])


def test_both_keys_of_a_rotation_open(tmp_path):
    new, old = key_file(tmp_path, "1a" * 32, "new"), key_file(tmp_path, "2b" * 32, "old")
    mails = [("by-new", bounce_to(seals.return_path(ATTEMPT, "1a" * 32))), ("by-old", bounce_to(seals.return_path(ATTEMPT, "2b" * 32)))]
    answers = judged(tmp_path, mails, "--key", str(new), "--key", str(old))
    assert [answer["sealed"] for answer in answers] == [True, True]
    answers = judged(tmp_path, mails, "--key", str(new))
    assert [answer["sealed"] for answer in answers] == [True, False]


def test_a_seal_in_what_is_returned_counts_for_complaints(tmp_path):
    sealed = seals.return_path(ATTEMPT)
    by_field = corpus.arf("abuse", from_our=sealed).encode()
    by_head = corpus.arf("abuse").replace("Return-Path: <bounces@news.example.ir>", f"Return-Path: <{sealed}>").encode()
    answers = judged(tmp_path, [("field", by_field), ("head", by_head), ("none", corpus.arf("abuse").encode())], "--key",
                     str(key_file(tmp_path)))
    assert [answer["verdict"] for answer in answers] == ["complaint", "complaint", "unsealed"]


# ---- the command -------------------------------------------------------------------------------------------------------------

def run(*words, stdin=None):
    return subprocess.run([program("chapar"), *map(str, words)], input=stdin, capture_output=True, timeout=60, check=False)


def test_it_says_in_words_what_a_mail_is_and_would_do(tmp_path):
    case = next(each for each in corpus.CASES if each.name == "text-qmail-full")
    done = run("bounce", "-", stdin=case.mail)
    words = done.stdout.decode()
    assert done.returncode == 0
    assert words.startswith("-: a soft bounce; to blame: recipient\n")
    for part in ("sara@customer.example (soft, 5.2.2)", "bounces.toml:", "seal      not looked at (--key FILE)", "the address stays"):
        assert part in words, words


def test_mistakes_are_said_and_make_the_command_fail(tmp_path):
    assert run("bounce").returncode == 2
    assert run("bounce", "--unknown", "x").returncode == 2
    missing = run("bounce", tmp_path / "nowhere.eml")
    assert missing.returncode == 1 and b"nowhere.eml can't be read: No such file" in missing.stderr
    folder = run("bounce", tmp_path)
    assert folder.returncode == 1 and b"can't be read: Is a directory" in folder.stderr
    (tmp_path / "mail.eml").write_bytes(b"Subject: x\n\ny\n")
    weak = run("bounce", "--key", key_file(tmp_path, "short", "weak"), tmp_path / "mail.eml")
    assert weak.returncode == 1 and b"32 characters" in weak.stderr and b"short" not in weak.stderr
    (tmp_path / "own.toml").write_text('[[rule]]\nname = "x"\ntext = "y"\nverdict = "harrd"\n')
    wrong = run("bounce", "--rules", tmp_path / "own.toml", tmp_path / "mail.eml")
    assert wrong.returncode == 1 and b"own.toml:4:11: " in wrong.stderr and b'did you mean "hard"?' in wrong.stderr


def test_rules_of_ones_own_are_asked_first(tmp_path):
    (tmp_path / "own.toml").write_text('[[rule]]\nname = "our partner\'s words"\nreport = true\ntext = "moved to * new building"\nverdict = "soft/recipient"\n')
    mail = corpus.plain("postmaster@partner.example", "Undeliverable", f"{corpus.WHO} has moved to the new building, 550 5.1.1\n")
    before, after = judged(tmp_path, [("m", mail)])[0], judged(tmp_path, [("m", mail)], "--rules", str(tmp_path / "own.toml"))[0]
    assert before["kind"] == "hard"
    assert after["kind"] == "soft" and after["evidence"]["rule"] == "our partner's words"
