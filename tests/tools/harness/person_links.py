"""Addresses of people's pages made by Python's own HMAC and OpenSSL's AES: an independent judge of the daemon's seals."""
import base64
import hashlib
import hmac
import subprocess

from .clicks import KEY


def _derived(site_key, purpose):
    """HKDF-SHA256 (RFC 5869) without salt, 32 bytes."""
    prk = hmac.new(b"\0" * 32, site_key.encode(), hashlib.sha256).digest()
    return hmac.new(prk, f"chapar seal {purpose}".encode() + b"\x01", hashlib.sha256).digest()


def _hidden(kind, purpose, fields, key):
    tag = hmac.new(_derived(key, purpose), bytes([kind]) + b"\x02" + fields, hashlib.sha256).digest()[:16]
    text = subprocess.run(["openssl", "enc", "-aes-256-ctr", "-K", _derived(key, f"{purpose}, hidden").hex(), "-iv", tag.hex()],
                          input=fields, capture_output=True, check=True).stdout
    return base64.urlsafe_b64encode(b"\x02" + text + tag).decode().rstrip("=")


def _fields(application, person, channel, topic, message):
    out = message.to_bytes(8, "big")
    for text in (application, person, channel, topic):
        out += bytes([len(text.encode())]) + text.encode()
    return out


def unsubscribe(person, topic="offers", application="test", channel="email", message=1, key=KEY):
    return "/u/" + _hidden(3, "unsubscribe", _fields(application, person, channel, topic, message), key)


def preferences(person, topic="offers", application="test", channel="email", message=1, key=KEY):
    return "/p/" + _hidden(4, "preferences", _fields(application, person, channel, topic, message), key)
