"""Large messages and a provider that stops reading, under a limit that the kernel keeps: an OTP still passes (F23, I10)."""
import concurrent.futures
import functools
import re
import subprocess
import threading
import time

import pytest
from faultlab import FAST, fast_route
from harness import Api
from harness.build import root
from memorylimit import memory_limit

MIB = 1 << 20
LARGE = 1_000_000
MAILS = 500


def unit_limit():
    """MemoryMax of the shipped unit."""
    number, unit = re.search(r"^MemoryMax=(\d+)([MG])$", (root / "systemd/chapard.service").read_text(), re.M).groups()
    return int(number) * (MIB if unit == "M" else MIB << 10)


@pytest.fixture
def limit():
    """A third of what the unit allows: the rest is for more routes, and for what else a daemon has."""
    group = memory_limit(unit_limit() // 3)
    if group is None:
        pytest.skip("no memory limit can be set here: it takes root and a cgroup with the memory controller")
    with group:
        yield group


@pytest.fixture
def limited(limit, chapard):
    """limited(port, queue memory): a daemon in the group, whose provider may take two minutes."""
    def make(port, memory=None):
        popen = functools.partial(subprocess.Popen, preexec_fn=limit.enter)
        more = {"memory": memory} if memory else {}
        route = fast_route(port, deadline="5m", settings={"timeout": "4m", "connections": 200}, **more)
        return chapard([route], popen=popen, config={**FAST, "daemon": {"stop_timeout": "1s"},
                                                     **({"queue": {"memory": memory}} if memory else {})})
    return make


def mail(number):
    return {"to": {"email": f"p{number}@d{number % 50}.example.net"}, "class": "transactional",
            "content": {"email": {"subject": "Large", "text": "x" * LARGE}}}


def send_all(daemon, count=MAILS):
    """Several clients; answers how many were taken. A daemon that dies meanwhile takes no more."""
    own = threading.local()

    def send(number):
        if not hasattr(own, "api"):
            own.api = Api(daemon.socket, keep=True, timeout=60)
        try:
            return own.api.send(mail(number)).status == 202
        except OSError:
            return False
        except Exception as broken:  # http.client has no common base for a link that breaks
            assert type(broken).__module__ == "http.client", broken
            return False

    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        return sum(clients.map(send, range(count)))


def deaf(sink):
    """Reads the first bytes of a large mail, and then nothing more; small ones it takes."""
    sink.rule("verb=body at=60000 hang")


def test_a_provider_that_stops_reading_large_mails_fills_no_memory_and_stops_no_otp(limited, limit, sink):
    deaf(sink)
    daemon = limited(sink.port)
    assert send_all(daemon) == MAILS
    end = time.monotonic() + 30
    while sink.rules()[0]["fired"] < 10:  # the provider sits on so many already
        assert time.monotonic() < end, "the fault did not bite"
        time.sleep(0.05)
    otp = daemon.api.send({"to": {"email": "anna@example.net"}, "class": "otp",
                           "content": {"email": {"subject": "Code", "text": "123456"}}})
    assert otp.status == 202
    end = time.monotonic() + 15
    while daemon.api.message(otp.json["id"])["state"] != "sent":
        assert time.monotonic() < end, "the OTP waits behind the large ones"
        time.sleep(0.05)
    assert daemon.process.poll() is None
    assert not limit.kills()
    assert daemon.api.get("/v1/queue").json["in_flight"] < MAILS // 4
    daemon.kill()


def test_without_the_budget_the_same_load_is_killed(limited, limit, sink):
    """The negative control: were the limit no limit, or the load no load, the test above could not fail."""
    deaf(sink)
    daemon = limited(sink.port, "256GiB")
    send_all(daemon)
    assert daemon.process.wait(timeout=60) == -9, "it lived"
    assert limit.kills() != 0
    daemon.kill()
