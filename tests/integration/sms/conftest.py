"""An SMSC (npm smpp) and a chapard with a route to it."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import peers as npm  # noqa: E402
from harness.build import program  # noqa: E402
from harness.smsc import Smsc, sms_route  # noqa: E402


@pytest.fixture(scope="session")
def peers():
    return npm.peers()


@pytest.fixture
def password(tmp_path):
    path = tmp_path / "smpp-password"
    path.write_text("geheim\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def smsc_factory(tmp_path, peers):
    """smsc_factory(status=0x58, ...) -> a started Smsc with that behaviour."""
    started = []

    def make(**behave):
        smsc = Smsc(tmp_path, peers, name=f"smsc{len(started)}", **behave).start()
        started.append(smsc)
        return smsc

    yield make
    for smsc in started:
        smsc.stop()


@pytest.fixture
def sms(chapard, smsc_factory, password):
    """sms(settings={...}, behave={...}) -> (Smsc, Daemon)"""
    def make(behave=None, settings=None, route=None, **more):
        smsc = smsc_factory(**(behave or {}))
        return smsc, chapard([sms_route(smsc.port, password, settings=settings or {}, **(route or {}))], **more)
    return make


@pytest.fixture
def say():
    """say(daemon, "text", to=..., **message) -> id of the accepted message"""
    def send(daemon, text, to="+989121234567", **more):
        content = {"text": text, **more.pop("content", {})}
        whom = {"phone": to, **({"recipient": more.pop("recipient")} if "recipient" in more else {})}
        answer = daemon.api.send({"to": whom, "channels": ["sms"], "class": "transactional",
                                  "content": {"sms": content}, **more})
        assert answer.status == 202, answer
        return answer.json["id"]
    return send


@pytest.fixture
def chapar():
    """chapar(daemon, "explain", id) -> what the command prints; it must end well."""
    def run(daemon, *words):
        environment = {**os.environ, "CHAPAR_SOCKET": str(daemon.socket)}
        ended = subprocess.run([program("chapar"), *words], capture_output=True, text=True, timeout=30, env=environment)
        assert ended.returncode == 0, ended
        return ended.stdout
    return run
