"""Webhooks of a running daemon: verified by npm's libraries, in order under failures and kill -9, never to the inside."""
import base64
import json
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from harness.build import program
from peers import peers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hook_server import HookServer  # noqa: E402

QUICK = ["100ms", "150ms", "200ms"] + [f"{300 + i}ms" for i in range(17)]
SOON = [f"{50 + i}ms" for i in range(20)]
VERIFY = """
const { Webhook: Standard } = require("standardwebhooks");
const { Webhook: Svix } = require("svix");
const crypto = require("crypto");
const accepts = (library, secret, c, body) => {
  try { new library(secret).verify(body, c.headers); return true; } catch (error) { return false; }
};
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\\n")) {
  const c = JSON.parse(line);
  const out = { good: [], changed: [], key: null };
  for (const library of [Standard, Svix]) {
    out.good.push(c.secrets.map((secret) => accepts(library, secret, c, c.body)));
    out.changed.push(accepts(library, c.secrets[0], c, c.body.replace("{", "{ ")));
  }
  if (c.seed) {
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(c.seed, "base64")]);
    const key = crypto.createPublicKey(crypto.createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
    const signed = c.headers["webhook-signature"].split(" ").filter((s) => s.startsWith("v1a,"));
    out.key = signed.length === 1 && crypto.verify(null,
      Buffer.from(`${c.headers["webhook-id"]}.${c.headers["webhook-timestamp"]}.${c.body}`), key,
      Buffer.from(signed[0].slice(4), "base64"));
  }
  console.log(JSON.stringify(out));
}
"""


@pytest.fixture
def hooks():
    """hooks(rule) -> a HookServer."""
    made = []

    def make(*args, **more):
        made.append(HookServer(*args, **more))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def write_secret(folder, name, text=None):
    path = pathlib.Path(folder) / name
    path.write_text(text or "whsec_" + base64.b64encode(name.encode().ljust(32, b"."))[:44].decode())
    path.chmod(0o600)
    return path


def table(folder, url, name="shop", secrets=("one",), **more):
    keys = {"name": name, "url": url, "secrets": [str(write_secret(folder, each)) for each in secrets],
            "insecure": True, "allow_networks": ["127.0.0.1"], "events": ["*"], **more}
    return "\n[[webhook]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def with_hooks(daemon, *tables):
    daemon.write_config(daemon.config_text() + "".join(tables))
    return daemon


@pytest.fixture
def site(chapard):
    """A daemon that is not started, with quick tests."""
    return chapard([], start=False, config={"sandbox": {"receipt_after": "5ms"}})


def send(daemon, persons, rounds=1, offset=0):
    """Test messages, each of which makes two events."""
    lines = [{"to": {"email": f"p{person}@shop.example"}, "class": "transactional", "test": True,
              "content": {"email": {"subject": "s", "text": "t"}}}
             for _ in range(rounds) for person in range(offset, offset + persons)]
    answer = daemon.api.request("POST", "/v1/messages", "\n".join(map(json.dumps, lines)),
                                content_type="application/x-ndjson")
    assert answer.status == 200, answer
    assert all("id" in line for line in answer.lines), answer


def fed(daemon):
    """All events, and their numbers by person."""
    out, by_person, after = [], {}, None
    while True:
        page = daemon.api.get("/v1/events?limit=1000" + (f"&after={after}" if after else "")).json
        for event in page["events"]:
            out.append(event["id"])
            by_person.setdefault(event.get("address"), []).append(event["number"])
        if not page["has_more"]:
            return out, by_person
        after = page["next"]


def view(daemon, name="shop"):
    return daemon.api.get(f"/v1/webhooks/{name}").json


def chapar(daemon, *words):
    return subprocess.run([program("chapar"), "--socket", str(daemon.socket), *words], capture_output=True, text=True)


def reload(daemon, eventually):
    seen = daemon.log().count("reload.done") + daemon.log().count("reload.kept")
    daemon.signal(signal.SIGHUP)
    eventually(lambda: daemon.log().count("reload.done") + daemon.log().count("reload.kept") > seen)


def settle(daemon, eventually):
    """Until nothing new comes and the endpoint has all."""
    counts = [-1]

    def is_still():
        now = view(daemon)
        counts.append(len(fed(daemon)[0]))
        return counts[-1] == counts[-2] and now["behind"] == now["waiting"] == now["in_flight"] == 0

    eventually(is_still, timeout=60, every=0.5)


def verified(requests, secrets, seed=None):
    cases = [{"headers": {name.lower(): value for name, value in request["headers"].items()}, "body": request["body"],
              "secrets": [path.read_text() for path in secrets], "seed": seed} for request in requests]
    done = subprocess.run(["node", "-e", VERIFY], cwd=peers(), input="\n".join(map(json.dumps, cases)), check=True,
                          capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_npm_s_libraries_verify_what_comes_while_secrets_change(site, hooks, tmp_path, eventually):
    server = hooks()
    seed = bytes(range(32))
    key = write_secret(tmp_path, "key", "whsk_" + base64.b64encode(seed).decode())
    with_hooks(site, table(tmp_path, server.url(), signing_key=str(key))).start()
    send(site, 5)
    eventually(lambda: len(server.taken()[0]) == 10)
    with_hooks(site, table(tmp_path, server.url(), secrets=("one", "two"), signing_key=str(key)))
    reload(site, eventually)
    send(site, 5)
    eventually(lambda: len(server.taken()[0]) == 20)
    with_hooks(site, table(tmp_path, server.url(), secrets=("two",)))
    reload(site, eventually)
    send(site, 5)
    eventually(lambda: len(server.taken()[0]) == 30)
    key_seed = base64.b64encode(seed).decode()
    one, two = tmp_path / "one", tmp_path / "two"
    for answers, expected, has_key in (
            (verified(server.requests[:10], [one, two], key_seed), [True, False], True),
            (verified(server.requests[10:20], [one, two], key_seed), [True, True], True),
            (verified(server.requests[20:], [two, one]), [True, False], None)):
        assert len(answers) == 10
        for answer in answers:
            assert answer["good"] == [expected, expected]
            assert answer["changed"] == [False, False]
            assert answer["key"] is has_key
    for request in server.requests:
        assert request["method"] == "POST" and request["headers"]["Content-Type"] == "application/json"
        assert abs(int(request["headers"]["webhook-timestamp"]) - request["at"]) < 30
        assert set(request["event"]) == {"type", "timestamp", "data"} and len(request["body"]) < 20_000
        assert request["event"]["data"]["id"] == request["id"]
        assert request["type"] == "message." + request["event"]["data"]["kind"]
    assert {request["type"] for request in server.requests} == {"message.sent", "message.delivered"}
    assert sorted(server.taken()[0]) == sorted(fed(site)[0])


@pytest.mark.parametrize("order", ["person", "strict"])
def test_the_order_holds_under_failures_and_kill_9(site, hooks, tmp_path, eventually, order):
    chance = random.Random(5)
    server = hooks(lambda request: 500 if chance.random() < 0.3 else 200)
    many = {"person": 15, "strict": 3}[order]
    hook = table(tmp_path, server.url(), order=order, retries=SOON)
    with_hooks(site, hook).start()
    for life in range(4):
        send(site, many, rounds=2)
        time.sleep(chance.uniform(0.1, 0.5))
        site.kill()
        site.start()
    settle(site, eventually)
    assert len(fed(site)[0]) >= many * 2 * 4, "each was sent; a receipt may be lost with its life"
    taken, by_person = server.taken()
    expected, expected_by_person = fed(site)
    assert by_person == expected_by_person
    if order == "strict":
        assert taken == expected
    else:
        assert sorted(taken) == sorted(expected)
    assert any(request["status"] == 500 for request in server.requests)
    assert view(site)["given_up"] == 0


def test_a_consumer_that_is_down_then_slow_then_broken_loses_nothing(site, hooks, tmp_path, eventually):
    """F50 in small: down (no listener), then slow, then 500, then well; meanwhile messages go as if nothing were."""
    phase = {"is": "slow"}

    def rule(_):
        if phase["is"] == "slow":
            time.sleep(0.4)
        return 500 if phase["is"] == "broken" else 200

    down = HookServer()
    port = down.port
    down.stop()
    with_hooks(site, table(tmp_path, f"http://127.0.0.1:{port}/hooks", retries=QUICK)).start()
    send(site, 40, rounds=2)
    eventually(lambda: len(fed(site)[0]) == 160)
    eventually(lambda: view(site)["state"] == "failing")
    assert view(site)["waiting"] > 0
    server = hooks(rule)
    with_hooks(site, table(tmp_path, server.url(), retries=QUICK))
    reload(site, eventually)
    eventually(lambda: len(server.requests) > 20)
    phase["is"] = "broken"
    send(site, 40)
    time.sleep(1)
    phase["is"] = "well"
    eventually(lambda: len(server.taken()[0]) == len(fed(site)[0]) == 240, timeout=40)
    assert server.taken()[1] == fed(site)[1]
    eventually(lambda: view(site)["waiting"] == 0)
    site.stop()
    with sqlite3.connect(site.database) as link:
        assert link.execute("SELECT count(*) FROM webhook_wait").fetchone() == (0,)
    link.close()


def test_a_slow_endpoint_holds_up_no_other_and_no_message(site, hooks, tmp_path, eventually):
    gate = threading.Event()
    slow, quick = hooks(lambda _: gate.wait(20) and 200), hooks()
    with_hooks(site, table(tmp_path, slow.url(), name="slow"), table(tmp_path, quick.url(), name="quick")).start()
    try:
        send(site, 100)
        eventually(lambda: len(quick.taken()[0]) == 200)
        assert not slow.requests
        assert view(site, "slow")["in_flight"] == 16
    finally:
        gate.set()
    eventually(lambda: len(slow.taken()[0]) == 200)


def test_nothing_goes_to_the_inside(site, hooks, tmp_path, eventually):
    inside = hooks()
    bait = hooks(lambda _: (302, {"Location": inside.url("/secret")}))
    with_hooks(site,
               table(tmp_path, f"http://localhost:{inside.port}/", name="by-name", allow_networks=[]),
               table(tmp_path, f"http://localhost.:{inside.port}/", name="dotted", allow_networks=["10.0.0.0/8"]),
               table(tmp_path, bait.url(), name="redirects")).start()
    send(site, 3)
    for name in ("by-name", "dotted"):
        answer = site.api.request("POST", f"/v1/webhooks/{name}/test").json
        assert answer["accepted"] is False and "status" not in answer
        assert "is not called" in answer["words"] or "resolve" in answer["words"], answer
    assert site.api.request("POST", "/v1/webhooks/redirects/test").json["status"] == 302
    eventually(lambda: view(site, "by-name")["failed"] > 2)
    eventually(lambda: view(site, "redirects")["failed"] > 2)
    assert not inside.requests
    for url in ("http://127.0.0.1:1/", "http://2130706433/", "http://[::1]/", "http://169.254.169.254/latest/", "http://0x7f.1/"):
        text = site.config_text() + table(tmp_path, url, name="inside", allow_networks=[])
        path = tmp_path / "inside.toml"
        path.write_text(text)
        said = subprocess.run([program("chapar"), "config", "check", "--config", str(path)], capture_output=True, text=True)
        spelled = url in ("http://2130706433/", "http://0x7f.1/")
        assert spelled or (said.returncode == 1 and "is not called" in said.stderr), (url, said.stderr)
        assert spelled or "allow_networks" in said.stderr


def test_the_operator_looks_tests_stops_and_replays(site, hooks, tmp_path, eventually):
    server = hooks()
    with_hooks(site, table(tmp_path, server.url(), events=["message.sent"])).start()
    send(site, 4)
    eventually(lambda: len(server.taken()[0]) == 4)
    assert "shop" in chapar(site, "webhook").stdout
    tested = chapar(site, "webhook", "test", "shop")
    assert tested.returncode == 0 and "answered 200" in tested.stdout, tested
    assert server.requests[-1]["type"] == "webhook.test"
    server.rule = lambda _: 503
    assert chapar(site, "webhook", "test", "shop").returncode == 1
    server.rule = lambda _: 200
    assert chapar(site, "webhook", "disable", "shop").returncode == 0
    send(site, 2)
    time.sleep(0.3)
    assert view(site)["state"] == "disabled" and len(server.taken()[0]) == 4 + 1
    assert chapar(site, "webhook", "enable", "shop").returncode == 0
    assert chapar(site, "webhook", "enable", "shop").returncode != 0
    eventually(lambda: len(server.taken()[0]) == 6 + 1)
    before = len(server.requests)
    ids = [event["id"] for event in site.api.get("/v1/events?kind=sent").json["events"]]
    assert chapar(site, "webhook", "replay", "shop", "--event", ids[1]).returncode == 0
    eventually(lambda: len(server.requests) == before + 1)
    assert server.requests[-1]["id"] == ids[1]
    assert chapar(site, "webhook", "replay", "shop", "--since", "2020-01-01T00:00:00Z").returncode == 0
    eventually(lambda: len(server.requests) == before + 1 + 6)
    assert sorted(request["id"] for request in server.requests[before + 1:]) == sorted(ids)
    for words in (["replay", "shop"], ["replay", "shop", "--event", "x", "--since", "y"], ["frobnicate", "shop"], ["test"]):
        assert chapar(site, "webhook", *words).returncode == 2, words
    assert chapar(site, "webhook", "test", "nobody").returncode not in (0, 2)
    assert chapar(site, "webhook", "replay", "shop", "--event", "evt_0000000000000fffabcdef").returncode not in (0, 2)


def test_a_secret_that_is_missing_or_open_to_all_ends_the_start(site, tmp_path):
    open_to_all = write_secret(tmp_path, "open")
    open_to_all.chmod(0o644)
    for secret in (tmp_path / "missing", open_to_all):
        hook = table(tmp_path, "https://shop.example/hooks").replace(str(tmp_path / "one"), str(secret))
        with_hooks(site, hook)
        said = subprocess.run([program("chapar"), "config", "check", "--config", str(site.config_path)],
                              capture_output=True, text=True)
        assert said.returncode == 1 and "webhook shop: secrets" in said.stderr, said
        done = subprocess.run([program("chapard"), "--config", str(site.config_path)], capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 78 and "webhook shop" in done.stderr, done


def test_a_short_history_is_warned_of(site, tmp_path):
    site.config["store"] = {"keep_events": "2d"}
    with_hooks(site, table(tmp_path, "https://shop.example/hooks"))
    said = subprocess.run([program("chapar"), "--json", "config", "check", "--config", str(site.config_path)],
                          capture_output=True, text=True)
    assert said.returncode == 0 and "keep_events" in json.loads(said.stdout)["warnings"][0]
    said = subprocess.run([program("chapar"), "config", "check", "--config", str(site.config_path)],
                          capture_output=True, text=True)
    assert said.returncode == 0 and "warning: keep_events" in said.stderr


def test_an_endpoint_that_is_gone_is_told_to_others(site, hooks, tmp_path, eventually):
    gone, others = hooks(lambda _: 410), hooks()
    with_hooks(site, table(tmp_path, gone.url()), table(tmp_path, others.url(), name="ops", events=["endpoint.*"])).start()
    send(site, 3)
    eventually(lambda: view(site)["state"] == "disabled")
    eventually(lambda: others.requests)
    data = others.requests[0]["event"]["data"]
    assert others.requests[0]["type"] == "endpoint.disabled" and data["code"] == "shop" and "410" in data["detail"]
    assert "webhook.disabled" in site.log()
