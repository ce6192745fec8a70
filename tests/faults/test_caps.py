"""A limit is a limit, judged by the sink's own log: many clients at once, and killed at any instant."""
import http.client
import os
import random
import threading
import time
from collections import Counter

import pytest
from faultlab import fast_route, wait_drained
from harness import Api

PEOPLE, LIMIT = 100, 3
SEED = int(os.environ.get("CHAPAR_SEED", "1"))
KILLS = int(os.environ.get("CHAPAR_CAP_KILLS", "40"))
CAP = f'[[cap]]\nname = "three"\nmatch = {{ class = ["marketing"] }}\nlimit = {LIMIT}\nwindow = {{ rolling = "24h" }}\n' \
      'over = "drop"\n'
HOLD = {"class.marketing": {"on_doubt": "hold", "max_age": "10m", "max_attempts": 50,
                            "backoff": {"first": "50ms", "max": "300ms"}}}


@pytest.fixture
def capped(chapard):
    """capped(port, cap): a daemon that is not started yet, with this text behind its configuration."""
    def make(port, cap=CAP):
        daemon = chapard([fast_route(port)], start=False, config=HOLD)
        daemon.write_config(daemon.config_text() + cap)
        return daemon
    return make


def message(person, name):
    return {"to": {"recipient": f"person-{person}", "email": f"person-{person}@example.net"}, "class": "marketing",
            "content": {"email": {"subject": name, "text": name, "list_unsubscribe": "mailto:u@shop.example"}}, "idempotency_key": name}


def arrived(sink):
    """How many each person got; the sink's word."""
    return Counter(recipient for record in sink.accepted() for recipient in record["rcpts"])


def ask_with(clients, daemon, each):
    """Every client at once, each to all people in an order of its own, `each` messages to everyone."""
    gate, wrong = threading.Barrier(clients), []

    def client(number):
        order = [person for person in range(PEOPLE) for _ in range(each)]
        random.Random(SEED * 1000 + number).shuffle(order)
        gate.wait()
        api = Api(daemon.socket, keep=True)
        for start in range(0, len(order), 20):
            batch = [message(person, f"{number}-{start}-{i}") for i, person in enumerate(order[start:start + 20])]
            wrong.extend(line for line in api.send_many(batch).lines if not line.get("id"))
        api.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]


def test_64_clients_at_once_and_exactly_three_arrive(capped, sink_factory):
    """64 clients enqueue for the same 100 people against a limit of 3: exactly 300 arrive."""
    sink = sink_factory("--seed", str(SEED), dump=False, rules=["verb=dot when=random:0.1 delay=10",
                                                                "verb=rcpt when=random:0.05 reply=450 4.2.1 Busy"])
    daemon = capped(sink.port).start()
    ask_with(64, daemon, 1)
    wait_drained(daemon, 120)
    got = arrived(sink)
    assert len(got) == PEOPLE and set(got.values()) == {LIMIT}, got
    assert daemon.counts() == {"sent": PEOPLE * LIMIT, "suppressed": PEOPLE * (64 - LIMIT)}


def test_without_the_cap_more_arrive(capped, sink_factory):
    """The negative control of the test above: the same judge sees the difference."""
    sink = sink_factory(dump=False)
    daemon = capped(sink.port, "").start()
    ask_with(8, daemon, 1)
    wait_drained(daemon, 60)
    assert set(arrived(sink).values()) == {8}


def test_killed_at_any_instant_nobody_gets_more(capped, sink_factory, capsys):
    """kill -9 in between: nobody gets more than the limit, and who got less has attempts in doubt that count instead.

    on_doubt = hold: an attempt that may have left is not made again, and keeps its slot."""
    sink = sink_factory("--seed", str(SEED), dump=False, rules=["verb=dot when=random:0.3 delay=15"])
    daemon = capped(sink.port)
    instants = random.Random(SEED)
    for kill in range(KILLS):
        daemon.start(wait=instants.random() > 0.1)
        # Few enough that there is room left until the last kills.
        people = instants.sample(range(PEOPLE), max(1, PEOPLE * LIMIT * 2 // KILLS))
        try:
            Api(daemon.socket, timeout=5).send_many([message(person, f"kill-{kill}-{person}") for person in people])
        except (OSError, http.client.HTTPException, ValueError):
            pass  # it was not listening yet
        time.sleep(instants.uniform(0, 0.06))
        daemon.kill()
    daemon.start()
    ask_with(4, daemon, LIMIT)  # whoever has room left gets it filled
    wait_drained(daemon, 120)
    got = arrived(sink)
    held = daemon.counts().get("held", 0)
    with capsys.disabled():
        print(f"\nkills {KILLS}, seed {SEED}: {sum(got.values())} arrived, {held} held in doubt")
    assert max(got.values()) <= LIMIT, [(who, count) for who, count in got.items() if count > LIMIT]
    assert held > 0, "no kill hit a message on its way: the instants do not bite"
    # Nobody's slot is lost: what did not arrive is a message in doubt, which holds its slot until a person decides.
    in_doubt = Counter()
    cursor = ""
    while True:
        page = daemon.api.get(f"/v1/messages?state=held&limit=500{cursor}").json
        for entry in page["messages"]:
            in_doubt[entry["recipient"] + "@example.net"] += 1
        if not page.get("next"):
            break
        cursor = f"&cursor={page['next']}"
    for person in range(PEOPLE):
        who = f"person-{person}@example.net"
        assert got[who] + in_doubt[who] >= LIMIT, (who, got[who], in_doubt[who])
