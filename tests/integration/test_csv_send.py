"""chapar send --csv: files as offices save them; the whole file is checked before the first row goes."""
import csv
import datetime
import io
import json
import os
import random
import subprocess

import pytest

from harness.build import program
from harness.daemon import email_route


def chapar(daemon, *words):
    return subprocess.run([program("chapar"), *words], capture_output=True, timeout=60,
                          env={**os.environ, "CHAPAR_SOCKET": str(daemon.socket)})


@pytest.fixture
def send(daemon, tmp_path):
    def run(content, *words, campaign="w1", template="welcome"):
        file = tmp_path / "people.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        more = ["--campaign", campaign] if campaign else []
        done = chapar(daemon, "send", "--csv", str(file), "--template", template, "--class", "transactional", *more, *words)
        return done.returncode, done.stdout.decode(), done.stderr.decode().replace(str(file), "people.csv")
    return run


PERSIAN = "ایمیل;name;start_url\r\nsara@example.com;سارا پژمان;https://x.example\r\nali@example.com;علی گلچین;https://x.example\r\n"


@pytest.mark.parametrize("content, said", [
    (PERSIAN.replace("ی", "ي").encode("cp1256"), "Windows-1256, separated by semicolons"),
    (b"\xff\xfe" + PERSIAN.replace(";", "\t").encode("utf-16-le"), "UTF-16LE with a byte order mark, separated by tabs"),
    (b"\xef\xbb\xbf" + PERSIAN.encode(), "UTF-8 with a byte order mark, separated by semicolons"),
    (("sep=;\r\n" + PERSIAN).encode(), 'separated by semicolons (as its "sep=" line says)'),
    (PERSIAN.replace(";", ",").encode(), "UTF-8, separated by commas"),
])
def test_files_of_spreadsheets_are_recognised_and_said(send, content, said):
    code, out, err = send(content, "--dry-run")
    assert code == 0, err
    assert said in out and "2 rows, 2 messages would go: 2 by email" in out


def test_a_campaign_is_asked_for_and_next_weeks_letter_goes(send):
    rows = "email,name,start_url\nsara@example.com,Sara,https://x.example\n"
    code, _, err = send(rows, campaign=None)
    assert code == 2 and "--csv asks for --campaign" in err
    assert "1 accepted, 0 known already" in send(rows, campaign="w1")[1]
    assert "0 accepted, 1 known already" in send(rows, campaign="w1")[1]
    code, out, _ = send(rows.replace("Sara,", "Sarah,"), campaign="w1")  # a corrected name is no second letter
    assert code == 0 and "0 accepted, 1 known already, 0 refused" in out
    assert "1 accepted" in send(rows, campaign="w2")[1]


def test_a_person_in_several_rows_gets_one_letter(send):
    rows = "phone,email,name,start_url\n" + "".join(
        f"{phone},,{name},https://x.example\n"
        for phone, name in (("09121234567", "a"), ("+989121234567", "b"), ("989121234567", "c"), ("۰۹۱۲ ۱۲۳ ۴۵۶۷", "d"))) + \
        ",sara@example.com,e,https://x.example\n,sara@EXAMPLE.com,f,https://x.example\n,Sara@example.com,g,https://x.example\n"
    code, out, err = send(rows, "--dry-run")
    assert code == 0, err
    assert "7 rows, 2 messages would go: 1 by email, 1 by phone" in out and "5 doubles" in out


def test_the_whole_file_is_checked_before_the_first_row_goes(send, daemon):
    rows = "email,name,start_url\ngood@example.com,Good,https://x.example\nnot an address,Bad,x\n,Nobody,x\n" \
        "a@example.com,A\nb@example.com,=HYPERLINK(\"x\"),x\n" + "bad,x,y\n" * 30
    code, out, err = send(rows)
    assert code == 1 and out == ""
    assert "people.csv:3:1: email: " in err
    assert "people.csv:4:1: this row names nobody" in err
    assert "people.csv:5:1: 2 fields, but the header names 3" in err
    assert "people.csv:6:15: a formula in place of its value: =HYPERLINK(" in err
    assert "and 11 more of this kind (addresses)" in err and "34 problems" in err and "nothing was sent" in err
    listed = chapar(daemon, "--json", "list", "--to", "good@example.com").stdout
    assert listed == b""


@pytest.mark.parametrize("content, sentence", [
    ("Email Of Friend;name\nx;y\n", "people.csv:1:1: no column email, phone or recipient (ایمیل، موبایل، شناسه); the columns are «Email Of Friend», «name»"),
    ("email,E-Mail,name\na@x.example,b@x.example,x\n", "people.csv:1:7: two columns mean email: «email» and «E-Mail»"),
    (b"PK\x03\x04\x14\x00[Content_Types].xml", "people.csv:1:1: this is an Excel workbook (.xlsx), not CSV"),
    ("email,name,start_url\n", "people.csv:1:1: there are no rows under the header"),
    ("", "people.csv:1:1: the file is empty"),
    ("email\na@example.com\n", "the template requires «name», and no column has that name"),
    ("email,name,start_url\na@example.com, ,https://x.example\n", "people.csv:2:15: name is empty, and the template requires it"),
])
def test_what_can_not_be_sent_is_said_with_its_place(send, content, sentence):
    code, out, err = send(content)
    assert code == 1 and out == "" and sentence in err, err


def test_a_bad_encoding_is_named_and_can_be_overruled(send):
    rows = "email,name,start_url\na@example.com,محمد,https://x.example\n".encode("cp1256")
    code, _, err = send(rows, "--encoding", "utf-8")
    assert code == 1 and "people.csv:2:15: these bytes are no UTF-8" in err
    code, _, err = send(rows, "--encoding", "klingon")
    assert code == 1 and '"klingon" is not known; say utf-8' in err
    assert "1 accepted" in send(rows, "--encoding", "cp1256")[1]


def test_times_are_read_as_people_write_them(send):
    rows = "email,name,start_url\na@example.com,A,https://x.example\n"
    code, _, err = send(rows, "--send-at", "1405/13/10 09:00")
    assert code == 2 and err == "chapar send: --send-at: character 6: there is no month 13\n"
    assert send(rows, "--send-at", "tomorrow")[0] == 2


@pytest.mark.parametrize("path", ["-", "/dev/stdin"])
def test_what_comes_from_a_pipe_is_checked_and_sent_all_the_same(daemon, path):
    rows = "email,name,start_url\n" + "".join(f"p{i}@example.com,P,https://x.example\n" for i in range(3000))
    done = subprocess.run([program("chapar"), "send", "--csv", path, "--template", "welcome", "--class", "transactional", "--campaign", "w"],
                          input=rows.encode(), capture_output=True, timeout=60, env={**os.environ, "CHAPAR_SOCKET": str(daemon.socket)})
    assert done.returncode == 0 and b"3000 accepted" in done.stdout, done.stderr


@pytest.mark.parametrize("written", ["1450/01/01 09:00", "۱۴۵۰/۰۱/۰۱ ۰۹:۰۰", "۱ فروردین ۱۴۵۰ ساعت ۹:۰۰", "1450-01-01T09:00:00+03:30"])
def test_a_jalali_time_far_ahead_is_the_daemons_to_refuse(send, written):
    code, _, err = send("email,name,start_url\na@example.com,A,https://x.example\n", "--send-at", written)
    assert code == 1 and "send_at lies more than a year ahead" in err, err


def jalali(date):
    """The Iranian day of a date from 2026-03-21 (1405/01/01) to 2061."""
    days, year, leap = (date - datetime.date(2026, 3, 21)).days, 1405, {1408, 1412, 1416, 1420, 1424, 1428, 1432, 1437}
    while days >= (366 if year in leap else 365):
        days, year = days - (366 if year in leap else 365), year + 1
    return (year, days // 31 + 1, days % 31 + 1) if days < 186 else (year, (days - 186) // 30 + 7, (days - 186) % 30 + 1)


@pytest.mark.parametrize("form, digits", [("{}/{:02}/{:02} 09:15", "0123456789"), ("{}/{:02}/{:02} ساعت ۰۹:۱۵", "۰۱۲۳۴۵۶۷۸۹"),
                                          ("{}-{:02}-{:02}T09:15:00+03:30", "0123456789")])
def test_a_jalali_send_at_is_stored_as_its_moment(send, daemon, tmp_path, form, digits):
    (tmp_path / "site.toml").write_text('[daemon]\ntimezone = "Asia/Tehran"\n')
    tehran = datetime.timezone(datetime.timedelta(hours=3, minutes=30))
    due = (datetime.datetime.now(tehran) + datetime.timedelta(days=40)).replace(hour=9, minute=15, second=0, microsecond=0)
    written = form.format(*jalali(due.date())).translate(str.maketrans("0123456789", digits))
    code, out, err = send("email,name,start_url\na@example.com,A,https://x.example\n", "--send-at", written, "--config",
                          str(tmp_path / "site.toml"))
    assert code == 0, err
    listed = json.loads(chapar(daemon, "--json", "list", "--to", "a@example.com").stdout)
    assert datetime.datetime.fromisoformat(listed["send_at"].replace("Z", "+00:00")) == due


@pytest.fixture
def cart(chapard, sink):
    daemon = chapard([email_route(sink.port)])

    def run(cells, *words):
        file = daemon.folder / "cart.csv"
        file.write_text("email;name;cart_url;currency;unsubscribe_url;items\n" + "".join(
            f'p{i}@example.com;Sara;https://x.example;EUR;https://u.example/1;"{cell.replace(chr(34), chr(34) * 2)}"\n' for i, cell in enumerate(cells)))
        done = chapar(daemon, "send", "--csv", str(file), "--template", "abandoned-cart", "--class", "transactional",
                      "--campaign", "w1", "--from", "shop@example.com", *words)
        return done.returncode, done.stdout.decode(), done.stderr.decode().replace(str(file), "cart.csv")
    return run


def test_a_cell_of_json_is_a_list(cart, sink):
    code, out, err = cart(['[{"name": "Shoes", "price": 12000}, {"name": "Socks", "price": "۱۲٬۰۰۰", "quantity": 2}]',
                           ' [{"name": "Hat", "price": 1}]'])
    assert code == 0 and "2 accepted" in out, err
    mails = [sink.bytes_of(record) for record in sink.wait_accepted(2)]
    assert sum(b"Socks" in mail for mail in mails) == 1 and sum(b"Hat" in mail for mail in mails) == 1


@pytest.mark.parametrize("cell, sentence", [
    ("Shoes, socks", 'items is a list in the template\'s sample, and the text "Shoes, socks" here'),
    ("12000", 'items is a list in the template\'s sample, and the text "12000" here'),
    ('{"name": "Shoes"}', "items is a list in the template's sample, and an object here"),
    ('[{"name": "Shoes", "price": 1}', "a cell that begins with [ or { is JSON, and this is none"),
    ("[{'name': 'Shoes'}]", "a cell that begins with [ or { is JSON, and this is none"),
    ('["Shoes"]', "items/0 is an object in the template's sample, and a text here"),
    ('[{"name": "Shoes", "price": [12]}]', "items/0/price is a number in the template's sample, and a list here"),
    ("", "items is empty, and the template requires it"),
])
def test_a_cell_of_another_type_is_refused_with_its_place(cart, cell, sentence):
    code, out, err = cart(['[{"name": "Hat", "price": 1}]', cell])
    assert code == 1 and out == "" and "cart.csv:3:63: " + sentence in err and "nothing was sent" in err, err


def test_the_same_contract_holds_for_the_api(daemon):
    data = {"name": "Sara", "cart_url": "https://x.example", "currency": "EUR", "unsubscribe_url": "https://u.example/1",
            "items": [{"name": "Hat", "price": "12"}]}
    message = {"to": {"email": "a@example.com"}, "template": "abandoned-cart", "class": "transactional", "from": "shop@example.com"}
    for wrong, pointer in (({"items": "Hat"}, "/data/items"), ({"items": ["Hat"]}, "/data/items/0"), ({"name": ["Sara"]}, "/data/name"),
                           ({"items": [{"name": "Hat", "price": {"EUR": 1}}]}, "/data/items/0/price")):
        for path in ("/v1/messages", "/v1/what-if"):
            answer = daemon.api.post(path, {**message, "data": {**data, **wrong}})
            assert answer.status == 422 and [e["pointer"] for e in answer.json["errors"]] == [pointer], answer.json
    assert daemon.api.post("/v1/messages", {**message, "data": data}).status == 202


def test_a_dry_run_says_what_it_costs(send, tmp_path):
    (tmp_path / "priced.toml").write_text('[[route]]\nname = "operator"\nchannel = "sms"\nplugin = "sms"\n[[route.price]]\n'
                                          'prefix = "+98"\nsegment = 1250\n')
    folder = tmp_path / "mine" / "hello"
    folder.mkdir(parents=True)
    (folder / "sms.liquid").write_text("Hello {{ name }}")
    (folder / "email.liquid").write_text('+++\nsubject = "x"\n+++\nHello {{ name }}')
    words = ["--dry-run", "--config", str(tmp_path / "priced.toml"), "--folder"]
    # A double costs nothing, and a mail no text message.
    rows = "phone,email,name\n09121234567,,Sara\n+989121234567,,Sara\n,a@example.com,Ali\n09131234567,b@example.com,Ali\n" \
        "09351234567,,زهرا" + "ا" * 80 + "\n"
    code, out, err = send(rows, *words, str(folder.parent), template="hello")
    assert code == 0, err
    assert "what goes by SMS:\n2 messages, 3 segments\n" in out and "route operator: 2 messages, 3 segments, 3750 IRR" in out
    assert "3 messages, 4 segments" in send(rows, *words, str(folder.parent), "--channels", "sms", template="hello")[1]
    code, out, err = send(rows, *words, str(tmp_path), template="hello")
    assert code == 0 and "the cost is not known: " in out and "say --folder" in out


@pytest.fixture(scope="session")
def reader():
    return program("read_csv")


def cell(dice):
    letters = "abcXYZ 012,;\t|\"'\n=-+۱۲سارا‌پچ؛،é"
    return "".join(dice.choice(letters) for _ in range(dice.randrange(12)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1256", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_what_python_writes_reads_back_the_same(reader, tmp_path, encoding, separator):
    dice = random.Random(f"{encoding}{separator}")
    for turn in range(12):
        width = dice.randrange(2, 6)
        rows = [[f"column {i}" for i in range(width)]]
        for _ in range(dice.randrange(1, 30)):
            row = [cell(dice) for _ in range(width)]
            row = [text.encode(encoding, "ignore").decode(encoding) for text in row]
            # A formula is named, not read; a row of nothing is none.
            row = [text.lstrip("=") for text in row]
            if any(row):
                rows.append(row)
        out = io.StringIO(newline="")
        quoting = dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
        csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=dice.choice(["\r\n", "\n"])).writerows(rows)
        file = tmp_path / f"{turn}.csv"
        file.write_bytes(out.getvalue().encode(encoding))
        named = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16", "utf-16-le": "utf-16le"}.get(encoding, encoding)
        got = json.loads(subprocess.run([reader, str(file), named], capture_output=True, check=True).stdout)
        assert got["problems"] == [], out.getvalue()
        assert got["separator"] == separator or len(rows) == 1
        # Persian letters stand for the Arabic ones of this encoding.
        expected = [[text.replace("ي", "ی").replace("ك", "ک") for text in row] for row in rows] if got["persian"] else rows
        assert got["rows"] == expected, out.getvalue()
