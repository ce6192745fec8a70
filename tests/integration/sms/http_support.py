"""A provider's stand-in and a chapard with a route to it."""
import re

from harness.build import root

PEOPLE = {"twilio": "+989121234567", "vonage": "+989121234567"}
PUBLIC = "https://sms.example.com/in/{name}"
TOKEN = "0123456789abcdef0123"


def secret(folder, name, content):
    path = folder / name
    path.write_text(content + "\n")
    path.chmod(0o600)
    return str(path)


def route_to(server, folder, key=None, webhooks=False, **settings):
    """A [[route]] for the stand-in; `webhooks` adds what proves them."""
    name = server.name
    found = {"provider": name, "provider_dir": str(root / "config/providers/sms"), "endpoint": server.endpoint,
             "key": secret(folder, f"{name}-key", key or server.key), **server.settings(), **settings}
    if webhooks:
        found["public_url"] = PUBLIC.format(name=name)
        if name == "vonage":
            found["webhook_secret"] = secret(folder, "vonage-signing", server.signing)
        elif name != "twilio":
            found["webhook_token"] = secret(folder, f"{name}-token", TOKEN)
    return {"name": name, "channel": "sms", "plugin": "sms-http", "deadline": "10s", "settings": found}


def inbound_port(daemon):
    return int(re.search(r"webhooks are taken on http://127\.0\.0\.1:(\d+)/in/", daemon.log())[1])


def metric(daemon, name):
    text = daemon.api.get("/metrics").body.decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))
