"""`chapar config check` finds offline what chapard would refuse."""
import json
import pathlib
import subprocess

from harness.build import plugin_dir, program, root


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


def route(folder, settings, plugin="email", more=""):
    """A configuration with one route, all of whose surroundings are there unless `more` says otherwise."""
    (folder / "templates").mkdir(exist_ok=True)
    file = folder / "chapar.toml"
    file.write_text(f'[daemon]\ntemplate_dir = "{folder}/templates"\nplugin_dirs = ["{plugin_dir()}"]\n{more}\n[[route]]\nname = "relay"\n'
                    f'channel = "email"\nplugin = "{plugin}"\n[route.settings]\n' + "".join(f"{line}\n" for line in settings))
    return file


def problems(file):
    ended = check("config", "check", "--config", str(file), "--json")
    answer = json.loads(ended.stdout)
    assert ended.returncode == (0 if answer["ok"] else 1)
    return [(problem["line"], problem["text"]) for problem in answer["problems"]]


GOOD = ['host = "127.0.0.1"', 'port = 25', 'tls = "none"', 'from = "a@b.example"']


def test_a_route_in_order_is_fine(tmp_path):
    assert problems(route(tmp_path, GOOD)) == []


def test_an_unknown_plugin_is_found_with_the_nearest_one(tmp_path):
    (line, text), = problems(route(tmp_path, GOOD, plugin="emial"))
    assert line == 8 and "there is no plugin emial" in text and '"email"' in text


def test_all_problems_of_the_settings_come_at_once_each_at_its_line(tmp_path):
    key = tmp_path / "open.key"
    key.write_text("secret\n")
    key.chmod(0o644)
    empty = tmp_path / "empty.key"
    empty.write_text("")
    empty.chmod(0o600)
    found = problems(route(tmp_path, ['hots = "a"', 'port = "x"', 'connections = true', f'password = "{key}"', f'dkim_key = "{empty}"',
                                      'dkim_ed25519_key = "/nowhere/key"', 'ca_file = "/nowhere/ca.pem"']))
    texts = {line: text for line, text in found}
    assert "unknown setting 'hots'" in texts[10] and "port" in texts[11] and "connections" in texts[12]
    assert "chmod o=" in texts[13] and "is empty" in texts[14] and "/nowhere/key" in texts[15] and "ca.pem" in texts[16]
    assert "'host' is missing" in texts[9]


def test_what_the_plugin_itself_refuses_is_found(tmp_path):
    (_, text), = problems(route(tmp_path, [*GOOD[:2], 'tls = "nnone"']))
    assert "'tls' must be" in text
    (_, text), = problems(route(tmp_path, [*GOOD[:3], 'from = "nobody"']))
    assert "'from' is refused" in text


def test_users_groups_and_folders_that_are_not_there_are_found(tmp_path):
    file = route(tmp_path, GOOD, more='[socket]\ngroup = "nosuchgroup"\n[[application]]\nname = "shop"\nusers = ["nosuchuser"]\n'
                 'groups = ["nosuchteam"]\nclasses = ["*"]\nchannels = ["*"]\ntemplates = ["*"]\nfrom = ["*"]')
    found = " ".join(text for _, text in problems(file))
    for what in ("no group nosuchgroup", "no user nosuchuser", "no group nosuchteam"):
        assert what in found, found
    (tmp_path / "templates").rmdir()
    assert "template_dir" in " ".join(text for _, text in problems(file))


def test_a_state_folder_that_others_can_write_is_found(tmp_path):
    state, store = tmp_path / "state", tmp_path / "store"
    for folder in (state, store):
        folder.mkdir(mode=0o700)
    file = route(tmp_path, GOOD, more=f'state_dir = "{state}"\n[store]\npath = "{store}/chapar.db"')
    assert problems(file) == []
    for folder, mode in ((state, 0o777), (store, 0o777), (state, 0o770), (store, 0o702)):
        folder.chmod(mode)
        (_, text), = problems(file)
        assert f"chmod go-w {folder}" in text
        folder.chmod(0o700)


def test_what_the_check_calls_fine_starts(tmp_path):
    """The check's word against the daemon's: 78 is the end of a start that the check should have foreseen."""
    cases = {"fine": (GOOD, 0), "unknown": (['hots = "a"', *GOOD], 1), "secret": ([*GOOD, 'user = "u"', 'password = "/nowhere"'], 1)}
    for name, (settings, status) in cases.items():
        folder = tmp_path / name
        folder.mkdir()
        file = route(folder, settings, more=f'state_dir = "{folder}/state"\n[socket]\npath = "{folder}/s"')
        checked = check("config", "check", "--config", str(file))
        assert checked.returncode == status, checked
        daemon = subprocess.Popen([program("chapard"), "--config", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            for line in daemon.stderr:
                if "start.ready" in line:
                    daemon.terminate()
            assert daemon.wait(30) == (0 if status == 0 else 78), name
        finally:
            daemon.kill()


def test_depth_is_a_problem_with_a_place_and_no_crash(tmp_path):
    file = tmp_path / "chapar.toml"
    for text in ("a." * 100_000 + "a=1\n", "a = " + "[" * 100_000, "[" + "a." * 100_000 + "a]"):
        file.write_text(text)
        ended = check("config", "check", "--config", str(file))
        assert ended.returncode == 1 and f"{file}:1:" in ended.stderr and "nested deeper" in ended.stderr, ended.stderr[:500]


def test_the_key_of_links_is_looked_at(tmp_path):
    file, secret = tmp_path / "chapar.toml", tmp_path / "key"
    file.write_text(f'[web]\nlisten = "127.0.0.1:0"\nbase_url = "https://m.shop.ir"\nseal_key = "{secret}"\n')
    assert any("web.seal_key" in text and str(secret) in text for _, text in problems(file))
    secret.write_text("short\n")
    secret.chmod(0o600)
    assert any("at least 32 characters" in text for _, text in problems(file))
    secret.write_text("k" * 32 + "\n")
    assert not any("web." in text for _, text in problems(file))
    secret.chmod(0o666)
    assert any("web.seal_key" in text for _, text in problems(file))
