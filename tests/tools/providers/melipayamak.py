"""Melipayamak: REST (SendSMS, GetDeliveries2)."""
import json
import re

from .base import Provider, Refusal, form_of


class Melipayamak(Provider):
    name, account = "melipayamak", "9121234567"

    def __init__(self):
        super().__init__()
        self.states = {}

    def settings(self):
        return {"account": self.account, "sender": self.sender}

    @staticmethod
    def refuse(status, word):
        raise Refusal(200, json.dumps({"Value": "0", "RetStatus": status, "StrRetStatus": word}).encode())

    def answer(self, request):
        form = form_of(request, lambda why: self.refuse(6, why))
        if (form.get("username"), form.get("password")) != (self.account, self.key):
            self.refuse(0, "InvalidUserPass")
        if request.path == "/api/SendSMS/GetDeliveries2":
            if form.get("recId") not in self.states:
                self.refuse(6, "InvalidRecId")
            return self.well(str(self.states[form["recId"]]))
        if request.path != "/api/SendSMS/SendSMS" or request.command != "POST":
            raise Refusal(404, b"<html></html>", {"Content-Type": "text/html"})
        if set(form) != {"username", "password", "to", "from", "text", "isflash"} or form["isflash"] not in ("true", "false"):
            self.refuse(6, "InvalidParameters")
        if self.is_throttled():
            raise Refusal(429, b"")  # its own code 3 is the day's limit, which waits an hour
        if form["from"] != self.sender:
            self.refuse(5, "InvalidNumber")
        if not form["text"]:
            self.refuse(17, "EmptyText")
        if not re.fullmatch(r"(\+98|98|0)?9\d{9}", form["to"]):
            self.refuse(18, "InvalidReceiver")
        if form["to"].endswith("9914"):
            self.refuse(35, "BlackList")
        number = str(4957336184516000 + len(self.taken))
        self.taken.append({"id": number, "to": form["to"], "text": form["text"]})
        self.states[number] = 8
        return self.well(number)

    @staticmethod
    def well(value):
        return 200, json.dumps({"Value": value, "RetStatus": 1, "StrRetStatus": "Ok"}).encode(), {}
