"""An orderly stop leaves nothing in doubt; a bad configuration changes nothing."""
import signal
import time

from faultlab import CLASSES, FAST, fast_route, wait_drained
from traffic import Traffic


def test_sigterm_under_full_load_leaves_nothing_in_doubt(chapard, sink_factory, ledger, judge, eventually):
    """F49: five stops while clients hand in and the provider is slow; the provider answers, so no doubt may remain."""
    sink = sink_factory(dump=False, rules=["verb=dot when=random:0.3 delay=100"])
    # A machine that is busy elsewhere must not look like a provider that gives no answer.
    daemon = chapard([fast_route(sink.port, deadline="60s", settings={"timeout": "30s"})], config=FAST)
    traffic = Traffic(daemon.socket, ledger, 3, classes=CLASSES, singles=2, streams=2, lines=50)
    for round_number in range(5):
        traffic.start()
        before = len(sink.accepted())
        eventually(lambda: len(sink.accepted()) > before + 20)
        took = daemon.stop()
        assert took < 15
        traffic.pause_all()
        daemon.start()
    traffic.settle()
    traffic.close()
    wait_drained(daemon, 90)
    counts = judge(daemon, [sink])
    assert counts["in_doubt"] == 0 and counts["duplicates"] == 0
    assert counts["acknowledged"] > 100


def test_typos_at_reload_change_nothing(chapard, sink, ledger, judge, eventually):
    """F41: unknown key, wrong type, half a file, nonsense: the old configuration stays, the log names file:line."""
    daemon = chapard([fast_route(sink.port)], config=FAST)
    good = daemon.config_path.read_text()
    traffic = Traffic(daemon.socket, ledger, 4, classes=CLASSES, singles=1, streams=1)
    traffic.start()
    broken = {"an unknown key": good + "\n[queue]\nwindw = 5\n",
              "a wrong type": good.replace("port = ", "port = \"x\" # "),
              "half a file": good[:good.index('path = "') + 12],
              "no TOML": "]]]] = = =\n",
              "an impossible value": good + "\n[queue]\nwindow = -3\n",
              "nothing": ""}
    for what, text in broken.items():
        before = len(daemon.log())
        daemon.write_config(text)
        daemon.signal(signal.SIGHUP)
        log = eventually(lambda: ("chapar.toml" in daemon.log()[before:] or "reload" in daemon.log()[before:])
                         and daemon.log()[before:])
        assert "chapar.toml:" in log or what in ("a wrong type", "nothing"), f"{what}: {log}"
        assert daemon.api.get("/v1/ready").status == 200, what
    daemon.write_config(good)
    daemon.signal(signal.SIGHUP)
    traffic.settle()
    traffic.close()
    wait_drained(daemon)
    assert judge(daemon, [sink])["duplicates"] == 0


def test_a_storm_of_reloads_under_load_harms_no_message(chapard, sink, ledger, judge):
    """F41: a hundred reloads a second, every other one broken."""
    daemon = chapard([fast_route(sink.port)], config=FAST)
    good = daemon.config_path.read_text()
    traffic = Traffic(daemon.socket, ledger, 5, classes=CLASSES, singles=1, streams=1)
    traffic.start()
    for i in range(200):
        temporary = daemon.config_path.with_suffix(".new")
        temporary.write_text(good if i % 2 else good[:i * 3] + "\n[[")
        temporary.rename(daemon.config_path)
        daemon.signal(signal.SIGHUP)
        time.sleep(0.01)
    daemon.write_config(good)
    daemon.signal(signal.SIGHUP)
    traffic.settle()
    traffic.close()
    wait_drained(daemon)
    counts = judge(daemon, [sink])
    assert counts["duplicates"] == 0 and counts["acknowledged"] > 50
