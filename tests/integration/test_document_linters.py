"""The documents that other programs read pass those programs' own checks: OpenAPI's and mdoc's."""
import os
import pathlib
import shutil
import subprocess

import pytest
import yaml
from harness.build import root
from peers import peers

DOCUMENT = pathlib.Path(root) / "docs/openapi.yaml"
MANUALS = sorted((pathlib.Path(root) / "docs/man").iterdir())
# Manuals are looked for where they are installed, which is not where they are tested.
OF_THE_MACHINE = ("referenced manual not found", "mandoc.db")


def said_by(*words, **more):
    quiet = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
    return subprocess.run(words, env=quiet, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                          check=False, **more)


def test_redocly_finds_nothing_in_the_api_document():
    program = peers() / "node_modules/.bin/redocly"
    done = said_by(program, "lint", "--extends=recommended", "--format=json", DOCUMENT, cwd=peers())
    assert done.returncode == 0 and '"errors": 0' in done.stdout and '"warnings": 0' in done.stdout, done.stdout


def test_spectral_finds_nothing_in_the_api_document(tmp_path):
    rules = tmp_path / ".spectral.yaml"
    rules.write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
    program = peers() / "node_modules/.bin/spectral"
    done = said_by(program, "lint", "--ruleset", rules, "--fail-severity", "hint", DOCUMENT)
    assert done.returncode == 0 and "No results" in done.stdout, done.stdout


def keys_without_a_value(thing, path=""):
    """What an unquoted comma makes of a sentence in {...}: {description: Seconds, as in the header: null}."""
    if isinstance(thing, list):
        return [key for index, item in enumerate(thing) for key in keys_without_a_value(item, f"{path}/{index}")]
    if not isinstance(thing, dict):
        return []
    return [f"{path}/{key}" for key, value in thing.items() if value is None] + [
        found for key, value in thing.items() for found in keys_without_a_value(value, f"{path}/{key}")]


def test_no_sentence_of_the_api_document_became_a_key():
    assert keys_without_a_value(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_mandoc_finds_nothing_in_a_manual(manual):
    assert shutil.which("mandoc"), "mandoc is among the build dependencies: make deps"
    found = [line for line in said_by("mandoc", "-Tlint", manual).stdout.splitlines()
             if not any(word in line for word in OF_THE_MACHINE)]
    assert found == []
