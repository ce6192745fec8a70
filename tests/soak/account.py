"""The accounts of a soak: every message of the ledger is followed to its end by the provider's own log and what the daemon
says of it. Shares no code with either.

A ledger is {token: Asked}; `taken` is what the provider's log has; `told` is what the API says of each acknowledged id:
{"state", "attempts": [{"number", "verdict"}], "reason"}. An account closes when what the daemon says fits what the provider
did."""
import collections
import dataclasses

ENDS = ("sent", "delivered", "failed", "expired", "suppressed", "held", "cancelled")


@dataclasses.dataclass
class Asked:
    token: str
    recipient: str
    class_name: str
    at: float
    ids: set = dataclasses.field(default_factory=set)
    refused: int = 0  # the last status that refused it for good


@dataclasses.dataclass
class Accounts:
    asked: int = 0
    accepted: int = 0
    refused: int = 0
    states: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    in_doubt: int = 0  # attempts recorded as unknown
    doubles: int = 0   # copies at the provider beyond the first
    open: list = dataclasses.field(default_factory=list)  # accounts that don't close: (token, why)
    lost: int = 0

    def lose(self, token, why):
        self.lost += 1
        self.open.append((token, why))


def doubts_of(message):
    return sum(attempt["verdict"] == "unknown" for attempt in message["attempts"])


def settle(ledger, taken, told):
    """`taken`: {token: [answer the client heard, ...]}; `told`: {id: message}."""
    out = Accounts(asked=len(ledger))
    for token in taken:
        if token not in ledger:
            out.open.append((token, "the provider has it, nobody asked for it"))
    for token, asked in ledger.items():
        copies = taken.get(token, [])
        if not asked.ids:
            out.refused += asked.refused != 0
            if not asked.refused:
                out.open.append((token, "it never got an answer"))
            elif copies:
                out.open.append((token, f"refused with {asked.refused}, yet the provider has it"))
            continue
        out.accepted += 1
        if len(asked.ids) > 1:
            out.open.append((token, f"one key, {len(asked.ids)} ids"))
        message = next((told[each] for each in sorted(asked.ids) if each in told), None)
        if message is None:
            out.lose(token, "accepted, unknown to the daemon")
            continue
        account(out, token, message, copies)
    return out


def account(out, token, message, copies):
    state, doubts = message["state"], doubts_of(message)
    out.states[state] += 1
    out.in_doubt += doubts
    out.doubles += max(0, len(copies) - 1)
    sure = [answer for answer in copies if answer == "250"]
    if len(copies) > 1 + doubts:
        out.open.append((token, f"{len(copies)} copies, {doubts} attempts in doubt"))
    if state not in ENDS:
        out.lose(token, f"still {state} at the end")
    elif state in ("sent", "delivered"):
        if not copies:
            out.lose(token, f"{state}, the provider has no copy")
    elif state == "held":
        if doubts == 0:
            out.open.append((token, "held without a doubt"))
    elif len(sure) > doubts:
        out.open.append((token, f"{state}, yet the provider took it and said so"))
    if state in ("failed", "suppressed", "expired") and not message.get("reason"):
        out.open.append((token, f"{state} without a reason"))


def percentiles(values, points=(50, 90, 99, 99.9, 100)):
    ordered = sorted(values)
    if not ordered:
        return {}
    return {f"p{point:g}": round(ordered[min(len(ordered) - 1, int(len(ordered) * point / 100))], 4) for point in points}
