"""kill -9 while receipts come in: what was acknowledged to the SMSC is never lost (F33 with F1)."""
import os
import random
import time

import peers as npm
import pytest
from faultlab import FAST
from harness.smsc import Smsc, sms_route

KILLS = int(os.environ.get("CHAPAR_RECEIPT_KILLS", "8"))
SEED = int(os.environ.get("CHAPAR_SEED", "1"))


@pytest.fixture
def smsc(tmp_path):
    with Smsc(tmp_path, npm.peers(), delay=15, receipt={"tlv": True, "delay": 20}) as smsc:
        yield smsc


def events(daemon):
    after, out = "0", []
    while True:
        page = daemon.api.get(f"/v1/events?limit=1000&after={after}").json
        out += page["events"]
        if page["next"] == after:
            return out
        after = page["next"]


def test_an_acknowledged_receipt_is_never_lost(chapard, smsc, tmp_path, eventually, capsys):
    secret = tmp_path / "password"
    secret.write_text("geheim")
    secret.chmod(0o600)
    daemon = chapard([sms_route(smsc.port, secret, settings={"window": 20}, max_in_flight=20)], start=False, config=FAST)
    instants, messages = random.Random(SEED), {}
    for kill in range(KILLS + 1):
        daemon.start()
        for number in range(40):
            text = f"kill {kill} message {number}" + (" x" * 100 if number % 4 == 0 else "")
            answer = daemon.api.send({"to": {"phone": "+989121234567"}, "channels": ["sms"], "class": "transactional",
                                      "content": {"sms": {"text": text}}})
            assert answer.status == 202, answer
            messages[answer.json["id"]] = text
        if kill < KILLS:
            time.sleep(instants.uniform(0.01, 0.15))
            daemon.kill()
    ended = {"delivered", "held", "sent"}  # sent: the SMSC had nobody to give its receipt to
    eventually(lambda: {daemon.api.message(each)["state"] for each in messages} <= ended, 60)
    acknowledged = {record["id"] for record in smsc.records("receipt_answered") if record["status"] == 0}
    found, parts = set(), 0
    for each in messages:
        for attempt in daemon.api.message(each)["attempts"]:
            for part in attempt.get("segments", []):
                parts += 1
                if part["state"] == "delivered":
                    found.add(part["provider_id"])
    told = events(daemon)
    named = {i for entry in told for i in entry.get("provider_id", "").split()}
    assert acknowledged <= found | named, "receipts were acknowledged and are gone"
    unknown = {entry["provider_id"] for entry in told if entry["effect"] == "unknown"}
    in_doubt = sum(daemon.api.message(each)["state"] == "held" for each in messages)
    assert len(unknown) <= 3 * in_doubt, "only attempts whose answers were lost may have unknown receipts"
    assert len(acknowledged) >= 20 * KILLS, "too few receipts for the kills to bite"
    with capsys.disabled():
        print(f"kills {KILLS}, receipts acknowledged {len(acknowledged)}, parts {parts}, unknown {len(unknown)}")
