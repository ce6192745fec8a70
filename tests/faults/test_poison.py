"""F46: a message on which its plugin aborts ends the daemon at most three times; every other message is delivered."""
import time

import pytest
from faultlab import wait_drained
from harness.build import build_dir

CONFIG = {"class.retrying": {"on_doubt": "retry", "max_attempts": 20, "backoff": {"first": "20ms", "max": "100ms"}}}
OTHERS = 60


@pytest.mark.parametrize("position", ["first", "middle", "last"])
def test_a_message_that_ends_the_daemon_is_held_after_three_deaths(chapard, tmp_path, eventually, position):
    handed = tmp_path / "handed"
    test_plugins = str(build_dir() / "lib" / "chapar" / "test-plugins")
    daemon = chapard([{"name": "bad", "channel": "email", "plugin": "mischief", "max_in_flight": 100,
                       "settings": {"mode": "aborts_on_poison"}}], config={**CONFIG, "daemon": {"plugin_dirs": [test_plugins]}}, start=False,
                     environment={"CHAPAR_MISCHIEF_LOG": str(handed)})
    deaths = 0

    def run_until(check):
        """The daemon is started again whenever it dies, as systemd does."""
        nonlocal deaths
        end = time.monotonic() + 60
        while not check():
            assert time.monotonic() < end
            if daemon.process is None or daemon.process.poll() is not None:
                if daemon.process is not None:
                    deaths += 1
                daemon.process = None
                daemon.start(wait=False)
            time.sleep(0.05)

    def answers():
        try:
            return daemon.api.get("/v1/ready").status == 200
        except OSError:
            return False

    run_until(answers)
    place = {"first": 0, "middle": OTHERS // 2, "last": OTHERS}[position]
    lines = []
    for number in range(OTHERS + 1):
        name = "poison" if number == place else f"person{number}"
        lines.append({"to": {"email": f"{name}@example.com"}, "channels": ["email"], "class": "retrying",
                      "idempotency_key": name, "content": {"email": {"subject": "Hi", "text": "Hello"}}})
    ids = {}
    for line in lines:
        def send():
            try:
                answer = daemon.api.send(line)
            except OSError:
                return False
            if answer.status in (200, 202):
                ids[line["idempotency_key"]] = answer.json["id"]
                return True
            return False
        run_until(send)

    def is_over():
        try:
            states = {name: daemon.api.message(each)["state"] for name, each in ids.items()}
        except (OSError, KeyError, AssertionError):
            return False
        return states["poison"] == "held" and all(state in ("sent", "delivered")
                                                  for name, state in states.items() if name != "poison")

    run_until(is_over)
    assert deaths == 3
    told = handed.read_text().splitlines()
    assert {line for line in told if line != "poison@example.com"} == {f"person{n}@example.com" for n in range(OTHERS + 1)
                                                                        if n != place}
    assert told.count("poison@example.com") == 3
    reasons = [entry["reason"] for entry in daemon.api.message(ids["poison"])["trace"]]
    assert reasons[-1] == "poison" and reasons.count("suspected") == 2
    assert "message.poison" in daemon.log()
    wait_drained(daemon)
