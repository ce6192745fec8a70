"""Fixtures of the end-to-end tests. Everything a test starts is ended with it; chapard must end cleanly."""
import pathlib
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))

from harness import Api, Daemon, Ledger, Proxy, Sink  # noqa: E402,F401
from harness.daemon import email_route  # noqa: E402


@pytest.fixture
def sink_factory(tmp_path):
    """sink_factory("--account", "u:p", rules=[...]) -> a started Sink."""
    started = []

    def make(*options, **more):
        sink = Sink(tmp_path, *options, name=f"sink{len(started)}", **more).start()
        started.append(sink)
        return sink

    yield make
    for sink in started:
        sink.stop()


@pytest.fixture
def sink(sink_factory):
    return sink_factory()


@pytest.fixture
def proxy_factory(tmp_path):
    started = []

    def make(target_port, *faults):
        proxy = Proxy(tmp_path, target_port, *faults, name=f"proxy{len(started)}").start()
        started.append(proxy)
        return proxy

    yield make
    for proxy in started:
        proxy.stop()


@pytest.fixture
def chapard(tmp_path, request):
    """chapard(routes, config=..., start=True) -> a started Daemon on its own scratch directory."""
    made = []

    def make(routes, start=True, **more):
        daemon = Daemon(tmp_path / f"chapard{len(made)}", routes, **more)
        made.append(daemon)
        return daemon.start() if start else daemon

    yield make
    failed = getattr(request.node, "call_failed", False)
    for daemon in made:
        daemon.kill() if failed else daemon.stop()


@pytest.fixture
def daemon(chapard, sink):
    """A chapard whose only route is the plain sink."""
    return chapard([email_route(sink.port)])


@pytest.fixture
def api(daemon):
    return daemon.api


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    yield ledger
    ledger.close()


@pytest.fixture
def eventually():
    """eventually(check, timeout) waits until check() is true and answers what it gave."""
    def wait(check, timeout=20, every=0.02):
        end = time.monotonic() + timeout
        while True:
            value = check()
            if value:
                return value
            assert time.monotonic() < end, f"not true within {timeout} s: {check}"
            time.sleep(every)
    return wait


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call":
        item.call_failed = report.failed
        if report.failed:
            for path in sorted(pathlib.Path(str(item.funcargs.get("tmp_path", "/nowhere"))).glob("*/chapard.log")):
                report.sections.append((str(path), path.read_text(errors="replace")[-6000:]))
