"""Signatures as python3-dkim verifies them."""
import base64
import pathlib
import subprocess
import sys

import dkim
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mails  # noqa: E402


class Keys:
    def __init__(self, folder):
        self.rsa, self.ed25519 = folder / "rsa.pem", folder / "ed25519.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.rsa, "2048"], check=True, capture_output=True)
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.ed25519], check=True)
        public = {name: subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"], check=True,
                                       capture_output=True).stdout for name, path in (("r", self.rsa), ("e", self.ed25519))}
        self.records = {b"r._domainkey.example.com.": b"v=DKIM1; k=rsa; p=" + base64.b64encode(public["r"]),
                        b"e._domainkey.example.com.": b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public["e"][-32:])}

    def arguments(self):
        return ["example.com", f"r={self.rsa}", f"e={self.ed25519}"]

    def txt(self, name, timeout=5):
        return self.records.get(name if isinstance(name, bytes) else name.encode())


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"))


def verified(raw, keys):
    results = []
    for index in range(2):
        try:
            results.append(dkim.DKIM(raw).verify(idx=index, dnsfunc=keys.txt))
        except dkim.DKIMException:
            results.append(False)
    return results


def test_a_thousand_random_mails_verify_with_both_signatures(keys):
    given = mails.mails(seed=2, count=1000)
    for wanted, answer in zip(given, mails.build(given, *keys.arguments())):
        assert verified(answer.raw, keys) == [True, True], (wanted, answer.raw.decode(errors="replace"))
        assert max(map(len, answer.raw.partition(b"\r\nFrom:")[0].split(b"\r\n"))) <= 78


@pytest.fixture(scope="module")
def signed(keys):
    given = {"attempt": "a.1", "from": "Shop <shop@example.com>", "to": "ali@example.org", "subject": "سلام", "date": 1_700_000_000,
             "text": "one  two \n\n\n", "html": "<p>x</p>", "locale": "fa", "list_unsubscribe": "https://example.com/u"}
    return mails.build([given], *keys.arguments())[0].raw


@pytest.mark.parametrize("change", [
    lambda raw: raw.replace(b"one", b"0ne"),
    lambda raw: raw.replace(b"\r\n\r\n", b"\r\nFrom: evil@example.net\r\n\r\n", 1),
    lambda raw: b"From: evil@example.net\r\n" + raw,
    lambda raw: b"Subject: another\r\n" + raw,
    lambda raw: b"Reply-To: evil@example.net\r\n" + raw,
    lambda raw: raw.replace(b"List-Unsubscribe: <https://example.com/u>", b"List-Unsubscribe: <https://evil.example/u>"),
    lambda raw: raw.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
    lambda raw: raw.replace(b"To: ali@", b"To: bob@"),
])
def test_a_changed_mail_does_not_verify(signed, keys, change):
    assert verified(signed, keys) == [True, True]
    assert change(signed) != signed
    assert verified(change(signed), keys) == [False, False]


def test_what_relays_do_to_white_space_leaves_the_signatures_whole(signed, keys):
    changed = signed.replace(b"Subject: ", b"Subject:   ").replace(b"one  two", b"one two") + b"\r\n\r\n"
    assert changed != signed and verified(changed, keys) == [True, True]


def test_a_key_of_another_domain_does_not_verify(signed, keys, tmp_path):
    assert verified(signed, Keys(tmp_path)) == [False, False]
