"""Negative controls of the checker: a doctored ledger or sink log must be found out."""
import json
import sqlite3

import checker
import pytest

TOKENS = [f"{i:032x}" for i in range(1, 5)]
IDS = [f"01939fd1-0000-7000-8000-{i:012x}" for i in range(1, 5)]
IDS = [one[:14] + f"7{i:03x}" + one[18:] for i, one in enumerate(IDS, 1)]


def lines(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


class World:
    """Four messages: sent once; sent twice with a doubt recorded; held in doubt; refused by the provider."""

    def __init__(self, folder):
        self.folder = folder
        self.ledger = [{"event": "asked", "token": token, "key": token} for token in TOKENS]
        self.ledger += [{"event": "answered", "token": token, "status": 202, "id": one}
                        for token, one in zip(TOKENS, IDS)]
        self.sink = [self.copy(0, 1), self.copy(1, 1), self.copy(1, 2), self.copy(2, 1, code=0),
                     self.copy(3, 1, code=550)]
        self.states = [checker.SENT, checker.SENT, checker.HELD, checker.FAILED]
        self.attempts = [(0, 1, 9, 1), (1, 1, 9, 5), (1, 2, 9, 1), (2, 1, None, 0), (3, 1, 9, 4)]

    @staticmethod
    def copy(message, attempt, code=250):
        return {"event": "message", "seq": 1, "complete": True, "token": TOKENS[message], "code": code,
                "message_id": f"<{IDS[message]}.{attempt}@x.example>"}

    def judged(self, capsys):
        lines(self.folder / "ledger", self.ledger)
        lines(self.folder / "sink", self.sink)
        database = self.folder / "db"
        link = sqlite3.connect(database)
        link.executescript("CREATE TABLE progress(key, state); CREATE TABLE message(key);"
                           "CREATE TABLE attempt(key, number, finished_at, verdict)")
        keys = [checker.key_of(one) for one in IDS]
        link.executemany("INSERT INTO progress VALUES (?,?)",
                         [(key, state) for key, state in zip(keys, self.states) if state is not None])
        link.executemany("INSERT INTO attempt VALUES (?,?,?,?)", [(keys[i], *rest) for i, *rest in self.attempts])
        link.commit()
        link.close()
        good, counts = checker.check(self.folder / "ledger", [self.folder / "sink"], database, "accepting")
        return good, capsys.readouterr().out, counts


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_true_story_holds(world, capsys):
    good, report, counts = world.judged(capsys)
    assert good, report
    assert counts == {"asked": 4, "acknowledged": 4, "copies": 3, "duplicates": 1, "in_doubt": 2, "lost": 0, "held": 1,
                      "failed": 1}


def caught(world, capsys, name):
    good, report, _ = world.judged(capsys)
    assert not good and [line for line in report.splitlines() if line.startswith(name) and "VIOLATED" in line], report


def test_an_answer_before_the_commit_is_caught(world, capsys):
    """Negative control "answer before commit": acknowledged, but the store lost the row."""
    world.states[2] = None
    world.attempts = [attempt for attempt in world.attempts if attempt[0] != 2]
    caught(world, capsys, "I1")


def test_a_message_that_only_seems_sent_is_caught(world, capsys):
    world.sink.pop(0)
    caught(world, capsys, "I1")


def test_a_message_left_waiting_is_caught(world, capsys):
    world.states[2] = checker.WAITING
    caught(world, capsys, "I1")


def test_a_second_copy_without_a_recorded_doubt_is_caught(world, capsys):
    """Negative control "no claim": the same message sent by two workers."""
    world.sink.append(world.copy(0, 1))
    caught(world, capsys, "I2 no silent")


def test_two_ids_for_one_idempotency_key_are_caught(world, capsys):
    world.ledger.append({"event": "answered", "token": TOKENS[0], "status": 202, "id": IDS[0][:-4] + "ffff"})
    caught(world, capsys, "I2 no silent")


def test_an_accepted_attempt_recorded_as_not_sent_is_caught(world, capsys):
    world.attempts[1] = (1, 1, 9, 3)
    caught(world, capsys, "I2 recorded")


def test_a_gap_in_the_attempts_is_caught(world, capsys):
    world.attempts[2] = (1, 3, 9, 1)
    caught(world, capsys, "I4")


def test_a_refused_message_that_is_sent_is_caught(world, capsys):
    world.ledger = [entry for entry in world.ledger if entry["event"] == "asked" or entry["token"] != TOKENS[0]]
    world.ledger.append({"event": "answered", "token": TOKENS[0], "status": 422, "id": None})
    caught(world, capsys, "I7")


def test_mail_that_nobody_asked_for_is_caught(world, capsys):
    world.sink.append({**world.copy(0, 1), "token": "f" * 32})
    caught(world, capsys, "I7")
