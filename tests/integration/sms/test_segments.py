"""`chapar sms count` beside a library of another's making (npm sms-segments-calculator): 10,000 texts, Persian, English, mixed, emoji."""
import json
import math
import random
import subprocess

from harness.build import program

PERSIAN = ("سلام خوش آمدید به فروشگاه نارنج تخفیف ویژهٔ نوروز سبد خریدتان منتظر شماست می‌شود کتاب‌ها ۱۲۳۴۵۶۷۸۹۰ ٪ ، ؛ ؟ «گل» "
           "مَدرسه لغو۱۱ https://naranj.example/c").split()
ENGLISH = ("Hello your order has shipped today for only 20% off {cart} [new] price: $5 or €7 ~ thanks, see "
           "https://naranj.example/x?y=1 \\ | ^ don't @ £ Δ Ω ß é ñ").split()
EMOJI = "🙂 🎉 👍🏽 👨‍👩‍👧‍👦 ❤️ 🇮🇷 🌹 1️⃣ 🏳️‍🌈 中文 𝒳".split()
TYPOGRAPHY = "“quoted” it’s – — … •".split()
POOLS = [PERSIAN, ENGLISH, PERSIAN + ENGLISH, PERSIAN + EMOJI, ENGLISH + EMOJI]

# 3GPP TS 23.038, 6.2.1 and 6.2.1.1
GSM = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
       "abcdefghijklmnopqrstuvwxyzäöñüà" "\f^{}\\[~]|€")

JUDGE = """
const { SegmentedMessage } = require('sms-segments-calculator');
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const message = new SegmentedMessage(JSON.parse(line).text);
  console.log(JSON.stringify({ encoding: message.encodingName, segments: message.segmentsCount }));
});
"""


def texts(count):
    dice = random.Random(338)
    for number in range(count):
        pool = POOLS[number % len(POOLS)] + (TYPOGRAPHY if dice.random() < 0.1 else [])
        words = dice.randint(1, dice.choice([1, 3, 8, 15, 25, 40, 80, 150]))
        yield dice.choice([" ", " ", " ", "\n", ""]).join(dice.choice(pool) for _ in range(words))


def answers(command, lines, **more):
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=200, check=True, **more)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_as_many_segments_as_another_library_counts(peers):
    corpus = list(texts(10_000))
    lines = "".join(json.dumps({"text": text}) + "\n" for text in corpus)
    ours = answers([program("chapar"), "sms", "count", "--jsonl"], lines)
    theirs = answers(["node", "-e", JUDGE], lines, cwd=peers)
    assert len(ours) == len(theirs) == len(corpus)
    for text, mine, other in zip(corpus, ours, theirs):
        assert (mine["encoding"], mine["segments"]) == (other["encoding"], other["segments"]), text
        foreign = [character for character in text if character not in GSM]
        if not foreign:
            assert mine["forced_by"] is None, text
            assert mine["units"] == sum(2 if character in "\f^{}\\[~]|€" else 1 for character in text)
        else:
            assert foreign[0] == mine["forced_by"], text
            assert mine["units"] == len(text.encode("utf-16-le")) // 2
    # The texts would tell a count that forgets the header of parts, and one that cuts what belongs together.
    assert any(math.ceil(a["units"] / (160 if a["encoding"] == "GSM-7" else 70)) != a["segments"] for a in ours)
    assert any(a["segments"] > 1 and math.ceil(a["units"] / (153 if a["encoding"] == "GSM-7" else 67)) != a["segments"]
               for a in ours)
