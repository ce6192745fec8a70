"""Templates in MJML, made into HTML by the npm program: the Liquid comes through whole and in its place."""
import ctypes
import re

FRONT = """+++
subject = "s"
lang = "en"
[sample]
name = "Sara"
colour = "#ff0000"
url = "https://a.example/?a=1&b=2"
dark = true
items = [{name = "One"}, {name = "Two & more"}]
+++
"""

FULL = """{% assign greeting = "Hello" %}
<mjml>
  <mj-head>
    <mj-title>{{ name }}</mj-title>
    <mj-preview>For {{ name }}</mj-preview>
    <mj-style>.x { color: {{ colour }} }</mj-style>
    <mj-attributes><mj-text color="{{ colour }}" /></mj-attributes>
  </mj-head>
  <mj-body>
    {% comment %}<mj-section> not there{% endcomment %}
    <mj-section>
      {% for item in items %}
      <mj-column width="50%">
        <mj-text>{{ greeting }} <b {% if dark %}class="dark"{% endif %}>{{ item.name }}</b>{% raw %}{{ raw }}{% endraw %}</mj-text>
        {% if forloop.first %}
        <mj-image src="{{ url }}" alt="{{ item.name | append: "!" }}" width="100px" />
        {% endif %}
      </mj-column>
      {% endfor %}
    </mj-section>
    {% if dark %}
    <mj-section background-color="{% if dark %}{{ colour }}{% else %}white{% endif %}">
      <mj-column>
        <mj-button href="{{ url }}">Go</mj-button>
        <mj-social><mj-social-element name="facebook" href="{{ url }}">{{ name }}</mj-social-element></mj-social>
      </mj-column>
    </mj-section>
    {% endif %}
    <!-- a comment with {{ name }} -->
  </mj-body>
</mjml>
"""


def test_everything_comes_through_and_is_escaped_for_its_place(mjml_templates):
    mjml_templates.write("t/email.mjml.liquid", FRONT + FULL)
    html = mjml_templates.render("t")["html"]
    assert "<title>Sara</title>" in html
    assert html.count("Hello <b class=\"dark\">") == 2
    assert "One</b>{{ raw }}" in html and "Two &amp; more</b>{{ raw }}" in html
    assert "not there" not in html and "greeting" not in html
    assert html.count('alt="One!"') == 1
    assert 'href="https://a.example/?a=1&amp;b=2"' in html
    assert ".x { color: #ff0000 }" in html
    assert not re.search(r"lq[0-9a-f]{8}|NaN", html)
    assert html.lstrip().startswith("<!doctype html>")


def test_a_branch_that_is_not_taken_is_not_sent(mjml_templates):
    mjml_templates.write("t/email.mjml.liquid", FRONT + FULL)
    html = mjml_templates.render("t", "--data", '{"name": "x", "items": [], "dark": false}')["html"]
    assert "Hello" not in html and "facebook" not in html


def test_a_translation_may_be_in_mjml_too(mjml_templates):
    mjml_templates.write("t/email.mjml.liquid", FRONT + FULL)
    mjml_templates.write("t/email.mjml.fa.liquid", '+++\nsubject = "س"\n+++\n<mjml><mj-body><mj-section><mj-column>'
                         "<mj-text>سلام {{ name }}</mj-text></mj-column></mj-section></mj-body></mjml>")
    parts = mjml_templates.render("t", "--locale", "fa-IR")
    assert parts["subject"] == "س" and "سلام Sara" in re.sub("</?bdi>", "", parts["html"])


def refused(templates, body):
    templates.write("t/email.mjml.liquid", FRONT + body)
    done = templates.run("render", "t")
    assert done.returncode == 1, done.stdout
    return done.stderr.strip()


def page(body, head=""):
    return f"<mjml>{head}<mj-body>\n<mj-section>\n<mj-column>\n{body}\n</mj-column></mj-section></mj-body></mjml>"


def test_what_cannot_stay_liquid_is_told_at_its_place(mjml_templates):
    line = FRONT.count("\n") + 4
    said = refused(mjml_templates, page('<mj-image src="https://x" alt="" width="{{ name }}px" />'))
    assert re.search(rf"t/email.mjml.liquid:{line}:\d+: .*'width'.*without Liquid", said), said
    said = refused(mjml_templates, page("<mj-text {% if dark %}color=\"red\"{% endif %}>x</mj-text>"))
    assert f"t/email.mjml.liquid:{line}:10: " in said and "between the attributes of mj-text" in said
    said = refused(mjml_templates, page("<mj-text>x</mj-text>", "<mj-head>{% if dark %}<mj-title>x</mj-title>{% endif %}</mj-head>"))
    assert "mj-head" in said
    said = refused(mjml_templates, page('<mj-include path="/etc/passwd" type="html" />'))
    assert f"t/email.mjml.liquid:{line}:1: mj-include" in said
    said = refused(mjml_templates, page("<mj-text>x</mj-texts>"))
    assert "t/email.mjml.liquid:" in said
    said = refused(mjml_templates, page("<mj-text>x</mj-text></mj-wrapper>"))
    assert "mj-wrapper is closed here, but mj-column" in said


def test_errors_of_the_language_stand_at_the_authors_line(mjml_templates):
    line = FRONT.count("\n") + 4
    said = refused(mjml_templates, page("<mj-text>{{ name | }}\n{% if %}{% endif %}</mj-text>"))
    assert f"t/email.mjml.liquid:{line + 1}:" in said or f"t/email.mjml.liquid:{line}:" in said
    said = refused(mjml_templates, page("<mj-text>\n  {{ 1 | divided_by: zero }}</mj-text>").replace("zero", "0"))
    assert f"t/email.mjml.liquid:{line + 1}:3: divided by 0" in said, said


def test_what_mjml_leaves_out_is_linted(mjml_templates):
    line = FRONT.count("\n") + 4
    mjml_templates.write("t/email.mjml.liquid", FRONT + page(
        '<mj-text colour="red" color="{{ colour }}">{{ name }} {{ url }} {{ dark }} {{ items }}</mj-text>\n<mj-txt>x</mj-txt>'))
    found = [(f["line"], f["rule"]) for f in mjml_templates.lint()]
    assert found == [(line, "mjml"), (line + 1, "mjml")], found


def test_without_the_program_the_error_says_what_to_install(templates):
    templates.write("t/email.mjml.liquid", FRONT + page("<mj-text>x</mj-text>"))
    done = templates.run("render", "t", environment={"PATH": "/nonexistent"})
    assert done.returncode == 1
    assert "t/email.mjml.liquid:11:1: needs the program mjml" in done.stderr
    assert "npm install -g mjml" in done.stderr


def program(tmp_path, text):
    path = tmp_path / "mjml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return {"CHAPAR_MJML": str(path)}


def test_a_program_that_fails_or_floods_is_bounded(templates, tmp_path):
    templates.write("t/email.mjml.liquid", FRONT + page("<mj-text>x</mj-text>"))
    for script, sentence in (("#!/bin/sh\necho 'Error: no luck' >&2\nexit 2\n", "no luck"),
                             ("#!/bin/sh\nexec cat /dev/zero\n", "writes without end"),
                             ("#!/bin/sh\nkill -SEGV $$\n", "status 139")):
        done = templates.run("render", "t", environment=program(tmp_path, script))
        assert done.returncode == 1 and sentence in done.stderr, (script, done.stderr)


def test_what_was_made_is_kept(mjml_templates, tmp_path):
    runs = tmp_path / "runs"
    counting = f"#!/bin/sh\necho run >>'{runs}'\nexec '{mjml_templates.mjml}' \"$@\"\n"
    mjml_templates.mjml = program(tmp_path, counting)["CHAPAR_MJML"]
    mjml_templates.write("t/email.mjml.liquid", FRONT + FULL)
    first = mjml_templates.render("t")["html"]
    kept = list((mjml_templates.cache / "chapar/mjml").iterdir())
    assert len(kept) == 1
    assert mjml_templates.render("t")["html"] == first
    assert runs.read_text() == "run\n", "the program did not run again"
    # What was cut short is made anew.
    kept[0].write_bytes(kept[0].read_bytes()[:100])
    assert mjml_templates.render("t")["html"] == first
    assert runs.read_text() == "run\nrun\n"


def test_it_works_where_no_code_may_be_made_at_run_time(mjml_templates):
    """As under MemoryDenyWriteExecute of chapard.service."""
    pr_set_mdwe, refuse_exec_gain = 65, 1
    libc = ctypes.CDLL(None)
    mjml_templates.write("t/email.mjml.liquid", FRONT + FULL)
    html = mjml_templates.render("t", preexec_fn=lambda: libc.prctl(pr_set_mdwe, refuse_exec_gain, 0, 0, 0))["html"]
    assert "Hello" in html
