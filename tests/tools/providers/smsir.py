"""SMS.ir: apidocs.sms.ir (version 1: likeToLike, one message's report, codes)."""
import json
import re

from .base import Provider, Refusal


class SmsIr(Provider):
    name = "smsir"

    def __init__(self):
        super().__init__()
        self.states = {}  # id -> deliveryState

    def settings(self):
        return {"sender": self.sender}

    @staticmethod
    def refuse(http, status, message, headers=None):
        raise Refusal(http, json.dumps({"status": status, "message": message, "data": None}).encode(), headers)

    def answer(self, request):
        if request.headers.get("X-API-KEY") != self.key:
            self.refuse(401, 10, "کلید وب سرویس نامعتبر است")
        if self.is_throttled():
            self.refuse(429, 20, "تعداد درخواست بیشتر از حد مجاز است")
        found = re.fullmatch(r"/v1/send/(\d+)", request.path)
        if found and request.command == "GET":
            return self.state(int(found[1]))
        if request.path != "/v1/send/likeToLike" or request.command != "POST":
            raise Refusal(404, b"")
        if not (request.headers.get("Content-Type") or "").startswith("application/json"):
            raise Refusal(415, b"")
        try:
            body = json.loads(request.body)
        except ValueError:
            self.refuse(400, 16, "مقدار نادرست")
        line, texts, mobiles = (body.get(name) for name in ("lineNumber", "messageTexts", "mobiles"))
        if isinstance(line, bool) or not isinstance(line, int) or str(line) != self.sender:
            self.refuse(400, 101, "شماره خط نامعتبر است")
        if not mobiles or not texts:
            self.refuse(400, 107 if not mobiles else 108, "لیست خالی است")
        if len(mobiles) > 100 or len(texts) > 100:
            self.refuse(400, 105, "بیش از حد مجاز")
        if len(mobiles) != len(texts):
            self.refuse(400, 110, "تعداد برابر نیست")
        if not all(texts):
            self.refuse(400, 103, "متن خالی")
        if not all(isinstance(each, str) and re.fullmatch(r"(98|\+98|0)?9\d{9}", each) for each in mobiles):
            self.refuse(400, 104, "موبایل نادرست")
        return 200, json.dumps({"status": 1, "message": "موفق", "data": {
            "packId": "2b99e63c-9bba-4a01-8d0a-4f2e", "messageIds": [self.take(*each) for each in zip(mobiles, texts)],
            "cost": 1.5 * len(mobiles)}}).encode(), {}

    def take(self, mobile, text):
        if mobile.endswith("9914"):  # on the black list
            return None
        number = 876240022 + len(self.taken)
        self.taken.append({"id": number, "to": mobile, "text": text})
        self.states[number] = 3
        return number

    def state(self, number):
        if number not in self.states:
            self.refuse(400, 111, "یافت نشد")
        taken = next(each for each in self.taken if each["id"] == number)
        return 200, json.dumps({"status": 1, "message": "موفق", "data": {
            "messageId": number, "mobile": int(taken["to"]), "messageText": taken["text"], "sendDateTime": 1642407110,
            "lineNumber": int(self.sender), "cost": 1.5, "deliveryState": self.states[number],
            "deliveryDateTime": None}}).encode(), {}
