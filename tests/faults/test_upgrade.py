"""A store of the first schema that went out (963ef07, number 4) is brought up, and the program is killed at every
statement and every write of it: the next start goes on, and nothing is lost. Judged by SQLite's own module for Python.

CHAPAR_UPGRADE_MESSAGES: so many more messages wait in the store; CHAPAR_UPGRADE_KILLS: kills of each kind, evenly over
the upgrade (0: at every statement and every write)."""
import gzip
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess

import pytest

here = pathlib.Path(__file__).parent
MESSAGES = int(os.environ.get("CHAPAR_UPGRADE_MESSAGES", "60"))
KILLS = int(os.environ.get("CHAPAR_UPGRADE_KILLS", "40"))
# What each start makes anew, or another thread fills when it comes to it.
OWN = {"identity", "sqlite_sequence", "sqlite_stat1"}
# People are known by one spelling of their name since schema 9.
RENAMED = {"consent", "person_event", "recipient"}


def program(name):
    build = pathlib.Path(os.environ.get("CHAPAR_BUILD", here.parents[1] / "build" / "dev"))
    return build / "bin" / name


def upgrade(database, *options, status=0):
    """Opens the store; (statements, writes, waiting, sound, damaged)."""
    ended = subprocess.run([program("store_upgrade"), database, *map(str, options)], capture_output=True, text=True,
                           timeout=600, check=False)
    assert ended.returncode == status, (ended.returncode, ended.stderr)
    return tuple(int(word) for word in ended.stdout.split())


def tables(link, schema="main"):
    rows = link.execute(f"SELECT name FROM {schema}.sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows if name not in OWN and not name.startswith("search_")]


def columns(link, table, schema="main"):
    return [row[1] for row in link.execute(f"PRAGMA {schema}.table_info({table})")]


def difference(link, table, names, one, other):
    """Rows of one that the other does not have, as often."""
    listed = ", ".join(names)
    each = f"SELECT {listed}, count(*) FROM {{}}.{table} GROUP BY {listed}"
    return link.execute(f"SELECT * FROM ({each.format(one)} EXCEPT {each.format(other)}) LIMIT 3").fetchall()


def losses(database, old):
    """What of the old store the new one does not have as it was."""
    link = sqlite3.connect(database)
    try:
        link.execute("ATTACH ? AS old", (str(old),))
        found = [] if link.execute("PRAGMA main.integrity_check").fetchone() == ("ok",) else ["the file is damaged"]
        for table in tables(link, "old"):
            names = columns(link, table, "old")
            if table in RENAMED:
                names = [name for name in names if name not in ("recipient", "id", "number", "sum")]
            for row in difference(link, table, names, "old", "main"):
                found.append(f"{table}: {row}")
        return found
    finally:
        link.close()


def unlike(database, reference):
    """In what two stores that were brought up differ."""
    link = sqlite3.connect(database)
    try:
        link.execute("ATTACH ? AS reference", (str(reference),))
        found = [] if link.execute("PRAGMA main.integrity_check").fetchone() == ("ok",) else ["the file is damaged"]
        if tables(link) != tables(link, "reference"):
            return found + [f"tables {tables(link)}"]
        for table in tables(link):
            names = [name for name in columns(link, table) if name != "used_until"]  # counted from the day of the upgrade
            for one, other in (("main", "reference"), ("reference", "main")):
                found += [f"{table}, only in {one}: {row}" for row in difference(link, table, names, one, other)]
        return found
    finally:
        link.close()


class Stores:
    """The old store, what it becomes without a kill, and copies to be hurt."""

    def __init__(self, folder):
        self.folder, self.old, self.new = folder, folder / "old.db", folder / "new.db"
        link = sqlite3.connect(self.old)
        link.executescript(gzip.decompress((here / "upgrade" / "made_by_963ef07.sql.gz").read_bytes()).decode())
        link.execute("PRAGMA journal_mode = WAL")
        link.close()
        subprocess.run([program("old_store"), self.old, str(MESSAGES)], check=True, timeout=600)
        shutil.copy(self.old, self.new)
        self.statements, self.writes, self.waiting, self.sound, self.damaged = upgrade(self.new)

    def copy(self, name):
        for ending in ("", "-wal", "-shm", ".journal", "-journal"):
            pathlib.Path(f"{self.folder / name}{ending}").unlink(missing_ok=True)
        shutil.copy(self.old, self.folder / name)
        return self.folder / name


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    return Stores(tmp_path_factory.mktemp("upgrade"))


def instants(count, kills=KILLS):
    """From 1 to `count`, as many as are to be tried; the first and the last are among them."""
    if kills == 0 or kills >= count:
        return range(1, count + 1)
    return sorted({1 + round(number * (count - 1) / (kills - 1)) for number in range(kills)})


def old_count(stores, sql):
    link = sqlite3.connect(stores.old)
    try:
        return link.execute(sql).fetchone()[0]
    finally:
        link.close()


def test_a_store_of_963ef07_is_brought_up_with_all_that_is_in_it(stores):
    link = sqlite3.connect(stores.old)
    assert link.execute("PRAGMA user_version").fetchone() == (4,)
    link.close()
    assert losses(stores.new, stores.old) == []
    assert stores.damaged == 0
    assert stores.sound == old_count(stores, "SELECT count(*) FROM message")
    assert stores.waiting == old_count(stores, "SELECT count(*) FROM progress WHERE state = 0") >= MESSAGES


def test_names_of_people_become_one_spelling_and_their_words_go_with_them(stores):
    link = sqlite3.connect(stores.new)
    names = {name for (name,) in link.execute("SELECT DISTINCT recipient FROM consent")}
    assert {"+989120000001", "+989120000002", "sara@example.org"} <= {name.lstrip("=") for name in names}, names
    assert link.execute("SELECT count(*) FROM consent").fetchone()[0] == old_count(stores, "SELECT count(*) FROM consent")
    link.close()


@pytest.mark.parametrize("kind", ["statement", "write"])
def test_a_kill_anywhere_in_an_upgrade_loses_nothing(stores, kind, capsys):
    count = stores.statements if kind == "statement" else stores.writes
    assert count > 20, "the upgrade is seen"
    tried = 0
    for number in instants(count):
        database = stores.copy("killed.db")
        upgrade(database, f"--kill-at-{kind}", number, status=-signal.SIGKILL)
        link = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        assert link.execute("SELECT count(*) FROM message").fetchone()[0] == stores.sound
        link.close()
        again = upgrade(database)
        assert again[2:] == (stores.waiting, stores.sound, 0), f"killed at {kind} {number}"
        assert unlike(database, stores.new) == [], f"killed at {kind} {number}"
        tried += 1
    with capsys.disabled():
        print(f"\n  {stores.sound} messages, {tried} kills over {count} {kind}s")


def test_two_kills_in_one_upgrade_lose_nothing_either(stores):
    for number in instants(stores.statements, 8):
        database = stores.copy("killed.db")
        upgrade(database, "--kill-at-statement", number, status=-signal.SIGKILL)
        ended = subprocess.run([program("store_upgrade"), database, "--kill-at-write", "5"], capture_output=True, timeout=600,
                               check=False)
        assert ended.returncode in (0, -signal.SIGKILL)
        upgrade(database)
        assert unlike(database, stores.new) == [], number


def test_a_write_that_was_lost_is_noticed(stores):
    """The judge can say no: the same upgrade, with one write that never reached the file."""
    noticed = 0
    for number in instants(stores.writes, 40):
        database = stores.copy("lost.db")
        subprocess.run([program("store_upgrade"), database, "--lose-write", str(number)], capture_output=True, timeout=600,
                       check=False)
        try:
            noticed += bool(unlike(database, stores.new) or losses(database, stores.old))
        except sqlite3.DatabaseError:
            noticed += 1
    assert noticed >= 3


def test_a_row_that_is_gone_or_changed_is_noticed(stores):
    for change in ("DELETE FROM message WHERE key = (SELECT max(key) FROM message)",
                   "UPDATE message SET body = x'00' WHERE key = (SELECT min(key) FROM message)",
                   "DELETE FROM idempotency WHERE key = (SELECT min(key) FROM idempotency)",
                   "UPDATE progress SET due = due + 1 WHERE key = (SELECT min(key) FROM progress)",
                   "DELETE FROM consent WHERE number = 1", "DELETE FROM suppression"):
        database = stores.folder / "changed.db"
        shutil.copy(stores.new, database)
        link = sqlite3.connect(database)
        link.execute(change)
        link.commit()
        link.close()
        assert losses(database, stores.old) and unlike(database, stores.new), change
