#!/usr/bin/python3
"""Writes golden.jsonl beside it: values in lines of both directions, and what is to become of them.

The rule is written down here a second time, with Python's own character database, so that the engine's is not asked
about itself. bidi_test.cpp holds the result against the engine, and the engine against ICU's bidirectional algorithm."""
import html, json, pathlib, re, unicodedata

VALUES = """Sara|سارا|Sara Ahmadi|سارا احمدی|علی رضایی-نیا|می‌خواهم|خانه‌های Sara|Sara و علی|علی (Ali)|Ali (علی)|C++|C#
.NET|Node.js 20|iPhone 15 Pro|iPhone ۱۵ پرو|گوشی iPhone 15|گوشی Galaxy S24+|Nike (Tehran)|نایک (تهران)|"Sara"|«سارا»|«Sara»|'علی'|Sara!|سارا!|!Sara|Sara?|سارا؟|Wow...
12|1250000|1,250,000|1.5|-5|+5|50%|۵۰٪|۱۲|۱٬۲۵۰٬۰۰۰|۱۲٫۵|٣|١٢٣|12-5|5 - 3|1-800-555|+98 21 8888 0000|+982188880000|021-8888|۰۲۱-۸۸۸۸|۰۲۱ ۸۸۸۸ ۰۰۰۰|(021) 8888
2024-05-01|2024/05/01|2024-05-01 12:30|12:30|۱۴۰۳/۰۵/۰۱|۱۴۰۳-۰۵-۰۱|۱۲:۳۰|۱۴۰۳/۰۵/۰۱ ۱۲:۳۰|1403/05/01|5:00 PM|۵ بعدازظهر
AB-1234|1234-AB|12A|A12|X9Y8Z7|IR12-3456-7890|IR-۱۲|۱۲ب۳۴۵|#12|#AB12|12#|№ 5|*12#|(12)|[AB]|{x}
https://shop.example/c/1|https://shop.example/|http://a.example?x=1&y=2|shop.example|a@b.example|www.shop.example|@sara|sara@|خرید: shop.example
$12.50|12.50 USD|USD 12|€5|5 €|۱۲۵ تومان|125 تومان|12 ریال|ریال 12|1 kg|۱ کیلو|1x2|10×20|10x20 cm
שלום|שלום Sara|Sara שלום|مرحبا|مرحبا Sara 12|ABC אבג 123|אבג 123|123 אבג
😀|Sara 😀|سارا 😀|👩‍👩‍👧|é|İstanbul|Ünal & Söhne|<b>Sara</b>|<b>سارا</b>|A & B|سارا & علی|"a" < 'b'|日本語|日本語 سارا|Привет|Ελλάδα|ไทย
Sara,|,Sara|سارا،|،سارا|(Sara|Sara)|(سارا|سارا)|Sara -|- Sara|Sara:|۱) Sara|1) سارا|a. سارا|...|—|؟|?|٪
‏Sara|‎سارا|‮evil|‭abc‬|⁩out|⁦left⁩|⁧Sara⁩|a⁩b سارا
Sara\tB|سارا\tعلی|x1|سارا1|1سارا|سارا12 B
iPhone 17 ظرفیت ۲۵۶ گیگابایت|iPhone 17 Pro Max (۲۵۶ گیگابایت)|Galaxy S24+ دو سیم‌کارت|MacBook Air 13 اینچ|AirPods Pro (نسل ۲)|USB-C به HDMI|Xiaomi 14T، رنگ مشکی|PS5 با دو دسته
LG OLED 55" مدل C3|Nike Air Max سایز ۴۲|T-shirt آستین‌کوتاه (XL)|C++ برای همه|Wi-Fi 6 (۸۰۲٫۱۱ax)|LEGO 42143 فراری|B&O هدفون|3M ماسک N95|کابل USB-C|هدفون (Sony WH-1000XM5)
۲۰٪|٪۲۰|۲۰٪ تخفیف|تخفیف ۲۰٪|تا ۷۰٪ تخفیف|۱۲٫۵٪|۲۰٪ تا ۵۰٪|۲۰٪ روی iPhone|٢٠٪|20٪|۲۰٪!|(۲۰٪)|۲۰ ٪
۰۲۱-۸۸۸۸۰۰۰۰|(۰۲۱) ۸۸۸۸۰۰۰۰|۰۲۱ ۸۸۸۸ ۰۰۰۰|۰۹۱۲-۱۲۳-۴۵۶۷|+۹۸ ۲۱ ۸۸۸۸ ۰۰۰۰|(+98 21) 8888 0000|تلفن: ۰۲۱-۸۸۸۸۰۰۰۰|تلفن ۰۲۱ ۸۸۸۸ ۰۰۰۰ داخلی ۱۲|تماس با +98 21 8888 0000|پشتیبانی (۰۲۱) ۸۸۸۸۰۰۰۰|فکس 021-8888-0000
تاریخ ۱۴۰۵-۱۲-۲۹|تا ۱۴۰۵/۱۲/۲۹|کد ۱۲-۳۴-۵۶|۱۲ ۱۳ ۱۴|از ۹ تا ۱۷|پلاک ۱۲-۳|ISO 9001 دارد|Wi‑Fi رایگان""".replace("\n", "|").replace("\\t", "\t").split("|")

FSI, PDI, LRI, RLI, RLM = "\u2068", "\u2069", "\u2066", "\u2067", "\u200F"
DIGIT = "[0-9۰-۹٠-٩]"
LINES = {"rtl": ("سلام ", "، سفارش ۱۲ (۳) آماده است."), "ltr": ("Hi ", ", order 12 (3) is ready.")}
CONTROLS = {"LRE", "LRO", "RLE", "RLO", "PDF", "FSI", "LRI", "RLI", "PDI"}


def classes(value):
    return [c for c in map(unicodedata.bidirectional, value) if c not in ("NSM", "BN")]


def address(value):
    return "://" in value or bool(
        re.fullmatch(r"[!-~]+", value) and re.search("[A-Za-z]", value) and re.search(r"[./@]", value[1:]))


def lone_number(found):
    return bool(re.fullmatch("[EA](C?[EA])*", "".join({"EN": "E", "AN": "A", "CS": "C"}.get(c, "x") for c in found)))


def apart(value, direction):
    found = classes(value)
    if CONTROLS & set(found):
        return True
    if direction == "ltr":
        return bool({"R", "AL", "AN"} & set(found))
    if "L" in found:
        return not address(value)
    numbers = {"EN", "AN"} & set(found)
    if value.endswith("٪") and lone_number(classes(value[:-1])):
        return False
    return bool(numbers) and not {"R", "AL"} & set(found) and not lone_number(found)


def runs_back(value):
    return any(unicodedata.bidirectional(c) in ("R", "AL") and c not in "\u200F\u061C" for c in value)


GROUP = rf"(?:\(\+?{DIGIT}+(?:[-‐‑–  ]{DIGIT}+)*\)|{DIGIT}+)"
GROUPS = re.compile(rf"(?<![-./:@&=%#+,A-Za-z_0-9۰-۹٠-٩])\+?{GROUP}(?:[-‐‑–  ]?{GROUP})*(?![-A-Za-z_@/])")


def in_order(value):
    """What stands in the line itself: signs of percent beside their numbers, groups of digits in their order."""

    def group(found):
        text = found[0]
        digits, dashes = len(re.findall(DIGIT, text)), re.search("[-‐‑–]", text)
        others = re.search("[  (]", text)
        torn = ("+" in text[:2] and digits >= 7) or (dashes and not others) or (
            re.match(r"\+?\(?[0۰٠]", text) and digits >= 7 and (dashes or others))
        return LRI + text + PDI if torn else text

    value = re.sub(f"(?<={DIGIT})٪", RLM + "٪", value)
    return GROUPS.sub(group, value)


def balanced(value):
    """As many ends of isolates as beginnings."""
    out, depth = "", 0
    for c in value:
        if c == PDI and depth == 0:
            continue
        depth += {"\u2066": 1, "\u2067": 1, FSI: 1, PDI: -1}.get(c, 0)
        out += c
    return out + PDI * depth


def escaped(value):
    text = html.escape(value, quote=True).replace("&#x27;", "&#39;")
    for mark, tag in (("\u2066", '<bdi dir="ltr">'), ("\u2067", '<bdi dir="rtl">'), (FSI, "<bdi>"), (PDI, "</bdi>")):
        text = text.replace(mark, tag)
    return text


def main():
    lines = []
    for value in dict.fromkeys(VALUES):
        for direction in LINES:
            is_apart = apart(value, direction)
            shown = balanced(value) if is_apart else value
            if not is_apart and direction == "rtl":
                shown = in_order(value)
            back = direction == "rtl" and runs_back(value)
            opening, element = (RLI, '<bdi dir="rtl">') if back else (FSI, "<bdi>")
            lines.append(json.dumps({
                "direction": direction, "value": value, "apart": is_apart or shown != value,
                "text": opening + shown + PDI if is_apart else shown,
                "html": element + escaped(shown) + "</bdi>" if is_apart else escaped(shown)}, ensure_ascii=False))
    folder = pathlib.Path(__file__).parent
    (folder / "golden.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(lines), "lines")


if __name__ == "__main__":
    main()
