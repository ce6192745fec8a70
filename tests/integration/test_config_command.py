"""`chapar config check` finds offline what chapard would refuse."""
import json
import pathlib
import subprocess

from harness.build import program, root


def check(*words):
    return subprocess.run([program("chapar"), *words], capture_output=True, text=True, timeout=20)


def test_the_shipped_configuration_is_fine():
    ended = check("config", "check", "--config", str(root / "config/chapar.toml"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "fine" in ended.stdout


def test_every_problem_has_its_place_and_the_status_is_1(tmp_path):
    file = tmp_path / "chapar.toml"
    file.write_text('[daemon]\ntiemzone = "UTC"\n')
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/a.toml").write_text('[log]\nlevel = "loud\x1b[31m"\n'.replace("\x1b", "\\u001b"))
    ended = check("config", "check", "--config", str(file))
    assert ended.returncode == 1 and ended.stdout == ""
    first, second = ended.stderr.splitlines()
    assert first == f'{file}:2:1: unknown key "tiemzone" in [daemon]; did you mean "timezone"?'
    assert second.startswith(f"{tmp_path}/conf.d/a.toml:2:9: level = ") and "\x1b" not in second


def test_json_is_for_machines(tmp_path):
    file = tmp_path / "chapar.toml"
    file.write_text("[queue]\nwindow = -3\n")
    ended = check("config", "check", "--config", str(file), "--json")
    assert ended.returncode == 1
    answer = json.loads(ended.stdout)
    assert answer["ok"] is False and answer["files"] == [str(file)]
    assert answer["problems"] == [{"file": str(file), "line": 2, "column": 10,
                                   "text": "window = -3: expected 1 to 1000000"}]


def test_misuse_is_2():
    assert check("config").returncode == 2
    assert check("config", "chek").returncode == 2
    assert check("config", "check", "--nothing").returncode == 2


def test_the_reference_is_the_one_in_the_documents():
    text = check("config", "reference").stdout
    assert text and text in (root / "docs/configuration.md").read_text()
    manual = check("config", "reference", "--mdoc").stdout
    assert manual and manual in pathlib.Path(root / "docs/man/chapar.toml.5").read_text()


def test_what_the_rules_need_is_looked_for_as_well(tmp_path):
    file = tmp_path / "chapar.toml"
    file.write_text('[policy]\ncalendars_dir = "/nowhere"\n[[quiet]]\nname = "nights"\nholidays = "ir"\n'
                    'weekly = { every = ["22:00-08:00"] }\n')
    ended = check("config", "check", "--config", str(file))
    assert ended.returncode == 1 and ended.stdout == ""
    assert "/nowhere/ir.toml" in ended.stderr and "nights" in ended.stderr
