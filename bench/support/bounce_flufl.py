#!/usr/bin/python3
"""flufl.bounce over the mails of a folder: bounce_flufl.py FOLDER ROUNDS. Prints what bounce_micro prints."""
import email
import json
import pathlib
import resource
import sys
import time

from flufl.bounce import all_failures


def judge(mail):
    temporary, permanent = all_failures(email.message_from_bytes(mail))
    about = [address.decode("utf-8", "replace") if isinstance(address, bytes) else address for address in temporary | permanent]
    return {"kind": "bounce" if permanent else ("delayed" if temporary else "none"), "about": about}


def main():
    mails = {path.stem: path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))}
    found, failed = {}, set()
    for name, mail in mails.items():
        try:
            found[name] = judge(mail)
        except Exception:  # noqa: BLE001 -- it throws at some broken mails
            found[name] = {"kind": "threw", "about": []}
            failed.add(name)
    used = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])  # noqa: E731
    cpu, begin, count = used(), time.monotonic(), 0
    for _ in range(int(sys.argv[2])):
        for name, mail in mails.items():
            if name not in failed:
                judge(mail)
                count += 1
    seconds = time.monotonic() - begin
    print(json.dumps({"mails": len(mails), "rate": count / seconds, "cpu_us": (used() - cpu) / count * 1e6, "found": found}))


main()
