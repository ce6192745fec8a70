"""The first mail with the shipped configuration, as its comments suggest it; and what is said when there is no From."""
import os
import re
import subprocess

from harness.build import plugin_dir, program, root
from harness.daemon import Daemon, email_route


def shipped(folder, port):
    """config/chapar.toml with its examples of applications and of the local relay taken in, for this machine's user and the sink."""
    text = (root / "config/chapar.toml").read_text()
    blocks = re.split(r"\n\n", text)
    taken = [re.sub(r"(?m)^#(?=[\[a-z])", "", block) for block in blocks
             if re.search(r"(?m)^#\[\[(application|route)\]\]", block)]
    assert len(taken) == 3
    text = "\n".join(taken)
    for old, new in (("port = 25", f"port = {port}"), ('users = ["www-data"]', f'users = ["{os.geteuid()}"]'),
                     ('users = ["root"]\ngroups = ["adm"]', 'users = ["12345"]')):
        assert old in text
        text = text.replace(old, new)
    (folder / "templates").symlink_to(root / "templates")
    return (f'[daemon]\nstate_dir = "{folder}/state"\ntemplate_dir = "{folder}/templates"\nplugin_dirs = ["{plugin_dir()}"]\n'
            f'[socket]\npath = "{folder}/chapar.sock"\n{text}')


def test_the_examples_of_the_shipped_configuration_send_a_first_mail(chapard, sink, tmp_path, eventually):
    daemon = chapard([email_route(sink.port)], start=False)
    daemon.write_config(shipped(daemon.folder, sink.port))
    checked = subprocess.run([program("chapar"), "config", "check", "--config", str(daemon.config_path)], capture_output=True, text=True)
    assert checked.returncode == 0, checked
    daemon.start()
    sent = subprocess.run([program("chapar"), "--socket", str(daemon.socket), "send", "--to", "me@example.com", "--template", "welcome",
                           "--data", '{"name": "Ali", "start_url": "https://x.example/"}'], capture_output=True, text=True)
    assert sent.returncode == 0, sent
    mail = eventually(sink.accepted)[0]
    assert "me@example.com" in str(mail)
    assert "unencrypted" not in daemon.log(), "the relay is this machine"
    assert "route.without_from" not in daemon.log()


def test_a_mail_without_a_From_is_refused_at_once_and_warned_of_at_the_start(chapard, sink):
    route = email_route(sink.port, name="relay")
    del route["settings"]["from"]
    daemon = chapard([route])
    assert "route.without_from" in daemon.log()
    answer = daemon.api.send({"to": {"email": "a@rcpt.example"}, "content": {"email": {"subject": "s", "text": "t"}},
                              "class": "transactional"})
    assert answer.status == 422, answer
    assert "no From: set `from` in the request, the template or [route.settings] of relay" in answer.json["detail"]
    named = daemon.api.send({"to": {"email": "a@rcpt.example"}, "content": {"email": {"subject": "s", "text": "t", "from": "x@s.example"}},
                             "class": "transactional"})
    assert named.status == 202, named


def test_root_or_an_operator_sends_in_the_name_of_an_application(tmp_path, sink):
    me = str(os.geteuid())
    daemon = Daemon(tmp_path / "d", [email_route(sink.port)], applications=[
        {"name": "operators", "users": [me], "operator": True},
        {"name": "shop", "users": ["12345"], "classes": ["*"], "channels": ["*"], "templates": ["*"], "from": ["*"]}])
    with daemon:
        words = ["send", "--to", "a@rcpt.example", "--template", "otp", "--class", "otp", "--data", '{"code": "1"}']
        chapar = [program("chapar"), "--socket", str(daemon.socket)]
        alone = subprocess.run([*chapar, *words], capture_output=True, text=True)
        assert alone.returncode == 1 and "chapar --application NAME" in alone.stderr, alone
        named = subprocess.run([*chapar, "--application", "shop", *words], capture_output=True, text=True)
        assert named.returncode == 0, named
        assert daemon.api.message(named.stdout.split()[0])["application"] == "shop"
        rows = tmp_path / "people.ndjson"
        rows.write_text('{"to":{"email":"b@rcpt.example"},"template":"otp","class":"otp","data":{"code":"2"}}\n')
        streamed = subprocess.run([*chapar, "--application", "shop", "send", "--ndjson", str(rows)],
                                  capture_output=True, text=True)
        assert streamed.returncode == 0, streamed


def test_a_link_that_is_none_is_refused_at_once_where_the_template_puts_it_into_one(daemon):
    for address in ("javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "shop.example:8080/x"):
        letter = {"to": {"email": "a@rcpt.example"}, "template": "welcome", "data": {"name": "data: Ali", "start_url": address}}
        answer = daemon.api.send(letter)
        assert answer.status == 422 and answer.json["errors"] == [{
            "pointer": "/data/start_url", "detail": "start_url begins a link, and this is none: it may begin with https:, http:, "
            "mailto: or tel:, and with nothing else before a colon"}], answer
    letter["data"]["start_url"] = "https://x.example/?next=javascript:x"
    assert daemon.api.send(letter).status == 202
