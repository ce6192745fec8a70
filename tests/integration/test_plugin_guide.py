"""docs/write-a-plugin.md, followed as a stranger does: its source, its commands and its route as they stand on the page."""
import os
import re
import shlex
import subprocess

from harness.build import plugin_dir, program, root
from harness.daemon import Daemon

PAGE = (root / "docs/write-a-plugin.md").read_text()
PLACE = "/var/lib/chapar/maildir"


def blocks(language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", PAGE)


def command(beginning, **replaced):
    """The one line of the page's shell blocks that begins so, as words."""
    line, = [line for block in blocks("sh") for line in block.splitlines() if line.startswith(beginning)]
    return [replaced.get(word, word) for word in shlex.split(line)]


def run(words, folder, **more):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, **more)
    assert done.returncode == 0, (words, done)
    return done.stdout


def test_the_page_leads_from_its_source_to_a_message_in_a_file(tmp_path, eventually):
    plugins = tmp_path / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "maildir.cpp").write_text(blocks("cpp")[0])
    # In place of the package with the headers, as the page says.
    assert "export CPATH=.../plugins/sdk/include" in PAGE
    run(command("g++"), plugins, env={**os.environ, "CPATH": str(root / "plugins/sdk/include")})

    checked = run(command("chapar plugin check", chapar=program("chapar")), plugins)
    assert checked.splitlines() and all(line.startswith("ok ") for line in checked.splitlines()), checked

    box = tmp_path / "box"
    route, = [block for block in blocks("toml") if "[[route]]" in block]
    assert PLACE in route
    daemon = Daemon(tmp_path / "d", [])
    text = daemon.config_text().replace(plugin_dir(), str(plugins)) + "\n" + route.replace(PLACE, str(box))
    daemon.write_config(text)
    run([program("chapar"), "config", "check", "--config", str(daemon.config_path)], tmp_path)
    with daemon:
        sent = command("chapar send", chapar=program("chapar"))
        run([sent[0], "--socket", str(daemon.socket), *sent[1:]], tmp_path)
        file, = eventually(lambda: list((box / "new").glob("*")))
    mail = file.read_text()
    assert "To: me@example.com\n" in mail and "12345" in mail, mail
    assert f"cat {PLACE}/new/*" in PAGE


def test_the_page_names_files_and_headers_that_are_there():
    for name in re.findall(r"`((?:plugins|daemon|docs|tests)/[\w/.-]+)`", PAGE):
        if name != "plugins/maildir/CMakeLists.txt" or (root / "plugins/maildir").exists():
            assert (root / name).exists(), name
    for header in re.findall(r"`(chapar/[\w.]+\.hpp?)`", PAGE):
        assert (root / "plugins/sdk/include" / header).exists(), header
