"""Random Liquid templates with data, the same for the same seed. Each case is a line for `chapar render --jsonl`."""
import random

TEXTS = ["", " ", "a", "Hello World", "x,y,,z", "3", "-4.5", "0x1f", "12abc", "<b>&amp; 'q' \"d\"</b>", "line\r\nbreak\n",
         "سلام دنیا", "straße Éa", "tEsT", "1.0", "2020-06-15 14:30:45", "a b  c", "true", "🙂 x"]
NUMBERS = [0, 1, -1, 2, 3, 7, 10, 255, -13, 1000000007, 0.5, -2.25, 1.005, 3.14159, 1e15, 1e-7, 99999999999999]
NAMES = ["a", "b", "c", "d", "items", "people", "user", "nothing", "flag"]
KEYS = ["name", "age", "size", "first", "last", "tag", "x"]
FILTERS = {"abs": 0, "append": 1, "at_least": 1, "at_most": 1, "capitalize": 0, "ceil": 0, "compact": (0, 1), "concat": 1,
           "default": (0, 1), "divided_by": 1, "downcase": 0, "escape": 0, "escape_once": 0, "first": 0, "floor": 0,
           "join": (0, 1), "last": 0, "lstrip": 0, "map": 1, "minus": 1, "modulo": 1, "newline_to_br": 0, "plus": 1,
           "prepend": 1, "remove": 1, "remove_first": 1, "remove_last": 1, "replace": (1, 2), "replace_first": (1, 2),
           "replace_last": 2, "reverse": 0, "round": (0, 1), "rstrip": 0, "size": 0, "slice": (1, 2), "sort": (0, 1),
           "sort_natural": (0, 1), "split": 1, "squish": 0, "strip": 0, "strip_html": 0, "strip_newlines": 0, "sum": (0, 1),
           "times": 1, "truncate": (0, 2), "truncatewords": (0, 2), "uniq": (0, 1), "upcase": 0, "url_encode": 0,
           "url_decode": 0, "where": (1, 2), "reject": (1, 2), "has": (1, 2), "find": (1, 2), "find_index": (1, 2),
           "base64_encode": 0, "unknown_filter": (0, 1)}
FORMATS = ["%Y-%m-%d", "%e %b %y %H:%M:%S", "%A %j %U %W %V", "%-d/%-m %I%p", "%s", "%^a|%10Y|%_m|%3N", "%c", "%x %X %D %F %T %R %r"]
DATES = ["2020-06-15", "15 June 2020", "Jun 15, 2020 3pm", "2020/1/2 03:04", "1.2.2020", "20200615", "2020-06-15T14:30:45Z",
         "Mon, 15 Jun 2020 14:30:45 +0300", "15-jun-2020", "2020-166", "june 2020", "not a date", "1592231445",
         "2020-06-15 14:30:45.123456 -0430", "99-1-2", "2020-02-30", "2020-13-01", "12:30 2020-01-01"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, items):
        return items[self.random.randrange(len(items))]

    def chance(self, p):
        return self.random.random() < p

    def value(self, depth=0):
        kind = self.random.randrange(10)
        if kind < 3 or depth > 2:
            return self.pick(TEXTS)
        if kind < 5:
            return self.pick(NUMBERS)
        if kind == 5:
            return self.pick([True, False, None])
        if kind < 8:
            return [self.value(depth + 1) for _ in range(self.random.randrange(5))]
        return {k: self.value(depth + 1) for k in self.random.sample(KEYS, self.random.randrange(4))}

    def data(self):
        d = {n: self.value() for n in NAMES if n != "nothing"}
        d["items"] = [self.pick(NUMBERS if self.chance(0.5) else TEXTS) for _ in range(self.random.randrange(6))]
        d["people"] = [{"name": self.pick(TEXTS), "age": self.pick(NUMBERS), "tag": self.pick([None, "t", "u"])}
                       for _ in range(self.random.randrange(5))]
        return d

    def quoted(self):
        text = self.pick(TEXTS + KEYS).replace("'", "").replace("\n", "").replace("\r", "")
        return f"'{text}'" if '"' in text or self.chance(0.7) else f'"{text}"'

    def expression(self, depth=0):
        kind = self.random.randrange(12)
        if kind < 2:
            return self.quoted()
        if kind < 4:
            return str(self.pick([n for n in NUMBERS if "e" not in str(n)]))
        if kind == 4:
            return self.pick(["nil", "true", "false", "blank", "empty"])
        if kind == 5 and depth < 2:
            return f"({self.pick(['1', '0', '-2', 'forloop.index', '3'])}..{self.pick(['3', '5', 'forloop.length', '0'])})"
        name = self.pick(NAMES + ["i", "forloop"])
        for _ in range(self.random.randrange(3)):
            step = self.random.randrange(4)
            if step < 2:
                name += "." + self.pick(KEYS + ["index", "length"])
            elif step == 2:
                name += f"[{self.pick(['0', '-1', '1', '9'])}]"
            else:
                name += f"[{self.quoted() if self.chance(0.5) else self.pick(NAMES)}]"
        return name

    def pipe(self):
        out = self.expression()
        for _ in range(self.random.randrange(4)):
            if self.chance(0.08):
                out = f"'{self.pick(DATES)}' | date: '{self.pick(FORMATS)}'"
                continue
            name = self.pick(list(FILTERS))
            count = FILTERS[name]
            count = self.random.randint(*count) if isinstance(count, tuple) else count
            if self.chance(0.02):
                count += 1
            args = [self.quoted() if self.chance(0.4) else self.expression(1) for _ in range(count)]
            out += f" | {name}" + (": " + ", ".join(args) if args else "")
        return out

    def condition(self):
        def one():
            if self.chance(0.3):
                return self.expression()
            return f"{self.expression()} {self.pick(['==', '!=', '<', '>', '<=', '>=', 'contains', '<>'])} {self.expression()}"
        return "".join(one() + self.pick([" and ", " or "]) for _ in range(self.random.randrange(3))) + one()

    def open(self):
        return "{%-" if self.chance(0.15) else "{%"

    def close(self):
        return "-%}" if self.chance(0.15) else "%}"

    def tag(self, text):
        return f"{self.open()} {text} {self.close()}"

    def block(self, depth):
        return "".join(self.node(depth + 1) for _ in range(self.random.randrange(4)))

    def node(self, depth=0):
        kind = self.random.randrange(20)
        if kind < 4 or depth > 3:
            return self.pick([" ", "\n", "text ", "  \n ", "ü", "}", "{ ", "%}"])
        if kind < 9:
            return "{{ " + self.pipe() + (" -}}" if self.chance(0.1) else " }}")
        if kind == 9:
            return self.tag(f"assign {self.pick(['a', 'v', 'w'])} = {self.pipe()}")
        if kind == 10:
            return self.tag("capture v") + self.block(depth) + self.tag("endcapture") + "{{ v }}"
        if kind < 13:
            tag = self.pick(["if", "if", "unless"])
            out = self.tag(f"{tag} {self.condition()}") + self.block(depth)
            if self.chance(0.3):
                out += self.tag(f"elsif {self.condition()}") + self.block(depth)
            if self.chance(0.4):
                out += self.tag("else") + self.block(depth)
            return out + self.tag("end" + tag)
        if kind < 15:
            options = self.pick(["", "", " reversed", " limit:2", " offset:1", " limit:a", " limit:2 offset:continue"])
            body = self.block(depth) + self.pick(["", "", "{% break %}", "{% continue %}", "{{ i }}{{ forloop.index }}"])
            other = self.tag("else") + "none" if self.chance(0.2) else ""
            return self.tag(f"for i in {self.expression(1)}{options}") + body + other + self.tag("endfor")
        if kind == 15:
            whens = "".join(self.tag("when " + self.pick([", ", " or "]).join(self.expression() for _ in range(self.random.randint(1, 2))))
                            + self.block(depth) for _ in range(self.random.randrange(3)))
            return self.tag(f"case {self.expression()}") + whens + self.pick(["", self.tag("else") + "e"]) + self.tag("endcase")
        if kind == 16:
            return self.tag(self.pick(["cycle 'x','y'", "cycle a, b", "cycle a: 1, 2", "increment n", "decrement n"]))
        if kind == 17:
            return self.tag(self.pick(["include 'p'", "render 'p', x: a", "render 'p' for items as x", "include 'p' with b as x",
                                       "render 'q' with user", "include 'missing'"]))
        if kind == 18:
            return self.tag(f"tablerow i in {self.expression(1)} cols:{self.pick(['1', '2', 'a'])}") + self.block(depth) + self.tag("endtablerow")
        return self.pick(["{% comment %}{% if %}{% endcomment %}", "{% raw %}{{ a }}{% endraw %}", "{% # note %}",
                          "{% liquid assign z = 1\necho z\n%}", "{% echo a | upcase %}", "{% ifchanged %}x{% endifchanged %}"])

    def case(self, number):
        return {"id": number, "template": "".join(self.node() for _ in range(self.random.randint(1, 6))), "data": self.data(),
                "templates": {"p": "[{{ x }}{{ a }}{{ p }}]", "q": "({{ q.name }}{{ forloop.index }})"},
                "mode": self.pick(["lax", "lax", "strict"]), "inline": self.chance(0.8)}


def cases(seed, count):
    generator = Generator(seed)
    return [generator.case(n) for n in range(count)]
