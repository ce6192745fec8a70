"""Links and pictures of chapard, sealed here once more by what the standard library has: an oracle of their form."""
import base64
import hashlib
import hmac
import http.client
import re
import struct
import time
import uuid

KEY = "0123456789abcdef0123456789abcdef-the-site-key"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Sec-Fetch-Mode": "navigate"}
KINDS = {"open": 1, "click": 2}


def hkdf(key, info):
    """RFC 5869 with SHA-256, no salt, 32 bytes."""
    extracted = hmac.new(b"\0" * 32, key, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\1", hashlib.sha256).digest()


def seal(kind, fields, key=KEY):
    body = b"\1" + fields
    tag = hmac.new(hkdf(key.encode(), b"chapar seal " + kind.encode()), bytes([KINDS[kind]]) + body, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(body + tag).rstrip(b"=").decode()


def row_key(message):
    """The millisecond and the fifteen ordering bits of the message's UUIDv7."""
    bits = uuid.UUID(message).int
    return bits >> 80 << 15 | (bits >> 64 & 0xFFF) << 3 | bits >> 59 & 7


def today(ago=0):
    return int(time.time() // 86_400) - ago


def click(message, link=0, destination="https://shop.ir/a", ago=0, key=KEY):
    fields = struct.pack(">QHH", row_key(message), link, today(ago)) + destination.encode()
    return "/c/" + seal("click", fields, key)


def pixel(message, ago=0, key=KEY):
    return "/o/" + seal("open", struct.pack(">QH", row_key(message), today(ago)), key) + ".gif"


def web_config(folder, **more):
    """The table [web] with a key of its own."""
    secret = folder / "seal-key"
    secret.write_text(KEY + "\n")
    secret.chmod(0o600)
    return {"listen": "127.0.0.1:0", "base_url": "https://m.shop.example", "seal_key": str(secret),
            "networks_dir": str(folder / "networks"), **more}


def web_port(daemon):
    """Of its latest start."""
    return int(re.findall(r"served on http://127\.0\.0\.1:(\d+)", daemon.log())[-1])


class Browser:
    """One connection; headers of a person's browser unless others are given."""

    def __init__(self, port, host="127.0.0.1", **more):
        self.connection = http.client.HTTPConnection(host, port, timeout=20, **more)

    def get(self, target, headers=None, method="GET"):
        self.connection.request(method, target, headers=BROWSER if headers is None else headers)
        response = self.connection.getresponse()
        response.read()
        return response
