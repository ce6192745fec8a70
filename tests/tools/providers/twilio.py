"""Twilio: "Messages resource", "Error and Warning Dictionary", "Validating Signatures from Twilio"."""
import base64
import hashlib
import hmac
import json
import re
import urllib.parse

from .base import Provider, Refusal, call, form_of

KNOWN = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod", "ProvideFeedback", "MaxPrice"}


class Twilio(Provider):
    name, sender = "twilio", "+14155550100"

    def settings(self):
        return {"account": self.account, "sender": self.sender}

    @staticmethod
    def refuse(status, code, message, headers=None):
        raise Refusal(status, json.dumps({"code": code, "message": message, "status": status,
                                          "more_info": f"https://www.twilio.com/docs/errors/{code}"}).encode(), headers)

    def answer(self, request):
        want = "Basic " + base64.b64encode(f"{self.account}:{self.key}".encode()).decode()
        if request.headers.get("Authorization") != want:
            self.refuse(401, 20003, "Authenticate")
        if request.path != f"/2010-04-01/Accounts/{self.account}/Messages.json" or request.command != "POST":
            self.refuse(404, 20404, "The requested resource was not found")
        if self.is_throttled():
            self.refuse(429, 20429, "Too Many Requests", {"Retry-After": "1"})
        form = form_of(request, lambda why: self.refuse(400, 20001, why))
        if set(form) - KNOWN:
            self.refuse(400, 20001, f"unknown parameters {set(form) - KNOWN}")
        if not form.get("To"):
            self.refuse(400, 21604, "A 'To' phone number is required.")
        if not re.fullmatch(r"\+[1-9]\d{7,14}", form["To"]):
            self.refuse(400, 21211, f"The 'To' number {form['To']} is not a valid phone number.")
        if form["To"].endswith("610"):
            self.refuse(400, 21610, "Attempt to send to unsubscribed recipient")
        if not form.get("From"):
            self.refuse(400, 21603, "A 'From' phone number is required.")
        if form["From"] != self.sender:
            self.refuse(400, 21606, "The From phone number is not a valid, SMS-capable number of this account.")
        if not form.get("Body"):
            self.refuse(400, 21602, "Message body is required.")
        if len(form["Body"]) > 1600:
            self.refuse(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if "StatusCallback" in form and not re.fullmatch(r"https?://[a-z0-9.:-]+/\S*", form["StatusCallback"]):
            self.refuse(400, 21609, "Invalid 'StatusCallback'")
        sid = "SM" + hashlib.md5(str(len(self.taken)).encode()).hexdigest()
        self.taken.append({"id": sid, "to": form["To"], "text": form["Body"], "callback": form.get("StatusCallback")})
        return 201, json.dumps({"sid": sid, "status": "queued", "to": form["To"], "error_code": None, "price": None,
                                "error_message": None, "num_segments": "1"}).encode(), {}

    def sign(self, url, form, key=None):
        text = url + "".join(name + value for name, value in sorted(form.items()))
        return base64.b64encode(hmac.new((key or self.key).encode(), text.encode(), hashlib.sha1).digest()).decode()

    def webhook(self, port, url, form, key=None, signature=None):
        parts = urllib.parse.urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        return call(port, "POST", target, urllib.parse.urlencode(form).encode(),
                    {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                     "X-Twilio-Signature": signature or self.sign(url, form, key)})

    def report(self, port, message, status="delivered", **more):
        form = {"MessageSid": message["id"], "MessageStatus": status, "To": message["to"], "From": self.sender,
                "AccountSid": self.account, "ApiVersion": "2010-04-01"}
        return self.webhook(port, message["callback"], form, **more)

    def write(self, port, public_url, sender, text, **more):
        form = {"MessageSid": "SM" + "f" * 32, "From": sender, "To": self.sender, "Body": text, "NumMedia": "0"}
        return self.webhook(port, public_url + "/message", form, **more)
