"""Kavenegar: "REST API" (sms/sendarray, errors, states, webhooks)."""
import json
import re
import urllib.parse

from .base import Provider, Refusal, call, form_of


class Kavenegar(Provider):
    name = "kavenegar"

    def __init__(self):
        super().__init__()
        self.by_local = {}

    def settings(self):
        return {"sender": self.sender}

    @staticmethod
    def refuse(status, message):
        raise Refusal(status, json.dumps({"return": {"status": status, "message": message}, "entries": None}).encode())

    def lists(self, form):
        out = {}
        for name in ("receptor", "sender", "message", "localmessageids"):
            if name not in form:
                self.refuse(406, f"{name} is missing")
            try:
                out[name] = json.loads(form[name])
            except ValueError:
                self.refuse(400, f"{name} is no JSON")
            if not isinstance(out[name], list):
                self.refuse(400, f"{name} is no list")
        return out

    def answer(self, request):
        found = re.fullmatch(r"/v1/([^/]+)/sms/sendarray\.json", request.path)
        if not found:
            self.refuse(404, "متدی با این نام پیدا نشده است")
        if found[1] != self.key:
            self.refuse(403, "کد شناسائی معتبر نمی باشد")
        if request.command != "POST":
            self.refuse(405, "متد نامعتبر")
        if self.is_throttled():
            self.refuse(451, "فراخوانی بیش از حد")
        lists = self.lists(form_of(request, lambda why: self.refuse(400, why)))
        if len({len(each) for each in lists.values()}) != 1:
            self.refuse(419, "طول آرایه ها یکسان نیست")
        if len(lists["receptor"]) > 200:
            self.refuse(414, "حجم درخواست بیشتر از حد مجاز است")
        if not all(isinstance(each, int) and 0 < each < 2**63 for each in lists["localmessageids"]):
            self.refuse(400, "شناسه محلی")
        if not all(isinstance(each, str) and re.fullmatch(r"(\+98|0098|98|0)?9\d{9}", each) for each in lists["receptor"]):
            self.refuse(411, "دریافت کننده نامعتبر است")
        if not all(each == self.sender for each in lists["sender"]):
            self.refuse(412, "ارسال کننده نامعتبر است")
        if not all(isinstance(each, str) and 0 < len(each) <= 900 for each in lists["message"]):
            self.refuse(413, "پیام خالی است و یا طول پیام بیش از حد مجاز می باشد")
        entries = [self.entry(*each) for each in zip(lists["receptor"], lists["message"], lists["localmessageids"])]
        return 200, json.dumps({"return": {"status": 200, "message": "تایید شد"}, "entries": entries}).encode(), {}

    def entry(self, receptor, text, local):
        if local in self.by_local:  # a repeat is not sent again
            return self.by_local[local]
        blocked = receptor.endswith("9914")
        number = 8792343 + len(self.by_local)
        entry = {"messageid": number, "message": text, "status": 14 if blocked else 1,
                 "statustext": "بلاک شده است" if blocked else "در صف ارسال", "sender": self.sender, "receptor": receptor,
                 "date": 1356619709, "cost": 0 if blocked else 120}
        self.by_local[local] = entry
        if not blocked:
            self.taken.append({"id": str(number), "to": receptor, "text": text})
        return entry

    def report(self, port, message, status="10", target=None):
        return call(port, "POST", target, urllib.parse.urlencode({"messageid": message["id"], "status": status}).encode(),
                    {"Content-Type": "application/x-www-form-urlencoded"})

    def write(self, port, target, sender, text):
        form = {"messageid": "77", "from": sender, "to": self.sender, "message": text}
        return call(port, "POST", target, urllib.parse.urlencode(form).encode(),
                    {"Content-Type": "application/x-www-form-urlencoded"})
