"""What npm's packages say of us: standardwebhooks and svix verify the signatures, crawler-user-agents has the agents."""
import base64
import json
import os
import pathlib
import random
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/tools"))
from peers import BUILD, peers  # noqa: E402

TOOL = BUILD / "bin/engage_tool"

# Answers for each case, one line: what each library says of the headers as they are, and of each that was changed.
VERIFY = """
const { Webhook: Standard } = require("standardwebhooks");
const { Webhook: Svix } = require("svix");
const crypto = require("crypto");
const accepts = (library, secret, body, headers) => {
  try { new library(secret).verify(body, headers); return true; } catch (error) { return false; }
};
const verifies = (c) => {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(c.public.slice(5), "base64")]);
  const key = crypto.createPublicKey({ key: der, format: "der", type: "spki" });
  const text = `${c.headers["webhook-id"]}.${c.headers["webhook-timestamp"]}.${c.body}`;
  const found = c.headers["webhook-signature"].split(" ").filter((s) => s.startsWith("v1a,"));
  return found.length === 1 && crypto.verify(null, Buffer.from(text), key, Buffer.from(found[0].slice(4), "base64"));
};
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\\n")) {
  const c = JSON.parse(line);
  const out = { libraries: {}, key: c.public ? verifies(c) : null };
  for (const [name, library] of [["standardwebhooks", Standard], ["svix", Svix]])
    out.libraries[name] = {
      good: c.secrets.map((secret) => accepts(library, secret, c.body, c.headers)),
      body: accepts(library, c.secrets[0], c.body.replace("{", "{ "), c.headers),
      id: accepts(library, c.secrets[0], c.body, { ...c.headers, "webhook-id": c.headers["webhook-id"] + "x" }),
      time: accepts(library, c.secrets[0], c.body, { ...c.headers, "webhook-timestamp": String(Number(c.headers["webhook-timestamp"]) + 1) }),
      secret: accepts(library, c.stranger, c.body, c.headers),
    };
  console.log(JSON.stringify(out));
}
"""


def secret(rng):
    return "whsec_" + base64.b64encode(rng.randbytes(rng.choice([24, 32, 33, 64]))).decode()


def test_standardwebhooks_and_svix_verify_what_we_sign():
    rng = random.Random(8)
    cases, lines = [], []
    for number in range(200):
        data = {"message": "سلام ✓ " + "x" * rng.randrange(200), "n": number, "nested": {"a": [1, None, True, "\u2028\"\\"]}}
        case = {"secrets": [secret(rng) for _ in range(rng.choice([1, 2]))], "stranger": secret(rng), "public": None,
                "body": json.dumps(data, ensure_ascii=rng.random() < 0.5),
                "headers": {"webhook-id": f"evt_{rng.getrandbits(64):x}", "webhook-timestamp": str(int(time.time()))}}
        key = "whsk_" + base64.b64encode(rng.randbytes(32)).decode() if rng.random() < 0.5 else "-"
        cases.append(case)
        lines.append(" ".join([case["headers"]["webhook-id"], case["headers"]["webhook-timestamp"],
                               base64.b64encode(case["body"].encode()).decode(), ",".join(case["secrets"]), key]))
    made = subprocess.run([TOOL, "sign"], input="\n".join(lines) + "\n", check=True, capture_output=True, text=True).stdout
    for case, line in zip(cases, made.splitlines(), strict=True):
        parts = line.split(" ")
        if parts[-1].startswith("whpk_"):
            case["public"] = parts.pop()
        case["headers"]["webhook-signature"] = " ".join(parts)
    folder = peers()
    said = subprocess.run(["node", "-e", VERIFY], cwd=folder, input="\n".join(map(json.dumps, cases)), check=True,
                          capture_output=True, text=True).stdout.splitlines()
    assert len(said) == len(cases)
    for case, line in zip(cases, said):
        answer = json.loads(line)
        assert answer["key"] is (True if case["public"] else None)
        for name, verdict in answer["libraries"].items():
            assert verdict["good"] == [True] * len(case["secrets"]), (name, case)
            assert not any(verdict[change] for change in ("body", "id", "time", "secret")), (name, case)


def test_every_agent_of_the_list_is_a_crawler():
    entries = json.loads((peers() / "node_modules/crawler-user-agents/crawler-user-agents.json").read_text())
    agents = [agent for entry in entries for agent in entry["instances"]]
    assert len(agents) > 2000
    said = subprocess.run([TOOL, "agents"], input="\n".join(agents) + "\n", check=True, capture_output=True,
                          text=True).stdout.splitlines()
    missed = [agent for agent, line in zip(agents, said, strict=True) if line[0] != "1"]
    assert not missed


def test_the_table_is_the_list_s():
    """make_crawlers makes of the package what is in the tree."""
    source = peers() / "node_modules/crawler-user-agents/crawler-user-agents.json"
    made = subprocess.run([sys.executable, SOURCE / "daemon/engage/make_crawlers", source, "--print"], check=True,
                          capture_output=True, text=True).stdout
    assert made == (SOURCE / "daemon/engage/crawlers.inc").read_text()


def test_browsers_of_people_are_no_crawlers():
    browsers = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 13; M2101K6G; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36 Instagram 350.0",
        "Mozilla/5.0 (Linux; U; Android 12; fa-ir; Redmi Note 9) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.4",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
    ]
    said = subprocess.run([TOOL, "agents"], input="\n".join(browsers) + "\n", check=True, capture_output=True,
                          text=True).stdout.splitlines()
    assert [line[0] for line in said] == ["0"] * len(browsers)
