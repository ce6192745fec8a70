"""Killed at any instant, nothing acknowledged is lost, and a second copy exists only where a doubt is written down."""
import json
import os
import random
import time

import checker
import pytest
from faultlab import CLASSES, FAST, copy_database, fast_route, wait_drained
from traffic import Traffic

KILLS = int(os.environ.get("CHAPAR_KILLS", "200"))
SEED = int(os.environ.get("CHAPAR_SEED", "1"))


def test_killed_at_seeded_instants_nothing_is_lost(chapard, sink_factory, ledger, judge, tmp_path, capsys):
    """F1: kill -9 while messages are taken in and sent; 200 instants, CHAPAR_KILLS and CHAPAR_SEED choose others.

    Half of the instants lie in the first milliseconds after the start (recovery), a few before it is ready at all."""
    sink = sink_factory("--seed", str(SEED), dump=False, rules=["verb=dot when=random:0.2 delay=15",
                                                                "verb=rcpt when=random:0.02 reply=450 4.2.1 Busy"])
    daemon = chapard([fast_route(sink.port)], start=False, config=FAST)
    traffic = Traffic(daemon.socket, ledger, SEED, classes=CLASSES, singles=2, streams=1, lines=10)
    instants = random.Random(SEED)
    recovery = []
    for kill in range(KILLS):
        begin = time.monotonic()
        unready = instants.random() < 0.05
        daemon.start(wait=not unready)
        if not unready:
            recovery.append(time.monotonic() - begin)
        traffic.start()
        time.sleep(instants.uniform(0, 0.06 if kill % 2 else 0.25))
        ledger.note("kill", number=kill)
        daemon.kill()
        traffic.pause_all()
    daemon.start()
    traffic.settle()
    traffic.close()
    wait_drained(daemon, 120)
    counts = judge(daemon, [sink])
    recovery.sort()
    with capsys.disabled():
        print(f"kills {KILLS}, seed {SEED}, messages {counts['acknowledged']}, ready again after "
              f"{recovery[len(recovery) // 2] * 1000:.0f} ms (median), {recovery[-1] * 1000:.0f} ms (worst)")
    assert counts["acknowledged"] >= KILLS, "too few messages for the kills to bite"
    assert counts["in_doubt"] > 0, "no kill hit a sending message: the instants do not bite"
    the_same_run_doctored_is_caught(ledger, sink, daemon, tmp_path)


def the_same_run_doctored_is_caught(ledger, sink, daemon, tmp_path):
    """Negative controls on the real evidence: one acknowledgement without a row, one mail taken away, one doubled."""
    database = copy_database(daemon, tmp_path / "control.db")
    asked = open(ledger.path).read()
    sent = sink.log_path.read_text().splitlines(keepends=True)
    first = next(i for i, line in enumerate(sent) if json.loads(line).get("code") == 250)

    def caught(ledger_text, sink_lines):
        (tmp_path / "control.ledger").write_text(ledger_text)
        (tmp_path / "control.sink").write_text("".join(sink_lines))
        return not checker.check(tmp_path / "control.ledger", [tmp_path / "control.sink"], database, "accepting")[0]

    ghost = {"event": "asked", "token": "a" * 32}, {"event": "answered", "token": "a" * 32, "status": 202,
                                                    "id": "01939fd1-0000-7000-8000-000000000000"}
    assert not caught(asked, sent), "the evidence itself must hold"
    assert caught(asked + "".join(json.dumps(line) + "\n" for line in ghost), sent)
    once = [json.loads(line) for line in sent]
    tokens = [record.get("token") for record in once if record["event"] == "message" and record["code"] == 250]
    single = next(i for i, record in enumerate(once) if record["event"] == "message" and record["code"] == 250
                  and tokens.count(record["token"]) == 1)
    assert caught(asked, sent[:single] + sent[single + 1:])
    certain = next(i for i in range(first, len(sent)) if once[i].get("code") == 250
                   and tokens.count(once[i]["token"]) == 1)
    assert caught(asked, sent + [sent[certain]] * 60)


@pytest.mark.parametrize("doubt", CLASSES)
def test_killed_between_the_dot_and_the_answer_the_class_decides(chapard, sink, ledger, judge, eventually, doubt):
    """F1, the worst instant: the provider has the mail, we never heard so. hold: one copy and a held message; retry: two."""
    sink.rule("verb=dot when=first:1 delay=60000")
    daemon = chapard([fast_route(sink.port)], config=FAST)
    traffic = Traffic(daemon.socket, ledger, SEED, classes=(doubt,), singles=0, streams=0)
    message = traffic.new_messages(1)[0]
    answer = daemon.api.send(message)
    traffic._heard(message, answer.status, answer.json)
    eventually(lambda: daemon.api.message(answer.json["id"])["state"] == "sending" and sink.rules()[0]["fired"] == 1)
    daemon.kill()
    sink.clear()
    daemon.start()
    if doubt == "transactional":
        eventually(lambda: daemon.api.message(answer.json["id"])["state"] == "held")
        time.sleep(0.5)
        assert sink.accepted() == []
    else:
        eventually(lambda: daemon.api.message(answer.json["id"])["state"] == "sent")
        assert len(sink.accepted()) == 1
    traffic.close()
    assert judge(daemon, [sink])["in_doubt"] == 1
