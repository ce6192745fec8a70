"""Links of what chapard really sends: mails at the project's sink. Python's own parser of HTML and
its own HMAC are the judges: every seal is opened here, and without the links nothing has changed."""
import base64
import email
import email.policy
import hashlib
import hmac
import html.parser
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bounces"))
sys.path.insert(0, str(HERE.parent / "sms"))
import seals  # noqa: E402
from harness.build import program  # noqa: E402
from harness.daemon import email_route  # noqa: E402
from http_support import metric  # noqa: E402

BASE = "https://m.shop.example"

MAIL = """+++
subject = "Autumn"
class = "marketing"
list_unsubscribe = true
required = ["path", "their_url"]
[sample]
path = "/a"
their_url = "https://elsewhere.example/x"
+++
<!doctype html><html lang="en"><head><title>Autumn</title></head><body>
<p title="a &amp; b">Hello</p>
<a class='x' href="https://shop.example{{ path }}?a=1&amp;b=2#top" data-chapar-name="hero">Shop &amp; more</a>
<A HREF=https://shop.example/unquoted>two</A>
<a href="{{ their_url }}">theirs</a>
<a href="mailto:help@shop.example">mail</a> <a href="tel:+982188880000">call</a> <a href="#top">up</a>
<a href="https://shop.example/private" data-chapar-track="off">private</a>
<!-- <a href="https://shop.example/comment">c</a> -->
<a href="{{ unsubscribe_url }}">unsubscribe</a> <a href="{{ preferences_url }}">preferences</a>
</body></html>
"""
PLAIN = MAIL.replace('class = "marketing"', 'class = "transactional"').replace("list_unsubscribe = true\n", "")

@pytest.fixture
def templates(tmp_path):
    folder = tmp_path / "templates"
    for name, text in (("autumn", MAIL), ("plain", PLAIN)):
        (folder / name).mkdir(parents=True)
        (folder / name / "email.liquid").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "seal-key"
    path.write_text(seals.KEY + "\n")
    path.chmod(0o600)
    return path


def web(key_file, **more):
    return {"base_url": BASE, "seal_key": str(key_file), **more}


def opened(purpose, kind, text):
    """The fields of a seal, by Python's HMAC; it must be a good one."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    signed, tag = raw[:-16], raw[-16:]
    made = hmac.new(seals.derived(seals.KEY, purpose), bytes([kind]) + signed, hashlib.sha256).digest()[:16]
    assert hmac.compare_digest(made, tag) and signed[0] == 1
    return signed[1:]


def destination(url):
    assert url.startswith(BASE + "/c/"), url
    fields = opened("click", 2, url[len(BASE) + 3:])
    return int.from_bytes(fields[8:10], "big"), fields[12:].decode()


class Reader(html.parser.HTMLParser):
    """The page as a list of what stands in it; addresses of links apart."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.shape, self.links, self.images = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.images.append(dict(attrs))
            return
        if tag == "a":
            self.links.append(dict(attrs)["href"])
            attrs = [(name, value) for name, value in attrs if name != "href"]
        self.shape.append((tag, attrs))

    def handle_endtag(self, tag):
        self.shape.append(("/", tag))

    def handle_data(self, data):
        self.shape.append(data)

    def handle_comment(self, data):
        self.shape.append(("!", data))


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def mail_of(sink, index=-1):
    return email.message_from_bytes(sink.bytes_of(sink.accepted()[index]), policy=email.policy.default)


def part(mail, kind):
    return mail.get_body((kind,)).get_content()


def send(daemon, eventually, state="sent", **message):
    """Accepted and taken by the sink; the message."""
    answer = daemon.api.send({"to": {"email": "sara@rcpt.example", "recipient": "u1"}, **message})
    assert answer.status == 202, answer
    return eventually(lambda: (it := daemon.api.message(answer.json["id"]))["state"] == state and it)


DATA = {"path": "/sale", "their_url": "https://elsewhere.example/x"}


def test_the_links_of_a_marketing_mail_lead_over_the_site_and_nothing_else_changes(chapard, sink, eventually, templates, key_file):
    plain = chapard([email_route(sink.port)], templates=templates)
    own = {**DATA, "unsubscribe_url": "https://shop.example/own", "preferences_url": "https://shop.example/own-p"}
    send(plain, eventually, template="autumn", data=own)
    before = read(part(mail_of(sink), "html"))
    assert before.images == [] and before.links[0] == "https://shop.example/sale?a=1&b=2#top", "without [web] nothing is done"
    assert mail_of(sink)["List-Unsubscribe"] == "<https://shop.example/own>"
    daemon = chapard([email_route(sink.port)], templates=templates, config={"web": web(key_file, utm_hosts=["shop.example"])})
    message = send(daemon, eventually, template="autumn", data=DATA, campaign="autumn26")
    mail = mail_of(sink)
    after = read(part(mail, "html"))
    assert after.shape == before.shape
    number, to = destination(after.links[0])
    assert to == ("https://shop.example/sale?a=1&b=2&utm_source=chapar&utm_medium=email&utm_campaign=autumn26&utm_content=hero#top")
    assert destination(after.links[1])[1].startswith("https://shop.example/unquoted?utm_source=chapar")
    assert {number, destination(after.links[1])[0]} == {0, 1}
    for i in (2, 3, 4, 5, 6):
        assert after.links[i] == before.links[i], "theirs, mailto, tel, the fragment, what is turned off"
    assert after.links[7].startswith(BASE + "/u/") and after.links[8].startswith(BASE + "/p/")
    (pixel,) = after.images
    fields = opened("open", 1, re.fullmatch(re.escape(BASE) + r"/o/([A-Za-z0-9_-]+)\.gif", pixel["src"])[1])
    assert len(fields) == 10 and pixel["width"] == pixel["height"] == "1"
    text = part(mail, "plain")
    assert destination(re.search(re.escape(BASE) + r"/c/[A-Za-z0-9_-]+", text)[0])[1].startswith("https://shop.example/")
    assert "https://shop.example/private" in text and "https://elsewhere.example/x" in text
    assert mail["List-Unsubscribe"] == f"<{after.links[7]}>" and mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = daemon.api.post("/v1/links/resolve", {"link": after.links[0]}).json
    assert (found["kind"], found["message"], found["destination"]) == ("click", message["id"], to)
    told = daemon.api.post("/v1/links/resolve", {"link": after.links[7]}).json
    assert (told["kind"], told["person"], told["channel"], told["topic"]) == ("unsubscribe", "u1", "email", "marketing")
    told = subprocess.run([program("chapar"), "--socket", str(daemon.socket), "link", pixel["src"]], capture_output=True, text=True)
    assert told.returncode == 0 and "open" in told.stdout and message["id"] in told.stdout, told
    assert daemon.api.post("/v1/links/resolve", {"link": after.links[0][:-2] + "AA"}).status == 404
    assert metric(daemon, "chapar_links_rewritten_total") == 2


def test_class_application_and_person_narrow_what_is_tracked(chapard, sink, eventually, templates, key_file):
    daemon = chapard([email_route(sink.port)], templates=templates, config={"web": web(key_file)})

    def seen():
        page = read(part(mail_of(sink), "html"))
        return sum(link.startswith(BASE + "/c/") for link in page.links), len(page.images)

    send(daemon, eventually, template="plain", data=DATA)
    assert seen() == (2, 0), "transactional: clicks"
    assert "List-Unsubscribe" not in mail_of(sink), "nobody can say no to such a mail"
    send(daemon, eventually, template="plain", data=DATA, cc=["other@rcpt.example"])
    assert seen() == (0, 0), "whose hit would it be"
    word = {"topic": "tracking", "state": "unsubscribed", "source": "a letter"}
    letter = {"to": {"email": "sara@rcpt.example", "recipient": "u1"}, "template": "autumn", "data": DATA}
    assert daemon.api.post("/v1/what-if", letter).json["steps"][0]["tracking"] == "full"
    assert daemon.api.put("/v1/recipients/u1/consents", word).status in (200, 201, 204)
    told = daemon.api.post("/v1/what-if", letter).json["steps"][0]
    assert told["tracking"] == "none" and "does not want to be tracked" in told["tracking_words"], told
    send(daemon, eventually, template="autumn", data=DATA)
    assert seen() == (0, 0)
    assert mail_of(sink)["List-Unsubscribe"].startswith(f"<{BASE}/u/"), "the way out stays"
    send(daemon, eventually, template="autumn", data=DATA, to={"email": "ali@rcpt.example", "recipient": "u2"})
    assert seen() == (2, 1), "somebody else's no is not theirs"
    narrow = chapard([email_route(sink.port)], templates=templates, config={"web": web(key_file)},
                     applications=[{"name": "test", "users": [str(os.geteuid())], "classes": ["*"], "channels": ["*"],
                                    "templates": ["*"], "from": ["*"], "operator": True, "tracking": "clicks"}])
    send(narrow, eventually, template="autumn", data=DATA)
    assert seen() == (2, 0), "the application asks for less"


def explained(daemon, message, *more):
    shown = subprocess.run([program("chapar"), "--socket", str(daemon.socket), "explain", *more, message["id"]], capture_output=True,
                           text=True)
    assert shown.returncode == 0, shown
    return shown.stdout


def test_a_message_tells_how_it_is_tracked_by_whose_word_and_which_links_are_counted(chapard, sink, eventually, templates, key_file):
    daemon = chapard([email_route(sink.port)], templates=templates, config={"web": web(key_file), "class.secret": {
        "tracking": "clicks", "keep_content": "0s"}})

    def tracking(message, query="?links=true"):
        return daemon.api.get(f"/v1/messages/{message['id']}{query}").json["tracking"]

    letter = send(daemon, eventually, template="autumn", data=DATA)
    told = tracking(letter)
    counted = read(part(mail_of(sink), "html")).links[:2]
    assert [(link["number"], link["address"]) for link in told["links"]] == sorted(map(destination, counted)), told
    assert (told["mode"], told["by"], told["past"]) == ("full", "class", True)
    assert "links" not in tracking(letter, "")
    words = explained(daemon, letter)
    assert "Tracking is full: the class marketing says so." in words and f"is counted: {told['links'][0]['address']}" in words, words
    assert "شمرده می‌شود" in explained(daemon, letter, "--lang", "fa")
    copied = send(daemon, eventually, template="plain", data=DATA, cc=["other@rcpt.example"])
    assert {"mode": "none", "by": "copies", "links": []}.items() <= tracking(copied).items()
    assert "No link is counted." in explained(daemon, copied)
    secret = send(daemon, eventually, template="plain", data=DATA, **{"class": "secret"})
    told = tracking(secret)
    assert told["mode"] == "clicks" and "links" not in told and "keep_content" in told["links_unknown"], "its text is not shown either"
    word = {"topic": "tracking", "state": "unsubscribed", "source": "a letter"}
    assert daemon.api.put("/v1/recipients/u1/consents", word).status in (200, 201, 204)
    refused = send(daemon, eventually, template="autumn", data=DATA)
    assert {"mode": "none", "by": "person"}.items() <= tracking(refused).items()
    assert tracking(letter)["mode"] == "full", "a word that came later says nothing of what had left"
    waits = daemon.api.send({"to": {"email": "ali@rcpt.example", "recipient": "u2"}, "template": "autumn", "data": DATA,
                             "send_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))}).json
    told = tracking(waits)
    assert (told["mode"], told["past"], len(told["links"])) == ("full", False, 2), "what would be done"
    assert daemon.api.post(f"/v1/messages/{waits['id']}/cancel", {}).status == 200
    assert "tracking" not in daemon.api.get(f"/v1/messages/{waits['id']}").json, "it never leaves"


def test_unsubscribe_required_refuses_a_mail_without_a_way_out(chapard, sink, templates, key_file):
    (templates / "dead").mkdir()
    (templates / "dead" / "email.liquid").write_text("+++\nsubject = 'x'\nclass = 'marketing'\n+++\n<p>no way out</p>\n")
    daemon = chapard([email_route(sink.port)], templates=templates,
                     config={"web": web(key_file), "class.marketing": {"unsubscribe": "required"}})
    answer = daemon.api.send({"to": {"email": "sara@rcpt.example"}, "template": "dead"})
    assert answer.status == 422 and "unsubscribe_url" in str(answer.json), answer
    content = {"email": {"subject": "x", "html": "<p>no way out</p>"}}
    assert daemon.api.send({"to": {"email": "sara@rcpt.example"}, "class": "marketing", "content": content}).status == 422
    assert daemon.api.send({"to": {"email": "sara@rcpt.example"}, "template": "autumn", "data": DATA}).status == 202
    lint = subprocess.run([program("chapar"), "template", "lint", "--config", str(daemon.config_path), str(templates), "dead"],
                          capture_output=True, text=True)
    assert "missing-unsubscribe" in lint.stdout, lint
    shown = subprocess.run([program("chapar"), "render", str(templates / "autumn"), "--config", str(daemon.config_path)],
                           capture_output=True, text=True)
    assert shown.returncode == 0 and "tracking is full: the class marketing says so; 2 links lead over" in shown.stderr, shown
    assert "https://elsewhere.example/x stays as it is" in shown.stderr and f"{BASE}/u/sample" in shown.stdout

