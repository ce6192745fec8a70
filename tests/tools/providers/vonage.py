"""Vonage: "SMS API Reference", "Delivery Receipts", "Inbound SMS", "Signing Messages"."""
import hashlib
import hmac
import json
import re
import urllib.parse

from .base import GSM, Provider, Refusal, call, form_of

KNOWN = {"api_key", "api_secret", "to", "from", "text", "type", "client-ref", "status-report-req", "callback", "ttl"}


class Vonage(Provider):
    name, account, sender, signing = "vonage", "abcd1234", "AcmeInc", "signing-secret"

    def settings(self):
        return {"account": self.account, "sender": self.sender}

    @staticmethod
    def refuse(status, text):
        raise Refusal(200, json.dumps({"message-count": "1", "messages": [
            {"status": str(status), "error-text": text}]}).encode())

    def answer(self, request):
        if request.path != "/sms/json":
            raise Refusal(404, b"<html>Not Found</html>", {"Content-Type": "text/html"})
        form = form_of(request, lambda why: self.refuse(3, why))
        if (form.get("api_key"), form.get("api_secret")) != (self.account, self.key):
            self.refuse(4, "Bad Credentials")
        if self.is_throttled():
            self.refuse(1, "Throughput Rate Exceeded - please wait [ 250 ] and retry")
        for name in ("to", "from", "text"):
            if not form.get(name):
                self.refuse(2, f"Missing {name} param")
        if set(form) - KNOWN or len(form.get("client-ref", "")) > 100:
            self.refuse(3, "Invalid parameter")
        if not re.fullmatch(r"[1-9]\d{7,14}", form["to"]):
            self.refuse(3, "Invalid to param")
        if not re.fullmatch(r"\d{1,15}|[A-Za-z0-9 ]{1,11}", form["from"]):
            self.refuse(15, "Invalid sender address")
        is_gsm = all(c in GSM for c in form["text"])
        if form.get("type", "text") not in ("text", "unicode") or (form.get("type", "text") == "text" and not is_gsm):
            self.refuse(3, "Invalid type: the text needs unicode")
        units = len(form["text"].encode("utf-16-be")) // 2 if form["type"] == "unicode" else len(form["text"])
        single, each = (70, 67) if form["type"] == "unicode" else (160, 153)
        count = 1 if units <= single else -(-units // each)
        parts = [f"0A{len(self.taken):06X}{part:02X}" for part in range(count)]
        self.taken.append({"id": parts[0], "ids": parts, "to": form["to"], "text": form["text"],
                           "ref": form.get("client-ref"), "callback": form.get("callback")})
        return 200, json.dumps({"message-count": str(count), "messages": [
            {"to": form["to"], "message-id": part, "status": "0", "remaining-balance": "3.14", "message-price": "0.0333",
             "network": "43211", "client-ref": form.get("client-ref")} for part in parts]}).encode(), {}

    def sign(self, form, key=None):
        text = "".join(f"&{name}={value.replace('&', '_').replace('=', '_')}" for name, value in sorted(form.items()))
        return hmac.new((key or self.signing).encode(), text.encode(), hashlib.sha256).hexdigest()

    def webhook(self, port, target, form, key=None):
        form = {**form, "nonce": "aaaaaaaa-bbbb", "timestamp": "1582650446"}
        body = urllib.parse.urlencode({**form, "sig": self.sign(form, key)}).encode()
        return call(port, "POST", target, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def report(self, port, message, status="delivered", part=0, **more):
        target = urllib.parse.urlsplit(message["callback"]).path
        return self.webhook(port, target, {
            "msisdn": message["to"], "to": self.sender, "network-code": "43211", "messageId": message["ids"][part],
            "price": "0.03330000", "status": status, "scts": "2001011400", "err-code": "0", "client-ref": message["ref"],
            "api-key": self.account, "message-timestamp": "2020-01-01 12:00:00"}, **more)

    def write(self, port, public_url, sender, text, **more):
        return self.webhook(port, urllib.parse.urlsplit(public_url).path + "/message", {
            "api-key": self.account, "msisdn": sender.lstrip("+"), "to": "447700900000", "messageId": "0A0000000123ABCD1",
            "text": text, "type": "unicode", "keyword": "X", "message-timestamp": "2020-01-01 12:00:00"}, **more)
