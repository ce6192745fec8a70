"""chapar cost: segments and money of a send, from a template, a CSV file and the configuration's prices."""
import json
import subprocess

import pytest

from harness.build import program

CONFIG = """
[[route]]
name = "operator"
channel = "sms"
plugin = "sms"
prefixes = ["+98"]
[[route.price]]
prefix = "+98"
segment = 1250
[[route.price]]
prefix = "+98912"
segment = "1199.5"
[[route]]
name = "abroad"
channel = "sms"
plugin = "sms"
[[route.price]]
segment = "0.0079"
currency = "EUR"
[policy]
exchange = ["EUR=700000"]
"""


@pytest.fixture
def cost(tmp_path):
    template = tmp_path / "templates" / "hello"
    template.mkdir(parents=True)
    (template / "sms.liquid").write_text("Hello {{ name }}, {{ text }}")
    (tmp_path / "chapar.toml").write_text(CONFIG)

    def run(rows, *words):
        (tmp_path / "people.csv").write_text(rows)
        return subprocess.run(
            [program("chapar"), *words, "cost", "--template", "hello", "--csv", str(tmp_path / "people.csv"), "--folder",
             str(tmp_path / "templates"), "--config", str(tmp_path / "chapar.toml")], capture_output=True, text=True)
    return run


def test_segments_money_and_the_worst_row_are_told(cost):
    rows = "phone,name,text\n" + "0912 123 4567,Sara,hi\n" * 2 + f"09351234567,Ali,{'a' * 200}\n" + \
        "+4915112345678,Max,hi\n" + f"09121234567,زهرا,{'b' * 200}\n"
    said = cost(rows, "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    answer = json.loads(said.stdout)
    assert answer["messages"] == 5
    assert answer["by_segments"] == {"1": 3, "2": 1, "4": 1}
    assert answer["by_encoding"] == {"GSM-7": 4, "UCS-2": 1}
    assert answer["forced_by"] == {"ز": 1}
    routes = {route["route"]: route for route in answer["routes"]}
    # Two and four segments to +98912, two to another Iranian number, one abroad: exact, each in its currency.
    assert (routes["operator"]["amount"], routes["operator"]["currency"]) == ("9697", "IRR")
    assert (routes["abroad"]["amount"], routes["abroad"]["currency"]) == ("0.0079", "EUR")
    worst = answer["worst"]
    assert (worst["line"], worst["segments"], worst["encoding"], worst["forced_by"]) == (6, 4, "UCS-2", "ز")


def test_a_route_that_replaces_typographic_marks_costs_what_it_will_send(cost, tmp_path):
    rows = "phone,name,text\n09121234567,Sara,“" + "a" * 100 + "”\n"
    assert json.loads(cost(rows, "--json").stdout)["segments"] == 2
    (tmp_path / "chapar.toml").write_text(CONFIG.replace("[[route]]\nname = \"abroad\"",
                                                         "[route.settings]\nsmart = true\n[[route]]\nname = \"abroad\"", 1))
    answer = json.loads(cost(rows, "--json").stdout)
    assert (answer["segments"], answer["by_encoding"], answer["forced_by"]) == (1, {"GSM-7": 1}, {})
    assert answer["routes"][0]["amount"] == "1199.5"


def test_a_row_that_can_not_be_sent_is_named_by_its_place(cost):
    said = cost("name,phone,text\nSara,0912 123,hi\nAli,09121234567,hi\n")
    assert said.returncode == 1
    assert "people.csv:2:6: phone: a number of IR has 10 digits after +98; this one has 6" in said.stdout
    assert "1 messages, 1 segments" in said.stdout


@pytest.mark.parametrize("rows, what", [
    ('phone,name,text\n0912,"Sara,hi\n', "people.csv:2:6: this quote is never closed"),
    ('phone,name,text\n0912,Sa"ra,hi\n', "people.csv:2:8: a quote inside of a field"),
    ('phone,name,text\n0912,"Sara"x,hi\n', "people.csv:2:12: after the closing quote a separator or the end of the row is expected"),
    ("phone,name,text\n0912,Sara\n", "people.csv:2:1: 2 fields, but the header names 3"),
    ("", "people.csv:1:1: the file is empty"),
])
def test_a_broken_file_is_refused_with_line_and_column(cost, rows, what):
    said = cost(rows)
    assert said.returncode == 1
    assert what in said.stderr


def test_a_hundred_thousand_people_take_about_a_second(cost):
    rows = "phone,name,text\n" + "".join(f"0912{i:07d},سارا,{i} تومان\n" for i in range(100_000))
    said = cost(rows, "--json")
    assert json.loads(said.stdout)["messages"] == 100_000
