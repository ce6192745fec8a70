"""A stop has a limit that no plugin can lift: the process ends, names who is stuck, and has lost nothing."""
import re
import signal
import subprocess
import time

import pytest
from faultlab import FAST, fast_route
from harness.build import build_dir, plugin_dir
from providers.base import call

LIMIT = 2
PATIENCE = LIMIT + 18  # the man page promises LIMIT + 15; a busy machine starts slowly
TEST_PLUGINS = str(build_dir() / "lib/chapar/test-plugins")


def stuck_route(mode, plugin="mischief", name="stuck", **more):
    return {"name": name, "channel": "email", "plugin": plugin, "classes": ["retrying"], **more, "settings": {"mode": mode}}


@pytest.fixture
def house(chapard, sink):
    """house(mode, plugin) -> a daemon whose class retrying goes by a plugin of that mode."""
    def make(*routes, start=True):
        return chapard([fast_route(sink.port, classes=["transactional"]), *routes], start=start, config={
            **FAST, "daemon": {"stop_timeout": f"{LIMIT}s", "plugin_dirs": [plugin_dir(), TEST_PLUGINS]},
            "inbound": {"listen": "127.0.0.1:0"}})
    return make


def send(daemon, name, count=1):
    ids = []
    for _ in range(count):
        answer = daemon.api.send({"to": {"email": "anna@example.net"}, "class": name,
                                  "content": {"email": {"subject": "Stop", "text": "token\n"}}})
        assert answer.status == 202, answer
        ids.append(answer.json["id"])
    return ids


def terminate(daemon, patience=PATIENCE):
    """SIGTERM; (exit status, seconds). A process that stays is killed and the test fails."""
    process, daemon.process = daemon.process, None
    begin = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(patience), time.monotonic() - begin
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"still there {patience} s after SIGTERM:\n{daemon.log()[-3000:]}") from None


@pytest.mark.parametrize("plugin", ["mischief", "mischief-blocking"])
@pytest.mark.parametrize("call_name", ["send", "drain", "destroy", "inbound"])
def test_a_plugin_that_never_returns_can_not_hold_up_the_stop(house, eventually, call_name, plugin):
    """F38: stuck in one of its calls, on a shared thread or on its own; the other route's work is unharmed."""
    daemon = house(stuck_route(f"hangs_in_{call_name}", plugin))
    well = send(daemon, "transactional", 5)
    stuck = send(daemon, "retrying")[0]
    ends = ("sending",) if call_name == "send" else ("sent",)
    eventually(lambda: daemon.api.message(stuck)["state"] in ends)
    if call_name == "inbound":
        # After its message: calls into an instance come one at a time.
        port = int(re.search(r"webhooks are taken on http://127\.0\.0\.1:(\d+)/in/", daemon.log())[1])
        with pytest.raises(OSError):
            call(port, "POST", "/in/stuck/x", timeout=1)
    for each in well:
        eventually(lambda each=each: daemon.api.message(each)["state"] == "sent")
    last = send(daemon, "transactional", 3)  # acknowledged, maybe not sent yet
    status, _ = terminate(daemon)
    log = daemon.log()
    assert status == 1, log[-2000:]
    named = [line for line in log.splitlines() if "plugin.stuck" in line]
    assert len(named) == 1 and "route stuck: plugin " + plugin in named[0] and f"from {call_name} " in named[0], log[-2000:]
    assert "stop.forced" in log
    wal = daemon.database.with_name("chapar.db-wal")
    assert not wal.exists() or wal.stat().st_size == 0, "the store was not closed properly"

    daemon.routes[1]["settings"]["mode"] = "good"
    daemon.write_config()
    daemon.start()
    for each in [*well, *last, stuck]:
        message = eventually(lambda each=each: daemon.api.message(each)["state"] == "sent" and daemon.api.message(each))
        # One that the stop met on its way to the plugin has an attempt that says so: it never left.
        verdicts = [attempt["verdict"] for attempt in message["attempts"]
                    if (attempt["verdict"], attempt["detail"]) != ("retry", "the daemon is stopping")]
        doubted = each == stuck and call_name == "send"
        assert verdicts == (["unknown", "accepted"] if doubted else ["accepted"]), (each, message)


def test_instances_are_drained_at_the_same_time(house):
    """Each of eight takes its whole limit; one after the other they would take 40 s."""
    daemon = house(*[stuck_route("holds_a_timer", name=f"slow{i}") for i in range(8)])
    status, took = terminate(daemon, 60)
    assert status == 0, daemon.log()[-2000:]
    assert took < 20
    assert daemon.log().count("ended although it still held 1 timers") == 8


@pytest.mark.parametrize("plugin", ["mischief", "mischief-blocking"])
def test_a_plugin_that_never_starts_can_not_hold_up_the_stop(house, plugin, eventually):
    """The main thread itself is stuck: the signal is heard all the same."""
    daemon = house(stuck_route("hangs_in_start", plugin), start=False).start(wait=False)
    eventually(lambda: "plugin.loaded" in daemon.log() and "mischief-blocking" in daemon.log())
    time.sleep(0.5)
    status, _ = terminate(daemon)
    assert status == 1
    assert "stop.forced" in daemon.log() and "stuck at: the start" in daemon.log()


def test_a_reload_that_never_ends_can_not_hold_up_the_stop(house, eventually):
    daemon = house()
    kept = send(daemon, "transactional")[0]
    eventually(lambda: daemon.api.message(kept)["state"] == "sent")
    daemon.routes.append(stuck_route("hangs_in_start"))
    daemon.write_config()
    daemon.signal(signal.SIGHUP)
    time.sleep(0.5)
    taken = send(daemon, "transactional", 3)  # a reload that hangs holds nobody up
    status, _ = terminate(daemon)
    assert status == 1 and "stuck at: a reload" in daemon.log(), daemon.log()[-2000:]
    del daemon.routes[1:]
    daemon.write_config()
    daemon.start()
    for each in taken:
        eventually(lambda each=each: daemon.api.message(each)["state"] == "sent")


def test_an_instance_that_a_reload_took_out_of_use_is_ended_by_the_stop(house, eventually):
    """Its own drain would go on for a minute; the stop shortens it, and nothing of it outlives the daemon's parts."""
    daemon = house(stuck_route("holds_a_timer", "mischief-blocking"))
    for mode in ("good", "holds_a_timer"):
        daemon.routes[1]["settings"]["mode"] = mode
        before = daemon.log().count("reload.done")
        daemon.write_config()
        daemon.signal(signal.SIGHUP)
        eventually(lambda before=before: daemon.log().count("reload.done") > before)
    status, took = terminate(daemon, 60)
    assert status == 0, daemon.log()[-2000:]
    assert daemon.log().count("ended although it still held 1 timers") == 2
    assert took < 20
