"""Templates in a scratch folder and the programs that judge them."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/tools"))
import peers as npm  # noqa: E402

BUILD = pathlib.Path(os.environ.get("CHAPAR_BUILD", SOURCE / "build/dev"))


@pytest.fixture(scope="session")
def peers():
    return npm.peers()


class Templates:
    """A folder of templates and `chapar` at work on it."""

    def __init__(self, folder, cache, mjml):
        self.folder, self.cache, self.mjml = folder, cache, mjml

    def write(self, file, text):
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *words, **more):
        environment = {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(self.cache), "HOME": "/nonexistent",
                       "CHAPAR_MJML": self.mjml, **more.pop("environment", {})}
        return subprocess.run([BUILD / "bin/chapar", *words], capture_output=True, text=True, timeout=120, check=False,
                              cwd=self.folder.parent, env=environment, **more)

    def render(self, name, *words, **more):
        done = self.run("--json", "render", name, *words, **more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["parts"]

    def lint(self, *words):
        done = self.run("--json", "template", "lint", "templates", *words)
        return json.loads(done.stdout)["findings"]


@pytest.fixture
def templates(tmp_path):
    (tmp_path / "templates").mkdir()
    return Templates(tmp_path / "templates", tmp_path / "cache", "")


@pytest.fixture
def mjml_templates(tmp_path, peers):
    (tmp_path / "templates").mkdir()
    return Templates(tmp_path / "templates", tmp_path / "cache", str(peers / "node_modules/.bin/mjml"))
