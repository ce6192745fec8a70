"""chapar template lint and chapar render as a marketer uses them."""
import html
import json
import pathlib
import re

import pytest

from conftest import SOURCE

MAIL = """+++
subject = "Hello {{ name }}"
preheader = "p"
lang = "en"
required = ["name"]
[sample]
name = "Sara"
+++
<h1>Hello {{ name }}</h1>
<p>{{ nam }}</p>
\t<p>سلامِ شما <img src="https://a.example/a.png" width="9"></p>
"""


def test_a_finding_shows_its_line_and_a_mark_under_the_place(templates):
    templates.write("t/email.liquid", MAIL)
    done = templates.run("template", "lint")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "templates/t/email.liquid:10:7: error: 'nam' is neither required nor in the sample data of t/email.liquid; did you mean "
        "'name'? [undefined-variable]",
        "    <p>{{ nam }}</p>",
        "          ^",
        "templates/t/email.liquid:11:23: error: an image without alt says nothing where images are off [image-alt]",
        "     <p>سلامِ شما <img src=\"https://a.example/a.png\" width=\"9\"></p>",
        " " * 17 + "^",
        "2 errors, 0 warnings",
    ]


def test_lint_ends_with_how_many_it_looked_at(templates):
    templates.write("t/sms.liquid", "x")
    done = templates.run("template", "lint")
    assert (done.returncode, done.stdout) == (0, "1 template, fine\n")
    templates.write("u/sms.liquid", "x")
    assert templates.run("template", "lint").stdout == "2 templates, fine\n"
    assert templates.run("template", "lint", "templates", "u").stdout == "1 template, fine\n"
    assert json.loads(templates.run("--json", "template", "lint").stdout)["templates"] == 2


def test_lint_in_persian(templates):
    templates.write("t/email.liquid", MAIL)
    done = templates.run("template", "lint", "--lang", "fa")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == ("templates/t/email.liquid:10:7: خطا: «nam» نه در required هست و نه در نمونهٔ t/email.liquid؛ منظورتان «name» است؟ "
                        "[undefined-variable]")
    assert lines[-1] == "2 خطا، 0 هشدار"
    assert templates.run("template", "lint", "--lang", "de").returncode == 2


def test_an_sms_is_counted_as_the_plugins_count(templates):
    templates.write("t/sms.liquid", "x" * 161)
    templates.write("u/sms.fa.liquid", "سلام " * 40)
    said = templates.run("template", "lint").stdout
    assert "t/sms.liquid:1:1: warning: 2 segments; 1 characters less make 1 [sms-segments]" in said
    assert "u/sms.fa.liquid:1:1: warning: 3 segments; 65 characters less make 2 [sms-segments]" in said


def test_render_says_which_file_has_another_name(templates):
    templates.write("a/email.fa.liquid.txt", MAIL)
    done = templates.run("render", "a", "--folder", "templates")
    assert done.returncode == 4
    assert "a/email.fa.liquid.txt:1:1: is no template file by its name; rename it to email.fa.liquid" in done.stderr


def test_an_unclosed_tag_is_marked(templates):
    templates.write("t/sms.liquid", "Hello\n  {% if name %}x")
    done = templates.run("template", "lint", "templates/t")
    assert done.returncode == 1
    first, source, mark = done.stdout.splitlines()[:3]
    assert re.match(r"templates/t/sms.liquid:2:\d+: error: .* \[broken\]", first), first
    assert source == "      {% if name %}x"
    assert source[mark.index("^")] == "{", (source, mark)


def test_lint_as_json(templates):
    templates.write("t/email.liquid", MAIL)
    done = templates.run("--json", "template", "lint", "templates", "t")
    answer = json.loads(done.stdout)
    assert (answer["ok"], answer["errors"]) == (False, 2)
    assert answer["findings"][0] == {
        "file": "t/email.liquid", "line": 10, "column": 7, "severity": "error", "rule": "undefined-variable",
        "sentence": answer["findings"][0]["sentence"], "source": "<p>{{ nam }}</p>"}


def test_lint_finds_its_templates(templates):
    templates.write("t/sms.liquid", "fine")
    templates.write("u/sms.liquid", "{% if %}")
    assert templates.run("template", "lint").returncode == 1
    assert templates.run("template", "lint", "t").returncode == 0
    assert templates.run("template", "lint", "templates/t").returncode == 0
    assert templates.run("template", "lint", "templates", "t", "u").returncode == 1
    assert templates.run("template", "lint", "nothing").returncode == 4
    assert templates.run("template", "lint", "--strange").returncode == 2


def rules(templates, body, front=""):
    templates.write("t/email.liquid", f'+++\nsubject = "s"\nlang = "en"\n{front}+++\n{body}')
    return [(f["line"] - 4 - front.count("\n"), f["column"], f["rule"]) for f in templates.lint()]


def test_what_the_finished_page_shows(templates):
    assert rules(templates, '<a href="">x</a>\n<a href="#">x</a>\n<a href="http://a.example">x</a>\n<a href="/cart">x</a>'
                 '\n<a href="tel:1">x</a> <a name="x"></a>') == [
        (1, 1, "link-empty"), (2, 1, "link-empty"), (3, 1, "link-insecure"), (4, 1, "link-relative")]
    assert rules(templates, "<div><b>x</div>\n</span>") == [(1, 6, "html-unclosed"), (1, 6, "html-unclosed")]
    assert rules(templates, "<p>\n<script>x</script>\n<form></form>") == [
        (2, 1, "unsupported-element"), (3, 1, "unsupported-element")]
    assert rules(templates, '<link rel="stylesheet" href="https://a.example/a.css">\n<style>@import "x";</style>') == [
        (1, 1, "external-style"), (2, 1, "external-style")]
    assert rules(templates, "<style>\np{color:red}\n@media (max-width:9px){p{color:blue}}</style><p>x</p>") == [
        (1, 1, "css-important")]
    assert rules(templates, "<style>\np{color:red}\n@media (max-width:9px){p{color:blue!important}}</style><p>x</p>") == []


def test_a_finding_in_a_shared_file_stands_there_once(templates):
    templates.write("_partials/p.liquid", "a\n <img src='https://a.example'>")
    templates.write("u/email.liquid", '+++\nsubject = "s"\nlang = "en"\n+++\n{% include "p" %}')
    templates.write("t/email.liquid", '+++\nsubject = "s"\nlang = "en"\n+++\n{% include "p" %}{% include "p" %}')
    assert [(f["file"], f["line"], f["column"], f["rule"]) for f in templates.lint()] == [
        ("_partials/p.liquid", 2, 2, "image-alt"), ("_partials/p.liquid", 2, 2, "image-width")]


def test_a_silenced_rule_and_one_that_is_none(templates):
    assert rules(templates, '<a href="">x</a>', 'silence = ["link-empty"]\n') == []
    templates.write("t/email.liquid", '+++\nsubject = "s"\nlang = "en"\nsilence = ["link-emty"]\n+++\nx')
    found = templates.lint()
    assert [(f["line"], f["rule"]) for f in found] == [(4, "unknown-rule")]
    assert "did you mean 'link-empty'" in found[0]["sentence"]


def test_render_shows_what_would_be_sent(templates):
    templates.write("t/email.liquid", MAIL.replace("{{ nam }}", "x"))
    templates.write("t/email.fa.liquid", '+++\nsubject = "سلام {{ name }}"\n[sample]\nname = "سارا"\n+++\n<p>{{ name }}</p>')
    templates.write("t/sms.liquid", "+++\n[sample]\nname = \"S\"\n+++\nHi {{ name }}")
    assert templates.run("render", "t").stdout.startswith("subject: Hello Sara\npreheader: p\n\n--- text ---\nHello Sara\n")
    assert templates.render("t", "--locale", "fa-IR")["subject"] == "سلام سارا"
    assert templates.run("render", "templates/t/email.fa.liquid", "--part", "subject").stdout == "سلام سارا"
    assert templates.render("t", "--data", '{"name": "Ali"}')["subject"] == "Hello Ali"
    (templates.folder.parent / "d.json").write_text('{"name": "Reza"}', encoding="utf-8")
    assert templates.render("t", "--data", "d.json")["subject"] == "Hello Reza"
    assert templates.run("render", "t", "--channel", "sms").stdout == "Hi S\n"
    assert templates.run("render", "t", "--part", "subject").stdout == "Hello Sara"
    assert templates.run("render", "t", "--data", "{}").returncode == 1
    assert templates.run("render", "t", "--channel", "push").returncode == 4
    assert templates.run("render", "t", "--lokale", "fa").returncode == 2


def test_a_preview_is_a_page(templates, tmp_path):
    templates.write("t/email.liquid", MAIL.replace("{{ nam }}", "x"))
    done = templates.run("render", "t", "--open", environment={"XDG_RUNTIME_DIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    page = pathlib.Path(done.stdout.strip())
    assert page.parent == tmp_path and page.stat().st_mode & 0o777 == 0o600
    text = page.read_text(encoding="utf-8")
    frames = re.findall(r'<iframe sandbox="allow-popups" width="(\d+)" srcdoc="([^"]*)"', text)
    assert [width for width, _ in frames] == ["600", "375"]
    assert html.unescape(frames[0][1]) == templates.render("t")["html"]
    assert "<dd dir=\"auto\">Hello Sara</dd>" in text


def test_with_a_display_the_browser_is_asked(templates, tmp_path):
    templates.write("t/email.liquid", MAIL.replace("{{ nam }}", "x"))
    opener = tmp_path / "bin/xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n', encoding="utf-8")
    opener.chmod(0o755)
    done = templates.run("render", "t", "--open", environment={
        "XDG_RUNTIME_DIR": str(tmp_path), "DISPLAY": ":9", "PATH": f"{opener.parent}:/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "opened").read_text(encoding="utf-8").strip() == done.stdout.strip()


def test_plain_liquid_from_files_stays_as_it_was(templates):
    (templates.folder.parent / "a.liquid").write_text("Hi {{ name }}", encoding="utf-8")
    (templates.folder.parent / "d.json").write_text('{"name": "<b>"}', encoding="utf-8")
    assert templates.run("render", "a.liquid", "d.json").stdout == "Hi <b>"
    assert templates.run("render", "a.liquid").stdout == "Hi "
    assert templates.run("render", "--jsonl", input='{"id": 1, "template": "{{ a }}", "data": {"a": 2}}\n').stdout == \
        '{"id":1,"output":"2"}\n'


def test_a_wrong_option_of_render_is_named(templates):
    templates.write("t/email.liquid", MAIL)
    for words, sentence in ((["--timezone", "Mars/X"], 'chapar render: --timezone: there is no time zone "Mars/X"'),
                            (["--timezone", "Tehran"], 'chapar render: --timezone: there is no time zone "Tehran"; did you mean Asia/Tehran?'),
                            (["--data", "{bad"], "chapar render: --data: "),
                            (["--data", "{}"], "'name' is required")):
        done = templates.run("render", "templates/t", *words)
        assert done.returncode != 0 and done.stdout == ""
        assert sentence in done.stderr, done.stderr


def test_times_are_shown_in_the_zone_of_the_site(templates, tmp_path):
    templates.write("t/sms.liquid", "{{ '2027-03-19T23:59:00+03:30' | local_date: 'none', time: 'short' }}")
    assert "23:59" in templates.run("render", "t", "--locale", "de").stdout  # as the daemon would send it
    config = tmp_path / "site.toml"
    config.write_text('[daemon]\ntimezone = "Europe/Berlin"\n', encoding="utf-8")
    berlin = templates.run("render", "t", "--locale", "de", "--config", str(config))
    assert "21:29" in berlin.stdout
    assert f"times are those of Europe/Berlin (of {config})" in berlin.stderr
    as_json = templates.run("--json", "render", "t", "--locale", "de", "--timezone", "America/Mexico_City")
    assert '"timezone":"America/Mexico_City"' in as_json.stdout


def test_locale_and_time_zone_choose_what_is_shown(templates):
    clock = "{{ at | jalali: '%H:%M' }} {{ at | local_date: 'none', time: 'short' }}"
    templates.write("t/sms.liquid", f"+++\nlang = \"fa\"\n+++\n{clock} فارسی")
    templates.write("t/sms.en.liquid", "{{ at | jalali: '%F %H:%M' }} {{ at | local_date: 'short', time: 'short' }} English")
    sms = ["render", "templates/t", "--channel", "sms", "--timezone", "Asia/Tehran"]
    # 1 Farvardin begins in Tehran while it is still the evening before in UTC.
    for at in ("2026-03-20T21:00:00Z", "2026-03-20 22:00:00 +0100"):
        shown = templates.run(*sms, "--locale", "en-GB", "--data", json.dumps({"at": at}))
        assert (shown.returncode, shown.stderr) == (0, "")
        assert shown.stdout.strip() == "1405-01-01 00:30 21/03/2026, 00:30 English"
    assert templates.run(*sms, "--locale", "fa", "--data", json.dumps({"at": 1774040400})).stdout == "۰۰:۳۰ ۰۰:۳۰ فارسی\n"
    other = templates.run(*sms, "--locale", "xx", "--data", "{}")
    assert other.returncode == 0 and "does not speak xx" in other.stderr


def test_a_file_of_a_template_is_shown_with_its_partials(templates):
    templates.write("_partials/brand.liquid", "Naranj")
    templates.write("t/sms.liquid", '+++\nlang = "en"\n+++\n{% include "brand" %}: hello')
    templates.write("t/sms.fa.liquid", '{% include "brand" %}: سلام')
    assert templates.run("render", "templates/t/sms.liquid").stdout == "Naranj: hello\n"
    assert templates.run("render", "templates/t/sms.fa.liquid").stdout == "Naranj: سلام\n"
    english = templates.run("render", "t", "--locale", "en")
    assert english.stdout == "Naranj: hello\n"
    assert english.stderr == "chapar render: times are those of Asia/Tehran (the default of a site; --config FILE or --timezone ZONE for another)\n"
    assert "does not speak de" in templates.run("render", "t", "--locale", "de").stderr


STARTERS = ["otp", "welcome", "abandoned-cart", "win-back", "birthday"]


@pytest.mark.parametrize("locale", ["en", "fa"])
@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_is_one_sms(templates, name, locale):
    text = templates.run("render", str(SOURCE / "templates" / name), "--channel", "sms", "--locale", locale, "--part", "text")
    assert (text.returncode, text.stderr) == (0, "")
    units = len(text.stdout.encode("utf-16-le")) // 2
    assert units <= 160 if text.stdout.isascii() else units <= 70, text.stdout
    counted = templates.run("--json", "sms", "count", text.stdout)
    assert json.loads(counted.stdout)["segments"] == 1
