"""Files that people and machines leave behind: too deep, cut short, in the wrong hands. The daemon says so and goes on."""
import os
import pathlib
import resource
import shutil
import signal
import stat
import subprocess

import pytest

from faultlab import FAST, fast_route
from harness.build import plugin_dir, program

DEEP = "a." * 50_000 + "a=1\n"


def test_a_configuration_of_many_levels_is_refused_at_a_reload(chapard, sink, eventually):
    """F41: every place in which dots and brackets can nest; the old configuration stays."""
    daemon = chapard([fast_route(sink.port)], config=FAST)
    good = daemon.config_path.read_text()
    conf_d = daemon.folder / "conf.d"
    conf_d.mkdir()
    for text in (DEEP, "[" + DEEP.replace("=1\n", "]\n"), "x = " + "[" * 100_000, "x = " + "{a=" * 100_000,
                 '"a".' * 50_000 + "b = 1\n", DEEP.replace(".", " . ")):
        (conf_d / "deep.toml").write_text(text)
        before = len(daemon.log())
        daemon.signal(signal.SIGHUP)
        log = eventually(lambda: "reload.kept" in daemon.log()[before:] and daemon.log()[before:])
        assert "deep.toml:1:" in log and "nested deeper" in log, log[:2000]
        assert daemon.api.get("/v1/ready").status == 200
    (conf_d / "deep.toml").unlink()
    daemon.write_config(good)
    before = len(daemon.log())
    daemon.signal(signal.SIGHUP)
    eventually(lambda: "reload.done" in daemon.log()[before:])


def test_a_template_and_a_translation_of_many_levels_leave_the_last_good_ones(chapard, sink, tmp_path, eventually):
    templates = tmp_path / "templates"
    (templates / "hello").mkdir(parents=True)
    (templates / "locales").mkdir()
    file, locale = templates / "hello/email.liquid", templates / "locales/en.default.toml"
    good = "+++\nsubject = 'hello'\n+++\n<p>{{ 'greeting' | t }}</p>\n"
    file.write_text(good)
    locale.write_text("greeting = 'good morning'\n")
    daemon = chapard([fast_route(sink.port)], config=FAST, templates=templates)

    def sent():
        before = len(sink.accepted())
        answer = daemon.api.send({"to": {"email": "a@rcpt.example"}, "template": "hello", "class": "transactional"})
        assert answer.status == 202, answer
        eventually(lambda: len(sink.accepted()) > before)

    sent()
    for path, text in ((file, f"+++\nsubject = 'hello'\n[sample]\n{DEEP}+++\n<p>x</p>\n"), (locale, DEEP)):
        kept = path.read_text()
        path.write_text(text)
        eventually(lambda: f"{path.name}:" in daemon.log() and "nested deeper" in daemon.log())
        assert daemon.process.poll() is None
        sent()
        path.write_text(kept)
    daemon.stop()
    file.write_text(f"+++\n[sample]\n{DEEP}+++\nx\n")
    daemon.start()  # what is broken at the start is said, and the rest serves
    assert daemon.api.get("/v1/ready").status == 200


@pytest.fixture
def plugins(tmp_path):
    """A folder of copies, as plugin_dirs wants it."""
    folder = tmp_path / "plugins"
    shutil.copytree(plugin_dir(), folder)
    for path in [folder, *folder.iterdir()]:
        path.chmod(0o755)
    return folder


@pytest.mark.parametrize("cut", [4096, 100_000, 300_000, 500_000])
def test_a_half_copied_plugin_is_refused_at_a_reload_and_at_the_start(chapard, sink, plugins, eventually, cut):
    """F40: the daemon of today must live, and one that starts beside the half file too."""
    daemon = chapard([fast_route(sink.port)], config={**FAST, "daemon": {"plugin_dirs": [str(plugins)]}})
    whole = (pathlib.Path(plugin_dir()) / "sms.so").read_bytes()
    half = plugins / "zz-half.so"
    half.write_bytes(whole[:min(cut, len(whole) - 4096)])
    half.chmod(0o755)
    before = len(daemon.log())
    daemon.signal(signal.SIGHUP)
    eventually(lambda: "reload.done" in daemon.log()[before:] or "reload.kept" in daemon.log()[before:])
    assert "zz-half.so is cut short" in daemon.log()
    assert daemon.api.get("/v1/ready").status == 200
    daemon.stop()
    daemon.start()
    assert daemon.api.get("/v1/ready").status == 200


def test_files_of_the_state_folder_are_the_daemons_alone_whatever_the_umask(chapard, sink, tmp_path):
    log = tmp_path / "logs/own.log"
    log.parent.mkdir()
    daemon = chapard([fast_route(sink.port)], config={**FAST, "log": {"file": str(log)}}, wrap=["sh", "-c", 'umask 022; exec "$@"', "sh"])
    answer = daemon.api.send({"to": {"email": "a@rcpt.example"}, "content": {"email": {"subject": "s", "text": "t"}},
                              "class": "transactional"})
    assert answer.status == 202, answer
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [*daemon.state_dir.rglob("*"), log] if path.is_file()}
    assert {"chapar.db", "chapar.db-wal", "chapar.db-shm", "chapar.db.lock"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes


def start_of(daemon):
    """A start that fails: its exit status and what it said."""
    ended = subprocess.run([program("chapard"), "--config", str(daemon.config_path)], capture_output=True, text=True, timeout=60)
    return ended.returncode, ended.stderr + ended.stdout


def test_a_state_folder_that_others_can_write_is_refused_with_the_cure(chapard, sink):
    daemon = chapard([fast_route(sink.port)], config=FAST, start=False)
    for mode in (0o777, 0o770, 0o720, 0o702):  # the group as well: applications are in it
        daemon.state_dir.chmod(mode)
        status, said = start_of(daemon)
        assert status == 78 and f"chmod go-w {daemon.state_dir}" in said, (oct(mode), status, said)
    elsewhere = daemon.state_dir / "store"
    elsewhere.mkdir(mode=0o700)
    daemon.write_config(daemon.config_path.read_text() + f'[store]\npath = "{elsewhere}/chapar.db"\n')
    for folder, other in ((daemon.state_dir, elsewhere), (elsewhere, daemon.state_dir)):
        folder.chmod(0o757)
        other.chmod(0o700)
        status, said = start_of(daemon)
        assert status == 78 and f"chmod go-w {folder}" in said, (status, said)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_is_not_told_to_take_the_folder_of_the_units_user(chapard, sink):
    daemon = chapard([fast_route(sink.port)], config=FAST, start=False)
    os.chown(daemon.state_dir, 54321, 54321)
    status, said = start_of(daemon)
    assert status == 78 and "as user 54321" in said and "chown" not in said, (status, said)


def test_root_outside_of_a_unit_is_told_so(chapard, sink):
    daemon = chapard([fast_route(sink.port)], config=FAST)
    assert ("start.as_root" in daemon.log()) == (os.geteuid() == 0)


@pytest.mark.parametrize("content, said", [(b"not a database at all" * 100, "not a database"), (None, "Is a directory")])
def test_a_store_that_cannot_open_says_the_file_the_reason_and_the_cure(chapard, sink, content, said):
    daemon = chapard([fast_route(sink.port)], config=FAST, start=False)
    if content is None:
        daemon.database.with_name("chapar.db.lock").mkdir()
    else:
        daemon.database.write_bytes(content)
    status, text = start_of(daemon)
    assert status == 78, text
    assert "start.failed" in text and str(daemon.database) in text and said in text and "Cure: " in text, text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user, whom the limit is for")
def test_a_limit_of_processes_ends_the_start_in_words(chapard, sink, tmp_path):
    """F14: root is not limited, so the start is another user's. Whatever the limit is: an exit status, never a signal."""
    daemon = chapard([fast_route(sink.port)], config=FAST, start=False)
    user = 54321
    for path in [tmp_path, *tmp_path.rglob("*")]:
        os.chown(path, user, user)
    for folder in tmp_path.parents:
        if folder != pathlib.Path("/") and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    ends = {}
    for limit in [*range(1, 24), 30, 40]:
        def shrink(most=limit):
            os.setgroups([])
            os.setgid(user)
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
            os.setuid(user)
        # A search for leaks takes a process of its own, which the limit does not leave it.
        options = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
        ended = subprocess.Popen([program("chapard"), "--config", str(daemon.config_path)], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True, preexec_fn=shrink, env={**os.environ, "ASAN_OPTIONS": options})
        said = ""
        for line in ended.stderr:
            said += line
            if "start.ready" in line:
                ended.terminate()
        ends[limit] = ended.wait(60)
        if limit < 16:
            assert ends[limit] == 1 and "a thread can't be started" in said and "TasksMax" in said, (limit, ends, said)
        assert ends[limit] == (0 if "start.ready" in said else 1) and ("start.ready" in said or "start.failed" in said), (limit, said)
    assert ends[40] == 0
