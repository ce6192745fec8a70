"""Templates from the corners of the language: strftime with every flag, partials within partials, loops and cycles with odd
attributes, broken markup. Compared with the newest reference only; part of it is in corpus.jsonl with the answers."""
from generator import DATES, Generator

ZONES = ["", "Z", " +0330", " -1100", " UTC", " EST", " PDT", " +05:45", " GMT+2"]
FLAGS = ["", "-", "_", "0", "^", "#", ":", "::", "^_", "-0", "10", "03", "_5", "#10", "^12", "E", "O"]
DIRECTIVES = "YCymBbhdejHIklMSLNzZAauwGVgUWsnt%cDFTRrpPxXvQ+i"
PARTIALS = {
    "p": "[{{ x }}{{ a }}{{ p }}]", "q": "({{ q.name }}{{ forloop.index }})",
    "n": "<{% include 'p' %}{% render 'q', q: n %}{{ n }}>",
    "loop": "{% for i in (1..3) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{{ forloop.parentloop.index }}{% endfor %}"
            "{% cycle 'a','b' %}{% increment n %}{% assign a = 'set' %}",
    "bad": "{{ 1 | divided_by: 0 }}{{ x | nofilter }}", "syntax": "{% if %}{% endif %}",
    "self": "{% if d < 3 %}{% assign d = d | plus: 1 %}{% include 'self' %}{% endif %}{{ d }}"}
INCLUDE = ["", " with a", " for items", " for items as it", ", x: 1, y: b", " with b as x, z: 2"]
RENDER = ["", " with a", " for items", " for items as x", ", x: a", " with b as x, z: 2", ", d: 0"]
CYCLES = ["'g': 1, 2, 3", "a: 'x', b", "1", "x, y, z,", '"a": "b"', "a.b: 1, 2", "'a', 'b' , 'c'", "i: i, 2"]
TABLES = ["cols:2", "cols: a", "limit:2", "offset:1 limit:3", "cols:2 limit:3 offset:1", "cols:'2'", "cols:0", "cols:-1",
          "limit:-1", "offset:-1", "cols:nil"]
LOOPS = ["", "limit:2", "offset:continue", "reversed", "limit: 2 offset: 1", "offset: a", "limit: b", "reversed limit: 2",
         "offset:-1", "limit:-1", "offset:'1'", "limit: 1.5", "limit: nil"]
TURNS = ["{{ i }}", "{{ forloop.rindex0 }}{{ forloop.first }}{{ forloop.name }}",
         "{% if i == 2 %}{% continue %}{% endif %}{{ i }}",
         "{% for j in items %}{{ forloop.parentloop.index0 }}{{ j }}{% endfor %}", "{% ifchanged %}{{ a }}{% endifchanged %}"]
LIQUID = ["assign a = 3\necho a | plus: 1", "for i in (1..2)\necho i\nendfor", "if a\necho 'y'\nelse\necho 'n'\nendif",
          "case a\nwhen 1\necho 1\nelse\necho 2\nendcase", "# note\nassign q = 'w'\n", "include 'p'\nrender 'q'",
          "cycle 1,2\nincrement n\n\n", "bad tag", "capture z\necho 'zz'\nendcapture\necho z"]
BROKEN = ["{{", "{%", "}}", "%}", "{{ }}", "{{ a", "{{ a | }}", "{{ a | upcase: }}", "{% assign %}", "{% assign x %}",
          "{% for %}{% endfor %}", "{{ a b }}", "{{ a, b }}", "{% if a b %}x{% endif %}", "{{ 'a }}", "{% unknown %}",
          "{% endif %}", "{{ a.b. }}", "{{ a[ }}", "{{ -a }}", "{{ a | first | last.x }}", "{% case %}{% endcase %}",
          "{{ a |upcase|downcase }}", "{{a|append:'x','y'}}", "{% if a == %}y{% endif %}", "{% if a => b %}{% endif %}",
          "{{ 1..2 }}", "{{ (1..a) }}", "{{ (a..'3') | join: '-' }}", "{%- -%}", "{{- -}}", "{%-if a-%} x {%-endif-%}",
          "{{ a | default: 'x', allow_false: true }}", "{% else %}", "{% when %}"]


class WideGenerator(Generator):
    def date(self):
        text = self.pick(DATES + ["2020-06-15 14:30:45", "1969-12-31 23:59:59", "0001-01-01", "9999-12-31 23:59:60",
                                  "2024-02-29T12:00", "12/31/99", "1e9", "-1", "@5"])
        return text + (self.pick(ZONES) if self.chance(0.5) else "")

    def format(self):
        def part():
            return "%" + self.pick(FLAGS) + self.pick(DIRECTIVES) if self.chance(0.8) else self.pick([" ", "/", "x", "é", "%%"])
        return "".join(part() for _ in range(self.random.randint(1, 4))).replace("-z", "z").replace("-0z", "z")

    def node(self, depth=0):
        kind = self.random.randrange(12)
        if kind == 0:
            return "{{ '" + self.date() + "' | date: \"" + self.format() + "\" }}"
        if kind == 1:
            return self.tag(f"include '{self.pick(list(PARTIALS))}'{self.pick(INCLUDE)}")
        if kind == 2:
            return self.tag(f"render '{self.pick(list(PARTIALS))}'{self.pick(RENDER)}")
        if kind == 3:
            return self.tag("cycle " + self.pick(CYCLES))
        if kind == 4:
            members = "".join("{{ tablerowloop.%s }}" % name for name in ("col", "row", "col_first", "last"))
            jump = self.pick(["", "{% break %}", "{% if i == 2 %}{% continue %}{% endif %}"])
            return (self.tag(f"tablerow i in {self.expression(1)} {self.pick(TABLES)}") + "{{ i }}" + members + jump
                    + self.tag("endtablerow"))
        if kind == 5:
            return "{% for i in (1..4) " + self.pick(LOOPS) + " %}" + self.pick(TURNS) + "{% endfor %}"
        if kind == 6:
            return "{% liquid\n" + self.pick(LIQUID) + "\n%}"
        return self.pick(BROKEN) if kind == 7 else super().node(depth)

    def case(self, number):
        return {**super().case(number), "templates": PARTIALS, "mode": self.pick(["lax", "strict", "strict2"]),
                "inline": self.chance(0.7)}


def cases(seed, count):
    generator = WideGenerator(seed)
    return [generator.case(n) for n in range(count)]
