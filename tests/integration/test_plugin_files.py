"""`chapar plugin check` judges files that a copy broke off or that bits fell out of; it never dies of one. The mutations are made here,
with struct, from the layout of ELF(5)."""
import os
import pathlib
import random
import struct
import subprocess

import pytest

from harness.build import plugin_dir, program

WHOLE = pathlib.Path(plugin_dir()) / "maildir.so"


def check(path, *words):
    return subprocess.run([program("chapar"), "plugin", "check", str(path), *words], capture_output=True, text=True, timeout=120)


def written(folder, data, name="plugin.so"):
    path = folder / name
    path.write_bytes(data)
    path.chmod(0o755)
    return path


def layout(data):
    """Where the program headers and the dynamic section are: (offset, size) each."""
    at, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQQQ", data, at + i * size) for i in range(count)]
    dynamic = next(header for header in headers if header[0] == 2)
    return (at, size * count), (dynamic[2], dynamic[5])


@pytest.fixture
def folder(tmp_path):
    tmp_path.chmod(0o755)
    return tmp_path


def test_truncated_files_are_refused_in_words(folder):
    data = WHOLE.read_bytes()
    cuts = sorted({4096, 100_000, 300_000, 500_000, len(data) - 1, *range(64, len(data), max(1, len(data) // 40))})
    for cut in (cut for cut in cuts if cut < len(data)):
        ended = check(written(folder, data[:cut]))
        assert ended.returncode == 1, (cut, ended)
        assert "cut short" in ended.stdout, (cut, ended.stdout)


def test_no_mutation_of_the_headers_ends_the_check_by_a_signal(folder):
    data = WHOLE.read_bytes()
    segments, dynamic = layout(data)
    places = {"header": (0, 64), "segments": segments, "dynamic": (dynamic[0], min(dynamic[1], 24 * 16))}
    settings = ("--settings", f'{{"path": "{folder}/mail"}}')
    signals, seen = [], set()
    for what, (begin, size) in places.items():
        chance = random.Random(f"chapar {what}")
        for number in range(50):
            changed = bytearray(data)
            for _ in range(chance.randint(1, 4)):
                changed[begin + chance.randrange(size)] = chance.randrange(256)
            ended = check(written(folder, bytes(changed)), *settings)
            seen.add(ended.returncode)
            if ended.returncode not in (0, 1):
                signals.append((what, number, ended.returncode, ended.stderr))
    assert not signals
    assert 1 in seen


def test_a_plugin_that_crashes_in_the_check_is_a_finding(folder):
    """The code itself is overwritten: whatever runs first is no instruction."""
    data = bytearray(WHOLE.read_bytes())
    at, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for i in range(count):
        kind, flags, offset, *_, length, _, _ = struct.unpack_from("<IIQQQQQQ", data, at + i * size)
        if kind == 1 and flags & 1:
            data[offset + 64:offset + length - 64] = b"\xf4" * (length - 128)
    ended = check(written(folder, bytes(data)))
    assert ended.returncode == 1, ended
    assert "crashed (SIG" in ended.stdout, ended


def test_the_whole_file_keeps_the_rules(folder):
    ended = check(written(folder, WHOLE.read_bytes()), "--settings", f'{{"path": "{folder}/mail"}}')
    assert ended.returncode == 0, ended
    assert os.path.exists(WHOLE)
