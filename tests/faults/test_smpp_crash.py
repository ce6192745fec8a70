"""kill -9 with a full window of submits at the SMSC: nothing acknowledged is lost, a second copy only where the class allows."""
import os
import random
import time

import peers as npm
import pytest
from faultlab import CLASSES, FAST, wait_drained
from harness.smsc import Smsc, sms_route
from traffic import Traffic

KILLS = int(os.environ.get("CHAPAR_SMPP_KILLS", "50"))
SEED = int(os.environ.get("CHAPAR_SEED", "1"))


class SmsTraffic(Traffic):
    """The same clients with a phone number and a text."""

    def new_messages(self, count):
        out = super().new_messages(count)
        for message in out:
            if "email" not in message["content"]:
                continue  # asked again
            text = message["content"]["email"]["text"].strip()
            message["to"], message["channels"] = {"phone": "+989121234567"}, ["sms"]
            message["content"] = {"sms": {"text": text}}
        return out

    @staticmethod
    def _entry(message):
        return {"token": message["idempotency_key"], "to": "+989121234567", "key": message["idempotency_key"],
                "class": message["class"]}


@pytest.fixture
def smsc(tmp_path):
    with Smsc(tmp_path, npm.peers(), delay=20, receipt={"tlv": True}) as smsc:
        yield smsc


def test_killed_with_a_full_window_nothing_is_lost(chapard, smsc, ledger, judge, tmp_path, capsys):
    """F31 with F1: every kill hits submits whose answer is 20 ms away."""
    secret = tmp_path / "password"
    secret.write_text("geheim")
    secret.chmod(0o600)
    daemon = chapard([sms_route(smsc.port, secret, settings={"window": 20}, max_in_flight=20)], start=False, config=FAST)
    traffic = SmsTraffic(daemon.socket, ledger, SEED, classes=CLASSES, singles=2, streams=1, lines=20)
    instants = random.Random(SEED)
    for kill in range(KILLS):
        daemon.start()
        traffic.start()
        time.sleep(0.05 + instants.uniform(0, 0.15))
        ledger.note("kill", number=kill)
        daemon.kill()
        traffic.pause_all()
    daemon.start()
    traffic.settle()
    traffic.close()
    wait_drained(daemon, 120)
    counts = judge(daemon, [smsc])
    with capsys.disabled():
        print(f"kills {KILLS}, messages {counts['acknowledged']}, in doubt {counts['in_doubt']}")
    assert counts["acknowledged"] >= 10 * KILLS, "too few messages for the kills to bite"
    assert counts["in_doubt"] >= KILLS, "the kills did not hit full windows"
