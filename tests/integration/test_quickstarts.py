"""The quickstarts of docs/quickstart, run as they stand, each in its own language."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from harness.build import root

FOLDER = pathlib.Path(root) / "docs" / "quickstart"
RUNS = {"send.py": ["python3"], "send.mjs": ["node"], "send.php": ["php"], "send.go": ["go", "run"]}


def run(name, socket, folder):
    command = RUNS[name]
    if name == "send.go" and not shutil.which("go"):
        pytest.skip("no Go compiler here")
    done = subprocess.run([*command, str(FOLDER / name)], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "CHAPAR_SOCKET": str(socket), "GOCACHE": str(folder), "GO111MODULE": "off"})
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize("name", RUNS)
def test_a_quickstart_sends_one_message_and_prints_its_id(name, daemon, tmp_path):
    said, wrong = run(name, daemon.socket, tmp_path)
    identifier = json.loads(said)["id"] if said.startswith("{") else said
    found = daemon.api.get(f"/v1/messages/{identifier}")
    assert found.status == 200, f"{said}\n{wrong}"
    assert found.json["class"] == "otp"
    again, _ = run(name, daemon.socket, tmp_path)  # the key makes it the same message
    assert identifier in again
    assert len(daemon.api.get("/v1/messages").json["messages"]) == 1


@pytest.mark.parametrize("name", RUNS)
def test_a_quickstart_says_it_when_nobody_listens(name, tmp_path):
    said, wrong = run(name, tmp_path / "nothing.sock", tmp_path)
    assert said + wrong, "a failure without a word"


def test_the_table_names_every_quickstart():
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in FOLDER.iterdir()} == {"README.md", *RUNS}
    assert all(f"[{name}]({name})" in table for name in RUNS)
