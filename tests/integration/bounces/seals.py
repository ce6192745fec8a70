"""Sealed return paths made by Python's own HMAC: an independent judge of what the daemon's seals are."""
import base64
import hashlib
import hmac
import uuid

KEY = "5e" * 32


def derived(site_key, purpose):
    """HKDF-SHA256 (RFC 5869) without salt, 32 bytes."""
    prk = hmac.new(b"\0" * 32, site_key.encode(), hashlib.sha256).digest()
    return hmac.new(prk, f"chapar seal {purpose}".encode() + b"\x01", hashlib.sha256).digest()


def return_path(attempt, key=KEY, local="bounces", domain="news.example.ir"):
    message, number = attempt.rsplit(".", 1)
    fields = b"\x01" + uuid.UUID(message).bytes + int(number).to_bytes(2, "big")
    tag = hmac.new(derived(key, "verp"), b"\x05" + fields, hashlib.sha256).digest()[:10]
    return f"{local}+{base64.b32encode(fields + tag).decode().rstrip('=').lower()}@{domain}"


def unsubscribe_mailbox(attempt, key=KEY, local="u", domain="news.example.ir"):
    message, number = attempt.rsplit(".", 1)
    fields = b"\x01" + uuid.UUID(message).bytes + int(number).to_bytes(2, "big")
    tag = hmac.new(derived(key, "unsubscribe by mail"), b"\x09" + fields, hashlib.sha256).digest()[:10]
    return f"{local}+{base64.b32encode(fields + tag).decode().rstrip('=').lower()}@{domain}"
