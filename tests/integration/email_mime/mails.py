"""Random mails, the tool that builds them, and a checker that reads the result with Python's own email package."""
import base64
import email.header
import email.policy
import email.utils
import json
import os
import pathlib
import random
import re
import subprocess

BUILD = pathlib.Path(os.environ.get("CHAPAR_BUILD", pathlib.Path(__file__).resolve().parents[3] / "build/dev"))

PERSIAN = "سلام به شما که می‌خواهید کتاب‌های تازه را ببینید ۱۲۳۴ گزارش خانهٔ پدری و ۀ".split()
ENGLISH = "Hello dear reader your order 42 is on its way = _ ?? =?utf-8?Q?x?= \"quoted\" a,b;c <tag> 100% From . .. it's".split()
OTHER = ["日本語", "emoji👩‍👩‍👧", "é", "ß", "\u200f", "\u200c", "Ünïcödé", "x" * 90, "A" * 300]


def words(rng, count, pool=None):
    pool = pool or rng.choice([PERSIAN, ENGLISH, PERSIAN + ENGLISH + OTHER])
    return " ".join(rng.choice(pool) for _ in range(count))


def text(rng):
    """Lines of every awkward kind."""
    lines = []
    for _ in range(rng.choice([0, 1, 3, 20])):
        kind = rng.randrange(9)
        lines.append({
            0: lambda: words(rng, 8),
            1: lambda: "",
            2: lambda: words(rng, 3) + "   ",
            3: lambda: "\t" + words(rng, 2) + "\t",
            4: lambda: "." * rng.randrange(1, 4),
            5: lambda: "From here on " + words(rng, 2),
            6: lambda: words(rng, 200),
            7: lambda: "--=_a.x " + words(rng, 2),
            8: lambda: "=" * rng.randrange(70, 80) + "a" * rng.randrange(70, 80),
        }[kind]())
    return "x" + rng.choice(["\n", "\r\n", "\r"]).join(lines)


def mail(rng, number):
    domain = rng.choice(["example.com", "shop.example.ir", "ایران.ir", "bücher.example"])
    made = {
        "attempt": f"0190{number:08x}-7abc-7def-8123-{rng.getrandbits(48):012x}.{rng.randrange(1, 9)}",
        "from": f"shop@{domain}",
        "to": rng.choice(["ali", "a.b+c", "x_y", "علی", "o'neil"]) + "@" + rng.choice(["example.org", "دانشگاه.ir"]),
        "subject": words(rng, rng.choice([0, 1, 4, 30, 60])),
        "date": rng.randrange(1_500_000_000, 1_750_000_000),
        "locale": rng.choice(["", "fa", "fa-IR", "en_US", "ar", "de"]),
    }
    name = words(rng, rng.choice([0, 1, 2, 12]), rng.choice([PERSIAN, ["Shop", "Chapar", "Inc."], ["a,b", 'q"q', "\\", "(c)"]]))
    if name:
        # Quoted, as a careful application writes it.
        made["from"] = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + f'" <shop@{domain}>'
        made["_name"] = name
    shape = rng.randrange(3)
    if shape != 0:
        made["text"] = text(rng)
    if shape != 1:
        made["html"] = "<html><body>" + text(rng) + "</body></html>" if rng.random() < 0.5 else "<p>" + text(rng)
        if rng.random() < 0.3:
            made["preheader"] = "pre & header " + words(rng, 3, PERSIAN)
    if rng.random() < 0.3:
        made["reply_to"] = "پشتیبانی <help@example.com>"
    if rng.random() < 0.5:
        made["list_unsubscribe"] = rng.choice(["https://example.com/u?a=1,2&b=%20", "mailto:u@example.com?subject=x",
                                               "<https://example.com/u>, <mailto:u@example.com>"])
    made["headers"] = [[f"X-Custom-{i}", words(rng, rng.choice([1, 5, 30]))] for i in range(rng.choice([0, 0, 2]))]
    made["files"] = [
        {"name": rng.choice(["a.pdf", "گزارش سال ۱۴۰۵.pdf", "long " * 25 + ".txt", "it's (1).png", "ف" * 60]),
         "content_type": rng.choice(["application/pdf", "image/png", "text/plain"]),
         "content_id": rng.choice(["", f"image{i}"]),
         "hex": rng.randbytes(rng.choice([0, 1, 56, 57, 58, 500])).hex()}
        for i in range(rng.choice([0, 0, 0, 1, 3]))]
    return made


def mails(seed, count):
    rng = random.Random(seed)
    return [mail(rng, number) for number in range(count)]


class Answer:
    def __init__(self, line):
        parts = line.split(" ", 4)
        self.refused = parts[0] == "refused"
        if self.refused:
            self.blame, self.sentence = int(parts[1]), line.split(" ", 2)[2]
        else:
            self.mail_from, self.rcpt_to, self.utf8 = parts[1], parts[2], parts[3] == "1"
            self.raw = base64.b64decode(parts[4])


def build(given, *arguments, tool="mime_tool"):
    lines = "".join(json.dumps({k: v for k, v in m.items() if not k.startswith("_")}) + "\n" for m in given)
    done = subprocess.run([BUILD / "bin" / tool, *arguments], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    answers = [Answer(line) for line in done.stdout.decode().split("\n")[:-1]]
    assert len(answers) == len(given)
    return answers


def a_label(address):
    local, domain = address.rsplit("@", 1)
    return local + "@" + ".".join(label.encode("idna").decode() for label in domain.split("."))


def normal(value):
    return re.sub(r"\r\n|\r|\n", "\n", value).rstrip("\n")


def wire_problems(raw, utf8):
    problems = []
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        problems.append("a bare CR or LF")
    if b"\0" in raw:
        problems.append("a NUL")
    head, _, body = raw.partition(b"\r\n\r\n")
    if max(map(len, raw.split(b"\r\n"))) > 998:
        problems.append("a line over 998")
    if max(map(len, body.split(b"\r\n"))) > 76:
        problems.append("a body line over 76")
    for line in head.split(b"\r\n"):
        if b"=?" in line and len(line) > 76:
            problems.append(f"a line with encoded words over 76: {line!r}")
    if not utf8 and any(byte > 127 for byte in raw):
        problems.append("8-bit bytes without SMTPUTF8")
    if any(byte > 127 for byte in body):
        problems.append("8-bit bytes in the body")
    return problems


OWN = {"from", "to", "reply-to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post",
       "content-language", "mime-version", "content-type", "content-transfer-encoding", "dkim-signature"}


def display_name(raw):
    """By the older API: the newer one leaves a blank between two encoded words of a phrase."""
    value = email.message_from_bytes(raw, policy=email.policy.compat32)["from"]
    name = email.utils.parseaddr(re.sub(r"\r?\n", "", str(value)))[0]
    return str(email.header.make_header(email.header.decode_header(name)))


def header_problems(given, parsed, raw):
    problems = []
    custom = [name.lower() for name, _ in given.get("headers", [])]
    names = [name.lower() for name in parsed.keys()]
    for name in names:
        if name not in OWN and name not in custom:
            problems.append(f"a header nobody asked for: {name}")
        if name != "dkim-signature" and names.count(name) != (custom.count(name) or 1):
            problems.append(f"a header repeated: {name}")
    tabless = lambda value: value.replace("\t", " ")
    if str(parsed["subject"]) != tabless(given["subject"]):
        problems.append(f"subject {str(parsed['subject'])!r} is not {given['subject']!r}")
    addresses = parsed["to"].addresses
    if len(addresses) != 1 or addresses[0].addr_spec != a_label(given["to"]):
        problems.append(f"recipients: {parsed['to']}")
    sender = parsed["from"].addresses
    bare = re.search(r"<([^<>]*)>$", given["from"])
    if len(sender) != 1 or sender[0].addr_spec != a_label(bare.group(1) if bare else given["from"]):
        problems.append(f"from: {parsed['from']}")
    elif "_name" in given and display_name(raw) != given["_name"]:
        problems.append(f"display name {display_name(raw)!r} is not {given['_name']!r}")
    if parsed["message-id"] != f"<{given['attempt']}@{sender[0].domain}>":
        problems.append(f"message id: {parsed['message-id']}")
    if int(email.utils.parsedate_to_datetime(str(parsed["date"])).timestamp()) != given["date"]:
        problems.append(f"date: {parsed['date']}")
    for name, value in given.get("headers", []):
        if str(parsed[name]) != tabless(value):
            problems.append(f"{name}: {str(parsed[name])!r} is not {value!r}")
    unsubscribe = given.get("list_unsubscribe", "")
    if ("https:" in unsubscribe) != (parsed["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"):
        problems.append("one-click")
    if [x.strip("<> ") for x in re.findall(r"<[^>]*>", unsubscribe) or [unsubscribe]] != \
            (re.findall(r"<([^>]*)>", str(parsed["list-unsubscribe"] or "")) or [""]):
        problems.append(f"unsubscribe: {parsed['list-unsubscribe']}")
    return problems


def part_problems(given, parsed):
    problems = []
    leaves = [part for part in parsed.walk() if not part.is_multipart()]
    files = given.get("files", [])
    bodies = leaves[:len(leaves) - len(files)] if files else leaves
    plain = [normal(part.get_content()) for part in bodies if part.get_content_type() == "text/plain"]
    html = [normal(part.get_content()) for part in bodies if part.get_content_type() == "text/html"]
    if plain != ([normal(given["text"])] if given.get("text") else []):
        problems.append(f"text: {plain!r} is not {given.get('text')!r}")
    if len(html) != (1 if given.get("html") else 0):
        problems.append("the html part is missing or one too many")
    elif html and "preheader" not in given and normal(given["html"]) not in html[0]:
        problems.append(f"html: {html!r} is not {given['html']!r}")
    elif html and given["locale"].startswith(("fa", "ar")) and "<html>" not in given["html"] and 'dir="rtl"' not in html[0]:
        problems.append("no dir on the html part")
    inline = [f for f in files if f["content_id"] and given.get("html")]
    wanted = inline + [f for f in files if f not in inline]
    got = leaves[len(bodies):]
    for file, part in zip(wanted, got):
        if part.get_payload(decode=True) != bytes.fromhex(file["hex"]):
            problems.append(f"bytes of {file['name']}")
        if part.get_filename() != file["name"].strip(" ."):
            if len(file["name"]) <= 60:
                problems.append(f"file name {part.get_filename()!r} is not {file['name']!r}")
        if (part.get_content_disposition() == "inline") != (file in inline):
            problems.append("disposition")
        if file in inline and part["content-id"] != f"<{file['content_id']}>":
            problems.append("content id")
    if any(part.defects for part in parsed.walk()):
        problems.append(f"defects: {[part.defects for part in parsed.walk()]}")
    return problems


def problems(given, answer):
    if answer.utf8:
        parsed = email.message_from_string(answer.raw.decode(), policy=email.policy.SMTPUTF8)
    else:
        parsed = email.message_from_bytes(answer.raw, policy=email.policy.default)
    found = wire_problems(answer.raw, answer.utf8) + header_problems(given, parsed, answer.raw) + part_problems(given, parsed)
    if answer.rcpt_to != a_label(given["to"]):
        found.append("envelope recipient")
    if answer.utf8 != (not given["to"].rsplit("@", 1)[0].isascii()):
        found.append("SMTPUTF8")
    return found
