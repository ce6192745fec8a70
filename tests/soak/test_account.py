"""The accounts of the soak can fail: each kind of loss and each silent double leaves an account open."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from account import Asked, percentiles, settle  # noqa: E402


def one(state, copies=(), verdicts=("accepted",), ids=("m1",), refused=0, reason="why", known=True):
    asked = Asked("t1", "anna@example.net", "otp", 0.0, set(ids), refused)
    told = {"m1": {"state": state, "reason": reason, "attempts": [
        {"number": number, "verdict": verdict} for number, verdict in enumerate(verdicts, 1)]}}
    return settle({"t1": asked}, {"t1": list(copies)} if copies else {}, told if known else {})


@pytest.mark.parametrize("settled", [
    lambda: one("sent", ["250"]),
    lambda: one("sent", ["none", "250"], ["unknown", "accepted"]),
    lambda: one("sent", ["none"], ["unknown", "accepted"]),
    lambda: one("held", ["none"], ["unknown"]),
    lambda: one("held", [], ["unknown"]),
    lambda: one("failed", [], ["rejected"]),
    lambda: one("expired", [], ["retry", "retry"]),
    lambda: one("expired", ["none"], ["unknown"]),
    lambda: one("suppressed", [], []),
    lambda: one("", ids=(), refused=422),
])
def test_accounts_that_close(settled):
    accounts = settled()
    assert accounts.open == [] and accounts.lost == 0


@pytest.mark.parametrize(("settled", "why"), [
    (lambda: one("sent"), "the provider has no copy"),
    (lambda: one("delivered"), "the provider has no copy"),
    (lambda: one("waiting"), "still waiting"),
    (lambda: one("sending"), "still sending"),
    (lambda: one("sent", ["250"], known=False), "unknown to the daemon"),
    (lambda: one("sent", ["250", "250"]), "2 copies, 0 attempts in doubt"),
    (lambda: one("sent", ["none", "250", "250"], ["unknown", "accepted"]), "3 copies, 1 attempts in doubt"),
    (lambda: one("held", [], ["retry"]), "held without a doubt"),
    (lambda: one("failed", ["250"], ["rejected"]), "the provider took it"),
    (lambda: one("expired", ["250"], ["retry"]), "the provider took it"),
    (lambda: one("failed", [], ["rejected"], reason=""), "without a reason"),
    (lambda: one("sent", ["250"], ids=("m1", "m2")), "one key, 2 ids"),
    (lambda: one("", ids=()), "never got an answer"),
    (lambda: one("", ["250"], ids=(), refused=422), "refused with 422, yet"),
])
def test_accounts_that_do_not_close(settled, why):
    assert [why in said for _, said in settled().open] == [True]


def test_what_nobody_asked_for_is_found():
    assert settle({}, {"t9": ["250"]}, {}).open == [("t9", "the provider has it, nobody asked for it")]


def test_percentiles_are_values_that_were_measured():
    assert percentiles(range(1, 101)) == {"p50": 51, "p90": 91, "p99": 100, "p99.9": 100, "p100": 100}
