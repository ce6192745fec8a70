"""`chapar phone` beside libphonenumber (Debian's python3-phonenumbers): 5,000 numbers as people of 38 countries write them."""
import json
import random
import sys
import pathlib
import subprocess

import phonenumbers
from phonenumbers import PhoneNumberFormat as Form
from phonenumbers import carrier

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
from harness.build import program  # noqa: E402

COUNTRIES = "IR AE TR DE GB US CA FR IQ AF IN RU TJ AZ AM SE NL IT ES PL CN JP BR AU KW QA OM SA PK BY BO CO GE LB MN NP PE UY".split()
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
# What libphonenumber calls the operators that `chapar phone` names.
OPERATORS = {"IR-MCI": "Hamrah-e Aval (MCI)", "Irancell": "Irancell", "Rightel": "RighTel", "MTCE": "Spadan (MTCE)",
             "Taliya": "Taliya", "TeleKish": "TeleKish (TKC)", "Shatel Mobile": "Shatel Mobile"}


def ask(numbers):
    lines = "".join(json.dumps({"phone": phone, "country": country}) + "\n" for phone, country in numbers)
    done = subprocess.run([program("chapar"), "phone", "--jsonl"], input=lines, capture_output=True, text=True, timeout=60,
                          check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def random_number(dice, country):
    kind = dice.choice([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE])
    example = phonenumbers.national_significant_number(phonenumbers.example_number_for_type(country, kind))
    kept = dice.randint(2, 6)
    digits = example[:kept] + "".join(dice.choice("0123456789") for _ in example[kept:])
    return phonenumbers.parse(f"+{phonenumbers.country_code_for_region(country)}{digits}")


def written(dice, number):
    form = dice.choice([Form.E164, Form.INTERNATIONAL, Form.NATIONAL, None])
    text = "00" + phonenumbers.format_number(number, Form.E164)[1:] if form is None else phonenumbers.format_number(number, form)
    return text.translate(dice.choice([{}, {}, PERSIAN, ARABIC]))


def test_what_is_written_in_any_way_is_the_same_number():
    dice = random.Random(164)
    cases = []
    while len(cases) < 5_000:
        country = dice.choice(COUNTRIES)
        number = random_number(dice, country)
        cases.append((written(dice, number), country, number))
    answers = ask([(text, country) for text, country, _ in cases])
    assert len(answers) == len(cases)
    hints = 0
    for (text, country, number), answer in zip(cases, answers):
        wanted = phonenumbers.format_number(number, Form.E164)
        if "e164" in answer:
            assert answer["e164"] == wanted, (text, country)
        elif phonenumbers.is_valid_number(number):
            # What could be two numbers is asked for with +, and the answer names both.
            hints += 1
            assert "write it with +" in answer["error"] and wanted in answer["error"], (text, answer)
    assert hints < len(cases) / 50


def test_what_no_country_has_is_refused():
    dice = random.Random(165)
    cases = []
    while len(cases) < 2_000:
        digits = "".join(dice.choice("0123456789") for _ in range(dice.choice([3, 5, 9, 13, 16, 18])))
        number = phonenumbers.PhoneNumber(country_code=98, national_number=int(digits), italian_leading_zero=digits[0] == "0")
        if not phonenumbers.is_possible_number(number) and not digits.startswith("0"):
            cases.append("+98" + digits)
    assert all("error" in answer for answer in ask([(each, "IR") for each in cases]))


def test_ranges_of_iran_belong_to_whom_libphonenumber_says():
    ranges = [f"+98{block}12345" for block in range(90000, 100_000, 7)]
    named = 0
    for phone, answer in zip(ranges, ask([(each, "IR") for each in ranges])):
        theirs = carrier.name_for_number(phonenumbers.parse(phone), "en")
        if theirs in OPERATORS and not phone.startswith("+98999"):  # these are of virtual operators in others' networks
            named += 1
            assert answer.get("operator") == OPERATORS[theirs], phone
    assert named > 400
