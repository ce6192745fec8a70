"""The starter templates as a reader sees them: at a mail client's width, on a phone, in the dark, in both directions.

Pictures are left in BUILD/templates_look for people to look at.
"""
import functools
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import browser  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("CHAPAR_BUILD", SOURCE / "build/dev"))
OUT = BUILD / "templates_look"
STARTERS = sorted(path.name for path in (SOURCE / "templates").iterdir() if (path / "email.liquid").exists())
MARKETING = [name for name in STARTERS if 'class = "marketing"' in (SOURCE / "templates" / name / "email.liquid").read_text()]
MAILS = [(name, locale) for name in STARTERS for locale in ("", "fa")]
WIDTHS = [600, 375]


@functools.cache
def samples():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.json"):
        old.unlink()
    done = subprocess.run([BUILD / "bin/render_samples", SOURCE / "templates", OUT], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(OUT.glob("*.json"))}


def parts(name, locale, channel="email"):
    return samples()[f"{name}.{channel}" + (f".{locale}" if locale else "")]["parts"]


def page(name, locale):
    path = OUT / f"{name}.{locale or 'en'}.html"
    path.write_text(parts(name, locale)["html"], encoding="utf-8")
    return path


@pytest.mark.parametrize("name", STARTERS)
def test_every_starter_speaks_both_languages(name):
    assert f"{name}.email" in samples() and f"{name}.email.fa" in samples()


@pytest.mark.parametrize("name", sorted(samples()) if (BUILD / "bin/render_samples").exists() else [])
def test_nothing_of_the_template_language_is_left(name):
    for part, text in samples()[name]["parts"].items():
        assert not re.search(r"\{[{%]|[%}]\}|Liquid error", text), (part, text)
        assert text.strip(), f"{part} is empty"


@pytest.mark.parametrize("name,locale", MAILS)
def test_the_text_part_can_be_read_alone(name, locale):
    mail = parts(name, locale)
    text = mail["text"]
    assert not re.search(r"<[a-z/!]|&[a-z]+;|&#", text), text
    assert "\n\n\n" not in text and not text.startswith("\n")
    assert all(line == line.rstrip() for line in text.splitlines()), text
    assert mail["preheader"] not in text, "the preheader is for the inbox list only"
    for address in re.findall(r'href="([^"]+)"', mail["html"]):
        assert address.replace("&amp;", "&").removeprefix("mailto:") in text, f"{address} is not in the text"


@pytest.mark.parametrize("name,locale", [(n, locale) for n, locale in MAILS if n in MARKETING])
def test_marketing_can_be_unsubscribed_from(name, locale):
    mail = parts(name, locale)
    assert mail["list_unsubscribe"].startswith("https://")
    assert f'href="{mail["list_unsubscribe"]}"' in mail["html"]


@pytest.mark.parametrize("name,locale", MAILS)
def test_every_mail_leads_to_the_preferences(name, locale):
    assert 'href="https://naranj.example/p/3f9a"' in parts(name, locale)["html"]


def test_only_advertising_offers_to_unsubscribe(tmp_path):
    """The site gives every mail an unsubscribe_url; nobody is offered a no to codes and orders, which would change nothing."""
    import shutil
    folder = tmp_path / "templates"
    shutil.copytree(SOURCE / "templates", folder)
    for name in set(STARTERS) - set(MARKETING):
        mail = folder / name / "email.liquid"
        mail.write_text(mail.read_text(encoding="utf-8").replace("[sample]\n", '[sample]\nunsubscribe_url = "https://naranj.example/u/3f9a"\n'),
                        encoding="utf-8")
    subprocess.run([BUILD / "bin/render_samples", folder, tmp_path], check=True, timeout=60)
    for name, locale in MAILS:
        mail = json.loads((tmp_path / (f"{name}.email" + (f".{locale}" if locale else "") + ".json")).read_text(encoding="utf-8"))
        assert ("/u/3f9a" in mail["parts"]["html"]) == (name in MARKETING), name
        assert "/p/3f9a" in mail["parts"]["html"], name


@pytest.mark.parametrize("name,locale", MAILS)
def test_a_mail_needs_nothing_from_outside_and_stays_small(name, locale):
    source = parts(name, locale)["html"]
    assert len(source.encode()) < 102 * 1024
    assert not re.search(r"<link|@import|url\(|<script|<form", source)
    for image in re.findall(r"<img[^>]*>", source):
        assert "alt=" in image and "width=" in image


@pytest.mark.parametrize("name", STARTERS)
def test_persian_is_written_as_persians_write(name):
    mail = parts(name, "fa")
    for part in ("subject", "preheader", "text"):
        words = mail[part]
        assert not re.search("[يكىۀ]", words), f"an Arabic letter in {part}: {words}"
        assert not re.search(r"\bمی [آ-ی]", words), f"a space where a half-space belongs in {part}: {words}"
        assert "," not in words and "?" not in words.split("http")[0], f"a Latin mark in {part}: {words}"
    assert re.search("[۰-۹]", mail["text"])


def luminance(colour):
    channels = [int(v) / 255 for v in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


needs_browser = pytest.mark.skipif(browser.PROGRAM is None, reason="no chromium here")


@needs_browser
@pytest.mark.parametrize("name", STARTERS)
def test_it_looks_right_in_a_browser(name, tmp_path):
    pages = [page(name, "fa"), page(name, "")]
    light = browser.measure(pages, WIDTHS, tmp_path)
    dark = browser.measure(pages, WIDTHS, tmp_path, dark=True)
    assert len(light) == len(dark) == 4
    for i, found in enumerate(light):
        persian = i < 2
        assert found["scroll_width"] <= found["width"], f"wider than the screen: {found}"
        assert found["outside"] == [], found
        assert found["dir"] == ("rtl" if persian else "ltr")
        assert found["lang"] == ("fa" if persian else "en")
        assert found["heading_direction"] == found["dir"]
        assert found["height"] > 300
        assert luminance(found["background"]) > 0.8
    for found in light + dark:
        assert found["faint"] == [], "letters that can't be read: less than 4.5 to 1"
        assert found["lost"] == [], "a shape that vanishes: less than 3 to 1"
        assert found["unstacked"] == [], "on a phone the price stands below the name"
    for found in dark:
        assert luminance(found["background"]) < 0.05, "dark mode has a dark page"
        assert luminance(found["ink"]) > 0.7, "and light letters"
    height = max(found["height"] for found in light)
    for shade in ("light", "dark"):
        target = OUT / f"{name}-{shade}.png"
        browser.picture(pages, WIDTHS, height, target, dark=shade == "dark")
        assert target.stat().st_size > 10_000


def test_the_starters_are_linted_clean():
    program = BUILD / "bin/chapar"
    if not program.exists():
        pytest.skip("chapar is not built here")
    done = subprocess.run([program, "template", "lint", SOURCE / "templates"], capture_output=True, text=True,
                          timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, f"{len(STARTERS)} templates, fine\n"), done.stdout + done.stderr


def test_there_is_a_starter_for_each_letter_of_a_shop():
    wanted = {"otp", "welcome", "abandoned-cart", "win-back", "birthday", "order-confirmed", "order-shipped", "receipt",
              "password-reset", "nowruz", "review-request", "back-in-stock", "newsletter", "re-consent", "news-digest",
              "confirm-subscription", "subscribed"}
    assert set(STARTERS) == wanted
    for name in STARTERS:
        assert {f"{name}.{channel}{locale}" for channel in ("email", "sms") for locale in ("", ".fa")} <= set(samples())


@pytest.mark.parametrize("name", STARTERS)
def test_the_words_are_those_of_a_shop(name):
    mail = parts(name, "fa")
    for word in ("نامه‌", "نمایه", "نخستین", "پرسشی", "دیدار"):
        assert word not in mail["text"] + mail["subject"] + mail["preheader"]
    assert "پشتیبانی" in mail["text"] and "این ایمیل را گرفته‌اید" in mail["text"]


def test_a_logo_takes_the_place_of_the_name(tmp_path):
    import shutil
    folder = tmp_path / "templates"
    shutil.copytree(SOURCE / "templates", folder)
    brand = folder / "_partials/brand.liquid"
    text = brand.read_text(encoding="utf-8")
    assert 'brand_logo = ""' in text
    brand.write_text(text.replace('brand_logo = ""', 'brand_logo = "https://naranj.example/logo.png"'), encoding="utf-8")
    subprocess.run([BUILD / "bin/render_samples", folder, tmp_path], check=True, timeout=60)
    mail = json.loads((tmp_path / "welcome.email.fa.json").read_text(encoding="utf-8"))["parts"]["html"]
    assert re.search(r'<img src="https://naranj.example/logo.png" alt="نارنج" width="120"', mail)
