# Sends one OTP and prints its id. Python 3, nothing to install.
import http.client, json, os, socket

chapar = http.client.HTTPConnection("chapar")
chapar.sock = socket.socket(socket.AF_UNIX)
chapar.sock.connect(os.environ.get("CHAPAR_SOCKET", "/run/chapar/chapar.sock"))
chapar.request("POST", "/v1/messages", json.dumps({
    "to": {"email": "sara@example.com", "locale": "fa-IR"}, "class": "otp", "template": "otp",
    "data": {"code": "482193"}, "idempotency_key": "login-7731-python"}))
answer = json.load(chapar.getresponse())
print(answer["id"] if "id" in answer else answer["detail"])
