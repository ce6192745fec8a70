#!/usr/bin/python3
"""Judges a run from outside: the client's ledger (O1), the sink's log (O2) and a copy of the database (O6).

It shares no code with the daemon. It prints one line an invariant with its verdict, the counts and the first
counter-example, and ends with 1 if any is violated. Ledger and sink are joined by the 128-bit token in the body.

  checker.py --ledger FILE --sink LOG [--sink LOG ...] [--db COPY] [--drained]
"""
import argparse
import collections
import json
import pathlib
import sqlite3
import sys

WAITING, SENDING, SENT, DELIVERED, FAILED, EXPIRED, CANCELLED, HELD = range(8)
ACCEPTED_VERDICTS = (1, 2)
UNKNOWN_VERDICT = 5


def read_lines(path):
    with open(path, "rb") as file:
        return [json.loads(line) for line in file.read().split(b"\n")[:-1]]


def key_of(message_id):
    """The row key inside a UUIDv7: its 48-bit time and the 15 bits that follow version and variant."""
    number = int(message_id.replace("-", ""), 16)
    high, low = number >> 64, number & (1 << 64) - 1
    return (high >> 16) << 15 | (high & 0xFFF) << 3 | (low >> 59 & 7)


class Evidence:
    """What the oracles say, by token."""

    def __init__(self, ledger, sinks, database=None):
        self.asked, self.ids, self.refused = {}, collections.defaultdict(set), {}
        for entry in read_lines(ledger):
            if entry["event"] == "asked":
                self.asked[entry["token"]] = entry
            elif entry["event"] == "answered" and entry.get("id"):
                self.ids[entry["token"]].add(entry["id"])
            elif entry["event"] == "answered":
                self.refused[entry["token"]] = entry["status"]
        self.copies = collections.defaultdict(list)  # token -> records the sink accepted
        self.rejected = collections.defaultdict(list)
        self.strangers = []
        for path in sinks:
            for record in read_lines(path):
                if record["event"] != "message" or not record["complete"]:
                    continue
                token = record["token"]
                if token not in self.asked:
                    self.strangers.append(record)
                elif 200 <= record["code"] < 300:
                    self.copies[token].append(record)
                else:
                    self.rejected[token].append(record)
        self.states, self.attempts = {}, collections.defaultdict(list)
        self.has_database = database is not None
        if database:
            self.read_database(database)

    def read_database(self, path):
        link = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        problems = link.execute("PRAGMA integrity_check").fetchall()
        self.integrity = [row[0] for row in problems if row[0] != "ok"]
        self.states = dict(link.execute("SELECT key, state FROM progress"))
        self.messages = {row[0] for row in link.execute("SELECT key FROM message")}
        query = "SELECT key, number, finished_at, verdict FROM attempt ORDER BY key, number"
        for key, number, finished, verdict in link.execute(query):
            self.attempts[key].append((number, finished is not None, verdict))
        link.close()

    def state(self, token):
        return next((self.states.get(key_of(each)) for each in self.ids[token]), None)

    def attempts_of(self, token):
        return [attempt for each in self.ids[token] for attempt in self.attempts.get(key_of(each), [])]

    def in_doubt(self, token):
        """Attempts written down as in doubt: begun and never ended, or ended as UNKNOWN."""
        return [number for number, finished, verdict in self.attempts_of(token)
                if not finished or verdict == UNKNOWN_VERDICT]


class Verdicts:
    def __init__(self):
        self.failed = False

    def say(self, name, bad, counts):
        self.failed = self.failed or bool(bad)
        first = f"; first: {bad[0]}" if bad else ""
        print(f"{name}: {'VIOLATED' if bad else 'holds'} ({counts}{', bad ' + str(len(bad)) if bad else ''}){first}")


def no_loss(evidence, drained):
    """I1: what was acknowledged is at the provider, still queued, or ended for a reason the provider gave."""
    bad = []
    for token, ids in evidence.ids.items():
        if evidence.copies.get(token):
            continue
        state = evidence.state(token)
        if not evidence.has_database:
            bad.append(f"{token} {sorted(ids)}: acknowledged, never accepted by the provider")
        elif state is None:
            bad.append(f"{token} {sorted(ids)}: acknowledged, unknown to the store")
        elif state in (SENT, DELIVERED):
            bad.append(f"{token} {sorted(ids)}: said to be sent, the provider has no copy")
        elif drained and state in (WAITING, SENDING):
            bad.append(f"{token} {sorted(ids)}: still state {state} after the drain")
        elif state == FAILED and not evidence.rejected.get(token) and drained == "accepting":
            bad.append(f"{token} {sorted(ids)}: failed, though the provider refused nothing")
    return bad


def no_silent_duplicate(evidence):
    """I2: copies <= 1 + attempts in doubt, and one id for one key."""
    bad, extra, doubts = [], 0, 0
    for token, ids in evidence.ids.items():
        copies = len(evidence.copies.get(token, ()))
        doubt = len(evidence.in_doubt(token)) if evidence.has_database else 0
        doubts += doubt
        extra += max(0, copies - 1)
        if copies > 1 + doubt:
            bad.append(f"{token} {sorted(ids)}: {copies} copies, {doubt} attempts in doubt")
        if len(ids) > 1 and evidence.asked[token].get("key"):
            bad.append(f"{token}: one idempotency key, {len(ids)} ids {sorted(ids)}")
    return bad, extra, doubts


def said_is_true(evidence):
    """What the store says of an attempt fits what the provider did: no copy from an attempt called certainly unsent."""
    bad = []
    for token, copies in evidence.copies.items():
        certain = {number for number, finished, verdict in evidence.attempts_of(token)
                   if finished and verdict not in (*ACCEPTED_VERDICTS, UNKNOWN_VERDICT)}
        for record in copies:
            number = attempt_number(record["message_id"])
            if number in certain:
                bad.append(f"{token}: attempt {number} is recorded as not sent, the provider accepted it")
    return bad


def attempt_number(message_id):
    """Message-ID is made from the attempt: <UUID.N@domain>."""
    local = message_id.strip("<>").split("@")[0]
    tail = local.rpartition(".")[2]
    return int(tail) if tail.isdigit() else None


def in_order(evidence):
    """I4: attempts are numbered without a gap, only the last may be open, and one success ends a message."""
    bad = []
    for key, attempts in evidence.attempts.items():
        numbers = [number for number, _, _ in attempts]
        if numbers != list(range(1, len(numbers) + 1)):
            bad.append(f"key {key}: attempts {numbers}")
        if any(not finished for _, finished, _ in attempts[:-1]):
            bad.append(f"key {key}: an attempt began before the last one ended")
        won = [number for number, _, verdict in attempts if verdict in ACCEPTED_VERDICTS]
        if won and (len(won) > 1 or won[0] != numbers[-1]):
            bad.append(f"key {key}: accepted in attempts {won} of {numbers}")
    return bad


def honest(evidence):
    """I7: what was refused with 4xx is never sent, and nothing is sent that nobody asked for."""
    bad = [f"{token}: refused with {status}, yet sent" for token, status in evidence.refused.items()
           if 400 <= status < 500 and evidence.copies.get(token) and not evidence.ids.get(token)]
    bad += [f"seq {record['seq']}: no token of ours in {record['message_id']}" for record in evidence.strangers]
    return bad


def check(ledger, sinks, database=None, drained=None):
    """Prints the invariants; answers (all hold, counts)."""
    evidence = Evidence(ledger, sinks, database)
    verdicts = Verdicts()
    copies = sum(map(len, evidence.copies.values()))
    states = collections.Counter(evidence.states.values())
    loss = no_loss(evidence, drained)
    verdicts.say("I1 no loss", loss, f"asked {len(evidence.asked)}, acknowledged {len(evidence.ids)}, at the provider "
                 f"{copies}, held {states[HELD]}, failed {states[FAILED]}")
    silent, extra, doubts = no_silent_duplicate(evidence)
    verdicts.say("I2 no silent duplicate", silent, f"duplicates {extra}, attempts in doubt {doubts}")
    verdicts.say("I2 recorded is true", said_is_true(evidence), f"attempts {sum(map(len, evidence.attempts.values()))}")
    verdicts.say("I4 order", in_order(evidence), f"messages {len(evidence.states)}")
    verdicts.say("I7 honest answer", honest(evidence), f"refused {len(evidence.refused)}")
    if evidence.has_database:
        verdicts.say("store integrity", evidence.integrity, f"rows {len(evidence.messages)}")
    return not verdicts.failed, {"asked": len(evidence.asked), "acknowledged": len(evidence.ids), "copies": copies,
                                 "duplicates": extra, "in_doubt": doubts, "lost": len(loss), "held": states[HELD],
                                 "failed": states[FAILED]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ledger", required=True, type=pathlib.Path)
    parser.add_argument("--sink", required=True, action="append", type=pathlib.Path)
    parser.add_argument("--db", type=pathlib.Path)
    parser.add_argument("--drained", nargs="?", const="yes", choices=("yes", "accepting"),
                        help="nothing may wait any more; accepting: the provider refused nothing for good")
    options = parser.parse_args()
    good, _ = check(options.ledger, options.sink, options.db, options.drained)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
