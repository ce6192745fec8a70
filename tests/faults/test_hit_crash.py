"""kill -9 and cut power while people click: at most the last second of hits is lost, none is counted twice, the store opens."""
import contextlib
import os
import pathlib
import random
import tempfile
import threading
import time

import loopdisk
import pytest
from faultlab import FAST, fast_route
from harness import Daemon, Sink
from harness.clicks import Browser, click, web_config, web_port

KILLS = int(os.environ.get("CHAPAR_HIT_KILLS", "4"))
CUTS = int(os.environ.get("CHAPAR_HIT_CUTS", "3"))
SEED = int(os.environ.get("CHAPAR_SEED", "1"))
NOT_HERE = loopdisk.unavailable()
A_SECOND = 1.0
LINKS = 60  # of a message: fewer than are kept


class Clicks:
    """Clicks each link of each message once, and remembers when it was answered."""

    def __init__(self, messages):
        self.targets = [(message, link) for message in messages for link in range(LINKS)]
        self.answered = {}

    def until_it_ends(self, port):
        with contextlib.suppress(OSError, Exception):
            browser = Browser(port)
            while self.targets:
                message, link = self.targets[-1]
                assert browser.get(click(message, link)).status == 302
                self.answered[self.targets.pop()] = time.monotonic()


def sent(daemon, eventually, count):
    ids = []
    for number in range(count):
        answer = daemon.api.send({"to": {"recipient": f"p{number}", "email": f"p{number}@customer.example"}, "class": "transactional",
                                  "content": {"email": {"subject": "Hello", "text": "Hello"}}})
        assert answer.status == 202, answer
        ids.append(answer.json["id"])
    eventually(lambda: all(daemon.api.message(each)["state"] == "sent" for each in ids), 60)
    return ids


def kept(daemon, messages):
    """Every (message, link) that the store knows, as often as it knows it."""
    out = []
    for message in messages:
        seen = daemon.api.message(message).get("engagement")
        if not seen:
            continue
        assert seen["clicked"]["raw"] == len(seen["hits"])
        out += [(message, hit["link"]) for hit in seen["hits"]]
    return out


def judge(clicks, ended, found, told):
    assert len(found) == len(set(found)), "a hit is counted twice"
    safe = {each for each, at in clicks.answered.items() if at < ended - A_SECOND}
    assert safe <= set(found), f"{len(safe - set(found))} of {len(safe)} hits older than a second are lost"
    assert sorted(told) == sorted(found), "the feed and the messages tell different things"


def in_the_feed(daemon):
    after, out = "0", []
    while True:
        page = daemon.api.get(f"/v1/events?limit=1000&kind=clicked&after={after}").json
        out += [(each["message"], each["link"]) for each in page["events"]]
        if page["next"] == after:
            return out
        after = page["next"]


def test_a_kill_loses_at_most_a_second_of_hits_and_counts_none_twice(chapard, sink, tmp_path, eventually):
    daemon = chapard([fast_route(sink.port)], start=False, config={**FAST, "web": web_config(tmp_path)})
    daemon.start()
    messages = sent(daemon, eventually, 200)
    clicks, dice, most = Clicks(messages), random.Random(SEED), 0
    for _ in range(KILLS):
        thread = threading.Thread(target=clicks.until_it_ends, args=(web_port(daemon),))
        thread.start()
        time.sleep(dice.uniform(1.2, 2.0))
        ended = time.monotonic()
        daemon.kill()
        thread.join()
        daemon.start()
        found = kept(daemon, messages)
        judge(clicks, ended, found, in_the_feed(daemon))
        clicks.answered = {each: 0.0 for each in found}  # what the kill took is gone, and was told to be
        most = max(most, len(found))
    assert most > 100, "the kills must have had something to lose"


@pytest.mark.skipif(NOT_HERE is not None, reason=str(NOT_HERE))
def test_a_power_cut_loses_at_most_a_second_of_hits(tmp_path, eventually):
    dice = random.Random(SEED)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chapar-hits-", dir="/var/tmp")))
        disk = stack.enter_context(loopdisk.LoopDisk(folder, megabytes=256))
        sink = stack.enter_context(Sink(folder, dump=False))
        config = {**FAST, "web": web_config(folder)}
        daemon = Daemon(folder / "chapard", [fast_route(sink.port)], config=config, state_dir=disk.mount_point / "state")
        stack.callback(daemon.kill)
        daemon.start()
        messages = sent(daemon, eventually, 100)
        clicks = Clicks(messages)
        thread = threading.Thread(target=clicks.until_it_ends, args=(web_port(daemon),))
        thread.start()
        for number in range(CUTS):
            time.sleep(dice.uniform(1.2, 1.8))
            image = folder / f"cut{number}.img"
            with loopdisk.frozen(daemon.process.pid):
                cut = time.monotonic()
                answered = Clicks([])
                answered.answered = dict(clicks.answered)
                disk.copy(image)
            with loopdisk.mounted(image, folder / f"disk{number}") as copy:
                after = Daemon(folder / f"after{number}", [fast_route(sink.port)], config=config, state_dir=copy / "state")
                try:
                    after.start()
                    found = kept(after, messages)
                    judge(answered, cut, found, in_the_feed(after))
                    after.stop()
                finally:
                    after.kill()
            image.unlink()
        assert len(clicks.answered) > 50, "the cuts must have had something to lose"
        clicks.targets.clear()
        daemon.kill()
        thread.join()
