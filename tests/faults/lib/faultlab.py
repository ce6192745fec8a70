"""What the fault tests share: shortened waiting, routes, and looks at the store from outside."""
import sqlite3
import time

from harness.daemon import email_route

# Everything that waits is shortened, so that minutes of retrying pass in seconds.
FAST = {f"class.{name}": {"on_doubt": doubt, "max_age": "10m", "max_attempts": 50,
                          "backoff": {"first": "50ms", "max": "300ms"}}
        for name, doubt in (("transactional", "hold"), ("retrying", "retry"))}
CLASSES = ("transactional", "retrying")


def fast_route(port, **more):
    settings = {"connect_timeout": "2s", "timeout": "2s", **more.pop("settings", {})}
    return email_route(port, deadline=more.pop("deadline", "5s"), settings=settings, **more)


def copy_database(daemon, to):
    """A consistent copy of the database, made through SQLite's own backup from a read-only connection (oracle O6)."""
    source = sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True)
    target = sqlite3.connect(to)
    source.backup(target)
    target.close()
    source.close()
    return to


def wait_drained(daemon, timeout=60):
    """Nothing waits and nothing is in flight."""
    end = time.monotonic() + timeout
    while True:
        queue = daemon.api.get("/v1/queue").json
        waiting = sum(pool["waiting"] for pool in queue["pools"])
        if waiting == 0 and queue["in_flight"] == 0:
            return
        assert time.monotonic() < end, f"not drained in {timeout} s: {queue}"
        time.sleep(0.05)
