"""Every example in the documents that is marked `<!-- run -->` is run, in order, against a fresh chapard.

`<!-- run: WORDS -->` also demands that WORDS stand in what the example prints.
"""
import os
import pathlib
import re
import subprocess

import pytest
from harness.build import program, root

EXAMPLE = re.compile(r"<!-- run(?:: (?P<expect>.*?))? -->\n```sh\n(?P<script>.*?)```", re.S)
SOCKET = "/run/chapar/chapar.sock"
DOCUMENTS = ["README.md", "docs/api.md", "docs/templates.md", "docs/sms.md", "docs/sms-providers.md", "docs/testing.md",
             "docs/bounces.md", "docs/webhooks.md", "docs/reports.md"]


def examples(document):
    return list(EXAMPLE.finditer((pathlib.Path(root) / document).read_text(encoding="utf-8")))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_marked_example_works_as_it_stands(document, daemon):
    found = examples(document)
    assert found or document != "README.md", "README.md marks no example at all"
    environment = {**os.environ, "CHAPAR_SOCKET": str(daemon.socket),
                   "PATH": os.path.dirname(program("chapar")) + ":" + os.environ["PATH"]}
    for example in found:
        script = example["script"].replace(SOCKET, str(daemon.socket))
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=root, env=environment, capture_output=True,
                              text=True, timeout=60)
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{script}\n-> {done.returncode}\n{said}"
        if example["expect"]:
            assert example["expect"] in said, f"{script}\n-> {said}"
        else:
            assert "urn:chapar:problem" not in said, f"{script}\n-> {said}"


def test_the_links_of_the_documents_lead_somewhere():
    link = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
    missing = []
    for path in [pathlib.Path(root) / "README.md", pathlib.Path(root) / "CONTRIBUTING.md",
                 *(pathlib.Path(root) / "docs").rglob("*.md")]:
        for target in link.findall(path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                missing.append(f"{path.relative_to(root)}: {target}")
    assert not missing, "\n".join(missing)


def test_the_names_in_the_architecture_are_names_of_the_code():
    """A function stands where its class does, a folder in the tree, a thread's name in the code that starts it."""
    text = (pathlib.Path(root) / "docs/architecture.md").read_text(encoding="utf-8")
    code = {path: path.read_text(encoding="utf-8") for top in ("daemon", "shared", "plugins")
            for path in (pathlib.Path(root) / top).rglob("*.[hc]pp")}
    whole = "\n".join(code.values())
    missing = []
    for name in set(re.findall(r"`([^`\n]+)`", text)):
        if "/" in name or name.startswith("."):
            known = any((pathlib.Path(root) / top / name).exists() for top in ("", "daemon"))
        elif "::" in name:
            owner, member = name.split("::")
            known = any(re.search(rf"\b(class|struct) {owner}\b", here) and re.search(rf"\b{member}\(", here)
                        for here in code.values())
        elif re.fullmatch(r"[A-Z]\w+", name):
            known = re.search(rf"\b(class|struct) {name}\b", whole) is not None
        else:
            known = f'"{name}"' in whole or re.search(rf"\b{re.escape(name)}\(", whole) or name == "#include"
        if not known:
            missing.append(name)
    assert not missing, missing
