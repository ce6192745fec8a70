#!/usr/bin/python3
"""Makes a store as an earlier version of chapard leaves it after sending mail under rules, as SQL text.
usage: make_fixture.py TREE OUT.sql.gz; TREE is a work tree of that version with a release build in build/release.

made_by_963ef07.sql.gz was made by it from revision 963ef07, whose schema is number 4.
"""
import gzip
import os
import pathlib
import sqlite3
import sys
import tempfile
import time

tree, out = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
os.environ["CHAPAR_BUILD"] = str(tree / "build" / "release")
sys.path.insert(0, str(tree / "tests" / "tools"))
from harness import Daemon, Sink  # noqa: E402
from harness.daemon import email_route  # noqa: E402

RULES = """
[[cap]]
name = "week"
match = { class = ["marketing"] }
limit = 2
window = { rolling = "7d" }
over = "defer"
[[cap]]
name = "endpoints"
match = { class = ["transactional"] }
limit = 1000
scope = "endpoint"
window = { rolling = "30d" }
"""
PEOPLE = ["u-1", "u-2", "+98 912 000 0001", "09120000002", "Sara@Example.ORG", "سارا"]


def put(daemon, method, target, body):
    answer = daemon.api.request(method, target, body)
    assert answer.status < 300, (target, answer)
    return answer


def people(daemon):
    for number, person in enumerate(PEOPLE):
        name = "/v1/recipients/" + "".join(f"%{byte:02x}" for byte in person.encode())
        put(daemon, "PUT", name, {"email": f"p{number}@example.org", "phone": f"+98912000000{number}",
                                  "timezone": "Asia/Tehran", "attributes": {"city": "تهران"}})
        for state in ("unsubscribed", "subscribed"):
            put(daemon, "PUT", name + "/consents", {"channel": "*", "topic": "*", "state": state, "source": "a form"})
        put(daemon, "POST", name + "/events", {"event": "order"})
    for number in range(5):
        put(daemon, "PUT", "/v1/suppressions", {"channel": "email", "address": f"old{number}@example.com",
                                                "reach": "marketing" if number % 2 else "all"})
    put(daemon, "DELETE", "/v1/recipients/u-2?erase=true", None)


def message(number, **more):
    return {"to": {"recipient": PEOPLE[(number % 3) * 2 - (number % 3 == 1)], "email": f"p{number % 6}@example.org"},
            "class": "marketing" if number % 3 == 0 else "transactional", "campaign": "spring" if number % 4 else "autumn",
            "tags": ["a", f"b{number % 5}"], "idempotency_key": f"order-{number}", "category": "offers",
            "dedupe_key": f"d{number}", "dedupe_window_ms": 3600000,
            "content": {"email": {"subject": "سلام", "text": f"token-{number}-end",
                                  "list_unsubscribe": "mailto:stop@example.org"}}, **more}


def post(daemon, body):
    return put(daemon, "POST", "/v1/messages", body).json["id"]


def main(folder):
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 20 * 86400))
    with Sink(folder, rules=["verb=dot when=random:0.3 reply=554"], dump=False) as sink:
        daemon = Daemon(folder / "d", [email_route(sink.port)], config={"daemon": {"country": "IR"}})
        daemon.write_config(daemon.config_text() + RULES)
        daemon.start()
        people(daemon)
        for number in range(30):
            post(daemon, message(number))
        for number in range(30, 60):
            post(daemon, message(number, send_at=later, collapse_key=f"k{number % 9}"))
        cancelled = post(daemon, message(60, send_at=later))
        put(daemon, "POST", f"/v1/messages/{cancelled}/cancel", None)
        end = time.monotonic() + 20
        while daemon.api.get("/v1/queue").json["in_flight"] and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(2)
        daemon.stop()
        database = sqlite3.connect(daemon.database)
        version = database.execute("PRAGMA user_version").fetchone()[0]
        text = "\n".join(database.iterdump())
        text = text.replace("COMMIT;", f"PRAGMA application_id = {0x43485052};\nPRAGMA user_version = {version};\nCOMMIT;")
        for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1").fetchall():
            print(table, database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
        with gzip.GzipFile(out, "wb", mtime=0) as file:
            file.write(text.encode())


with tempfile.TemporaryDirectory() as scratch:
    main(pathlib.Path(scratch))
