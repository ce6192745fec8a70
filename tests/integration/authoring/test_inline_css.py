"""Style sheets written into elements, with juice (npm) as the judge: what each element says in the end must be the same.
The sheets and pages are random, the same seeds every time; a few are written by hand."""
import html.parser
import json
import random
import subprocess

import pytest

FRONT = '+++\nsubject = "s"\nlang = "en"\n+++\n'

HAND = [
    ("p{color:red}", "<p>a</p>"),
    ("td.a, .b > td{padding:1px 2px}", '<table><tr class="b"><td class="a">x</td><td>y</td></tr></table>'),
    ("#i{margin:0}p{margin:1px!important}", '<p id="i" style="margin:2px">x</p>'),
    ("a[href^='https']{color:#111;text-decoration:none}", '<a href="https://a.example" style="color:blue">x</a>'),
    ('p{font-family:"A B",serif}', "<p>x</p>"),
    ("/* c */ p{color:red;} /* d{} */ @media print{p{color:blue}} p:hover{color:green}", "<p>x</p>"),
    ("div div p.x{color:red} div p.x.y{color:green}", '<div><div><p class="x y">x</p></div></div>'),
    ("table td{border:0} table td.b{border:1px solid red}", '<table><tr><td class="b">x</td></tr></table>'),
    ("p{background:url(https://a.example/x.png?a=1&b=2)}", "<p>x</p>"),
    ("P.A{color:red} p.a{color:blue}", '<p class="a">x</p>'),
    ("p{color:red} p{color:blue !important} p.a{color:green}", '<p class="a" style="color:black">x</p>'),
    ("body{margin:0;background-color:#fff}", "<p>x</p>"),
]


def generated(seed, count):
    chance = random.Random(seed)
    tags, classes, ids = ["p", "div", "span", "b", "td"], list("abcd"), list("xyz")
    properties = ["color", "margin", "padding", "border", "font-size", "width", "text-align"]

    def compound():
        text = chance.choice([*tags, "", ""])
        if chance.random() < 0.6 or not text:
            text += "." + chance.choice(classes)
        if chance.random() < 0.1:
            text += "#" + chance.choice(ids)
        if chance.random() < 0.1:
            text += '[title="t"]'
        return text

    def selector():
        return chance.choice([" ", " > "]).join(compound() for _ in range(chance.choice([1, 1, 1, 2, 2, 3])))

    def rule():
        declarations = ";".join(f"{chance.choice(properties)}:{chance.randint(0, 99)}px"
                                + ("!important" if chance.random() < 0.1 else "") for _ in range(chance.randint(1, 3)))
        return ",".join(selector() for _ in range(chance.choice([1, 1, 2]))) + "{" + declarations + "}"

    def element(depth):
        tag = chance.choice(["div", "span", "b"]) if depth else chance.choice(["p", "span"])
        text = "<" + tag
        if chance.random() < 0.7:
            text += ' class="' + " ".join(chance.sample(classes, chance.randint(1, 2))) + '"'
        if chance.random() < 0.2:
            text += f' id="{chance.choice(ids)}"'
        if chance.random() < 0.2:
            text += ' title="t"'
        if chance.random() < 0.3:
            text += f' style="{chance.choice(properties)}: {chance.randint(100, 199)}px"'
        inner = "".join(element(depth - 1) for _ in range(chance.randint(1, 3))) if depth else "t"
        return f"{text}>{inner}</{tag}>"

    return [("\n".join(rule() for _ in range(chance.randint(1, 8))),
             "".join("<div>" + element(chance.randint(0, 2)) + "</div>" for _ in range(3))) for _ in range(count)]


class Styles(html.parser.HTMLParser):
    """What the style attribute of each element says in the end, in document order."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        last = {}
        for one in (dict(attrs).get("style") or "").split(";"):
            name, _, value = one.partition(":")
            if not name.strip():
                continue
            important = "!important" in value
            value = value.replace("!important", "").strip().replace('"', "'")
            if name.strip() in last and last[name.strip()][1] and not important:
                continue
            last.pop(name.strip(), None)
            last[name.strip()] = (value, important)
        if tag not in ("html", "head", "style", "tbody"):
            self.found.append((tag, {name: value for name, (value, _) in last.items()}))


def ours(templates, cases):
    for number, (sheet, body) in enumerate(cases):
        templates.write(f"t{number}/email.liquid",
                        f"{FRONT}<html><head><style>{sheet}</style></head><body>{body}</body></html>")
    return [templates.render(f"t{number}")["html"] for number in range(len(cases))]


def judged(peers, cases):
    lines = "".join(json.dumps({"html": f"<html><head><style>{sheet}</style></head><body>{body}</body></html>"}) + "\n"
                    for sheet, body in cases)
    done = subprocess.run(["node", __file__.replace("test_inline_css.py", "oracle.cjs"), peers], input=lines,
                          capture_output=True, text=True, timeout=120, check=True)
    return [json.loads(line)["html"] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("cases", [HAND, generated(1, 60), generated(2, 60)], ids=["by-hand", "seed-1", "seed-2"])
def test_every_element_says_what_juice_says(templates, peers, cases):
    styled = 0
    for case, have, want in zip(cases, ours(templates, cases), judged(peers, cases), strict=True):
        assert Styles(have).found == Styles(want).found, (case, have, want)
        styled += sum(bool(said) for _, said in Styles(have).found)
    assert styled >= len(cases), "most pages have something to say"


def test_layouts_and_partials_are_one_page(templates):
    templates.write("_layouts/l.liquid", "<style>.box p{margin:0}.b{color:red} p{padding:0}</style><div class=box>{{ content }}</div>")
    templates.write("_partials/b.liquid", '<p class="b">{{ text }}</p>')
    templates.write("t/email.liquid", FRONT.replace("lang", 'layout = "l"\nlang') + "{% include 'b', text: 'x' %}<p>y</p>")
    html = templates.render("t")["html"]
    assert '<p style="margin:0;color:red;padding:0" class="b">x</p>' in html or \
        Styles(html).found[-2] == ("p", {"padding": "0", "color": "red", "margin": "0"}), html
    assert Styles(html).found[-1] == ("p", {"padding": "0", "margin": "0"})


def test_a_partial_in_two_places_gets_what_holds_in_both(templates):
    templates.write("_partials/b.liquid", "<p>{{ text }}</p>")
    templates.write("t/email.liquid", FRONT + "<style>p{margin:0} div p{color:red}</style>"
                    "<div>{% include 'b', text: 'x' %}</div>{% include 'b', text: 'y' %}")
    assert templates.render("t")["html"].count('<p style="margin:0">') == 2


def test_it_can_be_switched_off(templates):
    templates.write("t/email.liquid", FRONT.replace("lang", "inline_css = false\nlang") + "<style>p{margin:0}</style><p>x</p>")
    assert templates.render("t")["html"].endswith("<p>x</p>")


def test_errors_keep_the_authors_place(templates):
    templates.write("t/email.liquid", FRONT + "<style>p{margin:0;color:red}</style>\n<p>a</p><p>{{ 1 | divided_by: 0 }}</p>")
    done = templates.run("render", "t")
    assert "t/email.liquid:6:12: divided by 0" in done.stderr, done.stderr
