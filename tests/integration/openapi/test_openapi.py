"""Holds docs/openapi.yaml against what the daemon really answers, and what it really takes.

With CHAPAR_SOCKET a daemon that runs already is asked; otherwise one is started.
"""
import datetime
import json
import os
import pathlib
import uuid

import jsonschema
import pytest
import yaml
from harness import Api
from harness.build import root

DOCUMENT = yaml.safe_load((pathlib.Path(root) / "docs/openapi.yaml").read_text(encoding="utf-8"))
# The whole document is the schema's root, so that "#/components/..." resolves.
FORMATS = jsonschema.FormatChecker(["uuid"])


@FORMATS.checks("date-time", raises=ValueError)
def is_time(text):
    return not isinstance(text, str) or datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is not None


@pytest.fixture
def api(request):
    if os.environ.get("CHAPAR_SOCKET"):
        return Api(os.environ["CHAPAR_SOCKET"])
    return request.getfixturevalue("daemon").api


def validator(schema):
    whole = {**schema, "components": DOCUMENT["components"]}
    return jsonschema.Draft202012Validator(whole, format_checker=FORMATS)


def resolve(thing):
    while "$ref" in thing:
        target = DOCUMENT
        for part in thing["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        thing = target
    return thing


def operation(method, path):
    return DOCUMENT["paths"][path][method.lower()]


def check(api, method, path, status, body=None, content_type="application/json", raw=None, **parameters):
    """Asks, and holds status, type, headers and body against the document. Answers the body."""
    target = path
    for name in list(parameters):
        if "{" + name + "}" in target:
            target = target.replace("{" + name + "}", str(parameters.pop(name)))
    if parameters:
        target += "?" + "&".join(f"{name}={value}" for name, value in parameters.items())
    sent = raw if raw is not None else body
    answer = api.request(method, target, sent, content_type=content_type)
    assert answer.status == status, answer
    described = operation(method, path)["responses"].get(str(status))
    assert described, f"{method} {path} does not describe {status}"
    described = resolve(described)
    for name, header in described.get("headers", {}).items():
        assert name in answer.headers or not header.get("required"), f"{name} is missing"
        validator(header["schema"]).validate(int(answer.headers[name]))
    if "content" not in described:
        assert not answer.body
        return None
    kind = answer.headers["Content-Type"].split(";")[0]
    schema = described["content"][kind]["schema"]
    if kind == "application/x-ndjson":
        for line in answer.lines:
            validator(schema).validate(line)
        return answer.lines
    value = answer.json if kind.endswith("json") else answer.body.decode()
    validator(schema).validate(value)
    return value


def message(**more):
    return {"to": {"email": "sara@example.com"}, "class": "transactional",
            "content": {"email": {"subject": "Hello", "text": "Hello, Sara."}}, **more}


def in_an_hour():
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(hours=1)).isoformat(timespec="seconds")


def test_the_document_is_sound():
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = [operation["operationId"] for path in DOCUMENT["paths"].values()
             for method, operation in path.items() if method != "parameters"]
    assert len(names) == len(set(names))


def test_every_type_of_problem_is_explained_in_both_documents():
    listed = {kind.removeprefix("urn:chapar:problem:")
              for kind in DOCUMENT["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]}
    table = (pathlib.Path(root) / "docs/api.md").read_text(encoding="utf-8").split("## Problems")[1].split("## Limits")[0]
    told = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert listed == told


def test_messages(api):
    key = str(uuid.uuid4())
    first = check(api, "POST", "/v1/messages", 202, message(idempotency_key=key, tags=["openapi"], campaign="c"))
    assert check(api, "POST", "/v1/messages", 202, message(idempotency_key=key, tags=["openapi"], campaign="c")) == {
        "id": first["id"], "duplicate": True}
    check(api, "POST", "/v1/messages", 409, message(idempotency_key=key))
    check(api, "POST", "/v1/messages", 422, message(template="welcome"))
    check(api, "POST", "/v1/messages", 400, raw='{"to":{},"to":{}}')
    check(api, "POST", "/v1/messages", 415, raw="a=b", content_type="application/x-www-form-urlencoded")
    check(api, "POST", "/v1/messages", 413, raw=b" " * (2 << 20))
    lines = check(api, "POST", "/v1/messages", 200, content_type="application/x-ndjson",
                  raw="".join(json.dumps(entry) + "\n" for entry in (message(), {}, message())))
    assert [line["status"] for line in lines] == [202, 422, 202]
    check(api, "GET", "/v1/messages/{id}", 200, id=first["id"])
    check(api, "GET", "/v1/messages/{id}", 404, id="0190163d-8694-739b-aea5-966c26f8ad90")
    page = check(api, "GET", "/v1/messages", 200, limit=1)
    check(api, "GET", "/v1/messages", 200, limit=1, cursor=page["next"])
    check(api, "GET", "/v1/messages", 200, state="waiting", tag="openapi", campaign="c")
    check(api, "GET", "/v1/messages", 400, state="nonsense")


def test_cancel_and_retry(api):
    later = check(api, "POST", "/v1/messages", 202, message(send_at=in_an_hour()))
    check(api, "POST", "/v1/messages/{id}/cancel", 200, id=later["id"])
    check(api, "POST", "/v1/messages/{id}/cancel", 200, id=later["id"])
    check(api, "POST", "/v1/messages/{id}/retry", 409, id=later["id"])
    check(api, "POST", "/v1/messages/{id}/retry", 404, id="0190163d-8694-739b-aea5-966c26f8ad90")


def test_another_time_and_the_text(api):
    later = check(api, "POST", "/v1/messages", 202, message(send_at=in_an_hour(), metadata={"order": 7}))
    check(api, "POST", "/v1/messages/{id}/reschedule", 200, {"send_at": in_an_hour()}, id=later["id"])
    check(api, "PATCH", "/v1/messages/{id}", 422, {"send_at": "soon"}, id=later["id"])
    shown = check(api, "GET", "/v1/messages/{id}", 200, id=later["id"], content="true")
    assert shown["metadata"] == {"order": 7} and shown["content"]["steps"][0]["parts"]["subject"] == "Hello"
    check(api, "POST", "/v1/messages/{id}/cancel", 200, id=later["id"])
    check(api, "POST", "/v1/messages/{id}/reschedule", 409, {"send_at": in_an_hour()}, id=later["id"])
    page = check(api, "GET", "/v1/events", 200, message=later["id"], kind="cancelled", wait=1)
    assert [event["metadata"] for event in page["events"]] == [{"order": 7}]
    check(api, "GET", "/v1/events", 400, kind="canceled")
    both = check(api, "POST", "/v1/messages", 200, [message(), {}])
    assert [answer["status"] for answer in both] == [202, 422]


def test_recipients(api):
    name = f"person-{uuid.uuid4()}"
    profile = {"email": "Sara@Example.COM", "phone": "۰۹۱۲ ۳۴۵ ۶۷۸۹", "locale": "fa-IR", "attributes": {"city": "Shiraz"}}
    check(api, "PUT", "/v1/recipients/{id}", 201, profile, id=name)
    check(api, "PUT", "/v1/recipients/{id}", 200, profile, id=name)
    stored = check(api, "GET", "/v1/recipients/{id}", 200, id=name)
    assert (stored["email"], stored["phone"]) == ("Sara@example.com", "+989123456789")
    check(api, "PUT", "/v1/recipients/{id}", 422, {"email": "no"}, id=name)
    check(api, "PUT", "/v1/recipients/{id}", 400, raw="{", id=name)
    check(api, "PATCH", "/v1/recipients/{id}", 200, {"locale": None}, id=name)
    assert "locale" not in check(api, "GET", "/v1/recipients/{id}", 200, id=name)
    check(api, "DELETE", "/v1/recipients/{id}", 204, id=name)
    check(api, "DELETE", "/v1/recipients/{id}", 404, id=name)
    check(api, "GET", "/v1/recipients/{id}", 404, id=name)


def test_consents_and_events(api):
    name = f"person-{uuid.uuid4()}"
    path = "/v1/recipients/{id}/consents"
    check(api, "PUT", path, 200, {"topic": "marketing", "state": "subscribed", "source": "form", "proof": "10.0.0.1",
                                  "at": "2024-01-01T00:00:00Z"}, id=name)
    check(api, "PUT", path, 200, {"consents": [{"state": "unsubscribed", "channel": "email"}, {"state": "pending"}]}, id=name)
    told = check(api, "GET", path, 200, id=name)
    assert len(told["consents"]) == len(told["history"]) == 3
    check(api, "PUT", path, 422, {"state": "yes"}, id=name)
    check(api, "PUT", path, 400, raw="[]", id=name)
    check(api, "PUT", path, 415, raw="a=b", content_type="application/x-www-form-urlencoded", id=name)
    path = "/v1/recipients/{id}/events"
    check(api, "POST", path, 200, {"event": "order"}, id=name)
    check(api, "POST", path, 422, {"event": "order", "at": "2999-01-01T00:00:00Z"}, id=name)


def test_everything_about_a_person(api):
    name = f"person-{uuid.uuid4()}"
    profile = {"email": "parisa@example.com", "device_timezone": "Europe/Berlin", "household": "h",
               "quiet": {"weekly": {"every": ["22:00-09:00"], "friday": []}}}
    check(api, "PUT", "/v1/recipients/{id}", 201, profile, id=name)
    check(api, "PUT", "/v1/recipients/{id}/consents", 200, {"state": "subscribed"}, id=name)
    check(api, "POST", "/v1/recipients/{id}/events", 200, {"event": "order"}, id=name)
    check(api, "POST", "/v1/messages", 202, message(to={"recipient": name}, send_at=in_an_hour()))
    held = check(api, "GET", "/v1/recipients/{id}/export", 200, id=name)
    assert held["profile"]["quiet"] == profile["quiet"] and len(held["messages"]) == len(held["events"]) == 1
    check(api, "GET", "/v1/recipients/{id}/export", 400, id=name, cursor="x")
    check(api, "DELETE", "/v1/recipients/{id}", 400, id=name, erase="maybe")
    gone = check(api, "DELETE", "/v1/recipients/{id}", 200, id=name, erase="true")["erased"]
    assert gone["profile"] == gone["consents"] == gone["cancelled"] == 1
    left = check(api, "GET", "/v1/recipients/{id}/export", 200, id=name)
    assert left["profile"] is None and not left["consents"] and "parisa" not in json.dumps(left)


def test_suppressions(api):
    one = f"{uuid.uuid4().hex}@example.com"
    path = "/v1/suppressions"
    assert check(api, "PUT", path, 200, {"channel": "email", "address": one})["added"] == 1
    again = check(api, "PUT", path, 200, {"suppressions": [{"channel": "email", "address": one, "reach": "all"}]})
    assert (again["added"], again["known"]) == (0, 1)
    taken = check(api, "PUT", path, 200, content_type="text/csv",
                  raw=f"address,channel,reach\n{one},*,marketing\nnobody,email,all\n")
    assert (taken["added"], taken["failed"], taken["errors"][0]["line"]) == (1, 1, 3)
    check(api, "PUT", path, 422, content_type="text/csv", raw=f"email,{one}\n")
    check(api, "PUT", path, 422, {"channel": "email", "address": "nobody"})
    check(api, "PUT", path, 415, raw="a=b", content_type="application/x-www-form-urlencoded")
    stands = check(api, "GET", path, 200, channel="email", address=one)["suppressions"]
    assert {row["channel"] for row in stands} == {"email", "*"}
    page = check(api, "GET", path, 200, limit=1)
    check(api, "GET", path, 200, limit=1, cursor=page["next"].replace(" ", "%20"))
    check(api, "GET", path, 400, surprise=1)
    assert one in check(api, "GET", "/v1/suppressions.csv", 200)
    check(api, "DELETE", path, 204, channel="email", address=one)
    check(api, "DELETE", path, 204, channel="*", address=one)
    check(api, "DELETE", path, 404, channel="email", address=one)
    check(api, "DELETE", path, 400)


def test_events(api):
    check(api, "GET", "/v1/events", 200)
    check(api, "GET", "/v1/events", 200, after=3, limit=1000)
    check(api, "GET", "/v1/events", 400, after="x")
    check(api, "GET", "/v1/events", 400, limit=1001)


def test_engagement(api):
    assert check(api, "POST", "/v1/engagement/rescore", 200) == {"hits": 0, "changed": 0, "unreadable": 0}
    check(api, "POST", "/v1/engagement/rescore", 200, since="2026-03-21T00:00:00Z", cursor=0)
    check(api, "POST", "/v1/engagement/rescore", 400, since="yesterday")
    assert check(api, "GET", "/v1/engagement/totals", 200) == {"days": []}


def test_what_if(api):
    foreseen = check(api, "POST", "/v1/what-if", 200, message(at=in_an_hour(), category="offers"))
    assert foreseen["decision"] == "go" and foreseen["channel"] == "email"
    check(api, "POST", "/v1/what-if", 422, message(surprise=1))
    check(api, "POST", "/v1/what-if", 400, raw="{")
    name = f"person-{uuid.uuid4()}"
    check(api, "PUT", "/v1/recipients/{id}/consents", 200, {"state": "unsubscribed"}, id=name)
    asked = {**message(), "to": {"recipient": name, "email": "a@b.example"}, "class": "marketing"}
    asked["content"]["email"]["list_unsubscribe"] = "mailto:u@shop.example"
    foreseen = check(api, "POST", "/v1/what-if", 200, asked)
    assert (foreseen["decision"], foreseen["reason"]) == ("end", "no_consent")


def test_config_check(api):
    answer = check(api, "POST", "/v1/config/check", 200)
    assert answer["ok"] and answer["messages"]["complete"]


def test_queue_and_routes(api):
    check(api, "GET", "/v1/queue", 200)
    routes = check(api, "GET", "/v1/routes", 200)["routes"]
    name = routes[0]["name"]
    assert check(api, "POST", "/v1/routes/{name}/pause", 200, {"reason": "test"}, name=name)["state"] == "paused"
    check(api, "POST", "/v1/routes/{name}/resume", 200, name=name)
    check(api, "POST", "/v1/routes/{name}/pause", 404, name="no-such-route")
    check(api, "POST", "/v1/routes/{name}/pause", 400, {"why": 1}, name=name)


def test_templates_and_preview(api):
    templates = check(api, "GET", "/v1/templates", 200)["templates"]
    assert templates
    for template in templates:
        check(api, "POST", "/v1/render", 200, {"template": template["name"]})
    check(api, "POST", "/v1/render", 404, {"template": "no-such-template"})
    check(api, "POST", "/v1/render", 400, raw="nonsense")
    check(api, "POST", "/v1/render", 422, {"template": templates[0]["name"], "surprise": 1})


def test_health_and_metrics(api):
    check(api, "GET", "/v1/health", 200)
    check(api, "GET", "/v1/ready", 200)
    assert "chapar_http_requests_total" in check(api, "GET", "/metrics", 200)


@pytest.mark.parametrize("method, path", [(method, path) for path, item in DOCUMENT["paths"].items()
                                          for method in ("GET", "POST", "PUT", "DELETE") if method.lower() not in item])
def test_a_method_that_is_not_described_is_not_allowed(api, method, path):
    target = path.replace("{id}", "0190163d-8694-739b-aea5-966c26f8ad90").replace("{name}", "x")
    answer = api.request(method, target, {} if method in ("POST", "PUT") else None)
    assert answer.status == 405, answer
    assert method not in answer.headers["Allow"]
    validator({"$ref": "#/components/schemas/Problem"}).validate(answer.json)


def test_the_request_schema_takes_what_the_daemon_takes_and_refuses_what_it_refuses(api):
    schema = validator({"$ref": "#/components/schemas/Message"})
    good = [message(), message(tags=["a"], campaign="b", channels=["email"]), message(send_at=in_an_hour()),
            message(channels="cheapest-first", category="c", household="h", value=2.5, collapse_key="k", test=True,
                    dedupe_key="d", dedupe_window_ms=1000, fallback_after_ms=0)]
    bad = [message(surprise=1), {"to": {"email": "a@b.example"}}, message(template="welcome"), message(tags=[""]),
           message(to={}), message(to={"email": "a@b.example", "mail": "x"}), message(channels=[1]), message(content={}),
           message(dedupe_key="d"), message(test="yes"), message(value="1"), message(channels=[]), message(category=""),
           message(channels=["email", "email"]), message(dedupe_key="d", dedupe_window_ms=0), message(at=in_an_hour()),
           message(idempotency_key=""), message(tags=["x"] * 33)]
    for entry in good:
        schema.validate(entry)
        assert api.send(entry).status == 202, entry
    for entry in bad:
        assert not schema.is_valid(entry), entry
        assert api.send(entry).status == 422, entry


def test_copies_of_a_mail(api):
    letter = message(cc=["b@copies.example"], bcc=["hidden@copies.example"], send_at=in_an_hour())
    sent = check(api, "POST", "/v1/messages", 202, letter)
    (step,) = check(api, "GET", "/v1/messages/{id}", 200, id=sent["id"])["plan"]
    assert step["bcc"] == ["hidden@copies.example"]
    assert check(api, "GET", "/v1/messages", 200, address="b@copies.example")["messages"][0]["id"] == sent["id"]
    assert check(api, "GET", "/v1/recipients/{id}/export", 200, id="hidden@copies.example")["copies"][0]["copy"] == "bcc"
    check(api, "PUT", "/v1/suppressions", 200, {"channel": "email", "address": "b@copies.example"})
    letter.pop("send_at")
    assert check(api, "POST", "/v1/what-if", 200, letter)["steps"][0]["copies_left_out"]
    check(api, "POST", "/v1/messages", 422, message(cc="b@copies.example"))


def test_webhooks(api, chapard, tmp_path):
    assert check(api, "GET", "/v1/webhooks", 200)["webhooks"] == []
    check(api, "GET", "/v1/webhooks/{name}", 404, name="nobody")
    check(api, "POST", "/v1/webhooks/{name}/enable", 404, name="nobody")
    secret = tmp_path / "secret"
    secret.write_text("whsec_" + "A" * 32)
    secret.chmod(0o600)
    site = chapard([], start=False)
    site.write_config(site.config_text() + f'\n[[webhook]]\nname = "shop"\nurl = "https://shop.invalid/"\nsecrets = ["{secret}"]\n')
    own = site.start().api
    assert len(check(own, "GET", "/v1/webhooks", 200)["webhooks"]) == 1
    check(own, "GET", "/v1/webhooks/{name}", 200, name="shop")
    check(own, "POST", "/v1/webhooks/{name}/enable", 409, name="shop")
    check(own, "POST", "/v1/webhooks/{name}/disable", 200, name="shop")
    check(own, "POST", "/v1/webhooks/{name}/enable", 200, name="shop")
    assert check(own, "POST", "/v1/webhooks/{name}/test", 200, name="shop")["accepted"] is False
    check(own, "POST", "/v1/webhooks/{name}/replay", 200, {"since": "2030-01-31T06:00:00Z"}, name="shop")
    check(own, "POST", "/v1/webhooks/{name}/replay", 404, {"event": "evt_0000000000000fffabcdef"}, name="shop")
    for body in ({}, {"since": "soon"}, {"event": "evt_1"}, {"event": 7}, {"until": "2030-01-31T06:00:00Z"},
                 {"since": "2030-01-31T06:00:00Z", "event": "evt_0000000000001267ab12cd"}, []):
        check(own, "POST", "/v1/webhooks/{name}/replay", 400, body, name="shop")
