"""Chapar's Liquid engine against the reference implementation: a corpus written by hand and generated templates, the same
seeds every time. Debian's gem is 5.4; where the newest release decides otherwise, docs/liquid.md says so, and the list
below keeps those cases out when the older gem is the judge."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
import generator  # noqa: E402
import generator_wide  # noqa: E402

build = pathlib.Path(os.environ.get("CHAPAR_BUILD", here.parents[2] / "build" / "dev"))
chapar = build / "bin" / "chapar"
SEEDS = [11, 12, 13, 14]
WIDE_SEEDS = [21, 22, 23]
CASES = 1000

# What 5.4 does differently from the newest release: template pattern -> reason (docs/liquid.md, "Deviations").
SINCE_5_4 = [
    (r"\|\s*(find|find_index|has|reject|sum|squish)\b", "filters that 5.4 does not have"),
    (r"\b(blank|empty)\b", "blank and empty without ActiveSupport"),
    (r"comment %", "what stands in a comment is not parsed any more"),
    (r"tablerow", "the errors of its attributes, and strings as collections"),
    (r"\b(first|last)\b", "first and last of a text"),
]


def run(command, lines, **environment):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    result = subprocess.run(command, input=text, capture_output=True, text=True, timeout=240,
                            env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8", **environment})
    assert result.returncode == 0, result.stderr[-2000:]
    return [json.loads(line) for line in result.stdout.splitlines()]


def ours(lines):
    return run([str(chapar), "render", "--jsonl"], lines)


def reference(lines):
    ruby = shutil.which("ruby")
    if ruby is None:
        pytest.skip("ruby-liquid is not installed")
    answers = run([ruby, "-W0", str(here / "oracle.rb")], lines)
    return answers[0]["version"], answers[1:]


def comparable(version, case):
    return not version.startswith("5.4.") or not any(re.search(p, case["template"]) for p, _ in SINCE_5_4)


def differences(cases):
    version, expected = reference(cases)
    found, compared = [], 0
    for case, want, have in zip(cases, expected, ours(cases), strict=True):
        if "crash" in want or not comparable(version, case):
            continue
        compared += 1
        if {k: v for k, v in have.items() if k != "id"} != {k: v for k, v in want.items() if k != "id"}:
            found.append((case, want, have))
    return compared, found


def report(found):
    return "\n".join(f"{json.dumps(c, ensure_ascii=False)}\n  reference: {w}\n  chapar:    {h}" for c, w, h in found[:5])


@pytest.mark.skipif(not chapar.exists(), reason="chapar is not built")
@pytest.mark.parametrize("seed", SEEDS)
def test_generated_templates_render_as_the_reference_renders_them(seed):
    compared, found = differences(generator.cases(seed, CASES))
    assert compared > CASES / 4, "the list of deviations hides everything"
    assert not found, f"{len(found)} of {compared} differ\n{report(found)}"


@pytest.mark.skipif(not chapar.exists(), reason="chapar is not built")
@pytest.mark.skipif(not os.environ.get("CHAPAR_LIQUID_REFERENCE"), reason="for the newest reference only")
@pytest.mark.parametrize("seed", WIDE_SEEDS)
def test_corners_render_as_the_newest_reference_renders_them(seed):
    compared, found = differences(generator_wide.cases(seed, 2 * CASES))
    assert compared > CASES
    assert not found, f"{len(found)} of {compared} differ\n{report(found)}"


@pytest.mark.skipif(not chapar.exists(), reason="chapar is not built")
def test_the_corpus_renders_as_written_down():
    """corpus.jsonl carries its own expectations (of the newest release), so it needs no Ruby."""
    cases = [json.loads(line) for line in (here / "corpus.jsonl").read_text(encoding="utf-8").splitlines() if line]
    assert len(cases) > 100
    wrong = []
    for case, have in zip(cases, ours([{k: v for k, v in c.items() if k != "expect"} for c in cases]), strict=True):
        if {k: v for k, v in have.items() if k != "id"} != case["expect"]:
            wrong.append((case, case["expect"], have))
    assert not wrong, f"{len(wrong)} differ\n{report(wrong)}"
