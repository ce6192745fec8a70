"""The pages of people in a real browser: axe-core finds nothing, nothing is cut at 320 px, a keyboard is enough, no script runs.

The handlers make the pages (page_samples); a server here gives them out with their own headers, so that their policy holds. Pictures
are left in BUILD/pages_look for people to look at.
"""
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import urllib.parse

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/tools"))
from peers import BUILD, peers  # noqa: E402

OUT = BUILD / "pages_look"
WIDTHS = [320, 1280]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

BROWSER = """
const puppeteer = require("puppeteer-core");
const fs = require("fs");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const job = JSON.parse(fs.readFileSync(0, "utf8"));

const seen = async (page, width) => page.evaluate((width) => {
  const shown = [...document.querySelectorAll("body *")].filter((e) => e.getClientRects().length && !e.closest(".trap"));
  const outside = shown.filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && (box.left < -0.5 || box.right > width + 0.5);
  });
  const targets = [...document.querySelectorAll("button, a, select, label.row, input:not([type=hidden])")]
    .filter((e) => e.getClientRects().length && !e.closest(".trap") && !(e.matches("input") && e.closest("label.row")))
    .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height]);
  return {
    lang: document.documentElement.lang, dir: document.documentElement.dir, scroll: document.documentElement.scrollWidth,
    outside: outside.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)), low: targets.filter(([, height]) => height < 24),
    scripts: document.scripts.length, styled: getComputedStyle(document.querySelector("main")).borderRadius,
    title: document.title, headings: document.querySelectorAll("h1").length,
    aside: Math.abs(document.querySelector("main").getBoundingClientRect().left * 2 + document.querySelector("main").offsetWidth - width),
    ground: getComputedStyle(document.documentElement).backgroundColor,
  };
}, width);

const look = async (browser, name, width, dark) => {
  const page = await browser.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  await page.setViewport({ width, height: 900, deviceScaleFactor: width < 600 ? 2 : 1 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
  await page.goto(`${job.base}/${name}`, { waitUntil: "load" });
  const out = await seen(page, width);
  await page.screenshot({ path: `${job.out}/${name}.${width}${dark ? ".dark" : ""}.png`, fullPage: true, captureBeyondViewport: false });
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  out.violations = found.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + n.failureSummary)]);
  out.said = said;
  await page.close();
  return out;
};

// Tab from the top to the button, press what `presses` names on the way, then Enter.
const by_keyboard = async (browser, name, presses) => {
  const page = await browser.newPage();
  await page.setViewport({ width: 320, height: 700 });
  await page.goto(`${job.base}/${name}`, { waitUntil: "load" });
  const stops = [];
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
      return { tag: e.tagName, name: e.name || "", value: e.value || "", type: e.type || "", ring: style.outlineStyle + style.outlineWidth,
               in_view: box.top >= 0 && box.bottom <= innerHeight, left: box.left };
    });
    if (at.tag === "BODY") break;
    stops.push(at);
    const key = `${at.name}=${at.value}`;
    if (presses[key]) await page.keyboard.press(presses[key]);
    else if (presses[at.name]) await page.keyboard.type(presses[at.name]);
    if (at.tag === "BUTTON") {
      await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press("Enter")]);
      break;
    }
  }
  const title = await page.title();
  await page.close();
  return { stops, title };
};

(async () => {
  const browser = await puppeteer.launch({ executablePath: job.chromium, headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"] });
  const out = { looks: {}, keyboard: {} };
  try {
    for (const name of job.names)
      for (const width of job.widths)
        for (const dark of width < 600 ? [false, true] : [false]) out.looks[`${name} ${width}${dark ? " dark" : ""}`] = await look(browser, name, width, dark);
    for (const [name, presses] of Object.entries(job.keyboard)) out.keyboard[name] = await by_keyboard(browser, name, presses);
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(out));
})();
"""

KEYBOARD = {
    "preferences.fa": {"on=email:surveys": "Space", "untracked=1": "Space"},
    "preferences.en": {"on=sms:news": "Space"},
    "unsubscribe.fa": {}, "unsubscribe.en": {},
    "subscribe.fa": {"address": "sara@example.com"}, "subscribe.en": {"address": "sara@example.com"},
    "subscribe-code.fa": {"code": "123456"}, "subscribe-confirm.en": {},
}


@pytest.fixture(scope="module")
def samples():
    done = subprocess.run([BUILD / "bin/page_samples"], capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def posted():
    return []


@pytest.fixture(scope="module")
def server(samples, posted):
    class Handler(http.server.BaseHTTPRequestHandler):
        def give(self, page):
            body = page["body"].encode()
            self.send_response(200 if page["status"] >= 400 else page["status"])
            self.send_header("Content-Type", page["type"])
            for name, value in page["headers"].items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):  # noqa: N802
            name = self.path.strip("/")
            if name not in samples:
                self.send_error(404)
                return
            self.give(samples[name])

        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            posted.append((self.path, urllib.parse.parse_qs(body, keep_blank_values=True)))
            self.give(samples["saved.en"])

        def log_message(self, *_):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def browsed(samples, server):
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    job = {"base": server, "out": str(OUT), "names": sorted(samples), "widths": WIDTHS, "chromium": CHROMIUM, "keyboard": KEYBOARD}
    folder = peers()
    done = subprocess.run(["node", "-e", BROWSER], input=json.dumps(job), capture_output=True, text=True, timeout=280, check=False,
                          cwd=folder, env={**os.environ, "NODE_PATH": str(folder / "node_modules")})
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_every_page_speaks_both_languages_in_its_direction(browsed):
    for name, look in browsed["looks"].items():
        wanted = ("fa", "rtl") if ".fa " in name + " " else ("en", "ltr")
        assert (look["lang"], look["dir"]) == wanted, name
        assert look["headings"] == 1 and look["title"], name


def test_axe_finds_nothing(browsed):
    found = {name: look["violations"] for name, look in browsed["looks"].items() if look["violations"]}
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)[:6000]


def test_nothing_is_cut_or_hard_to_touch(browsed):
    for name, look in browsed["looks"].items():
        width = int(name.split()[1])
        assert look["scroll"] <= width, (name, look["scroll"])
        assert look["aside"] <= 1, (name, "the sheet stands in the middle")
        assert not look["outside"], (name, look["outside"])
        assert not look["low"], (name, look["low"])


def test_the_policy_lets_the_style_in_and_no_script(browsed):
    for name, look in browsed["looks"].items():
        assert look["scripts"] == 0, name
        assert look["styled"] not in ("", "0px"), name
        assert not look["said"], (name, look["said"])


def test_the_dark_is_dark(browsed):
    for name, look in browsed["looks"].items():
        light = sum(int(part) for part in look["ground"].strip("rgb()").split(",")) > 3 * 128
        assert light != name.endswith("dark"), (name, look["ground"])


def test_a_keyboard_is_enough(browsed, posted):
    for name, walk in browsed["keyboard"].items():
        stops = walk["stops"]
        assert stops and stops[-1]["tag"] == "BUTTON", (name, stops)
        for stop in stops:
            assert stop["ring"] not in ("none0px", "") and stop["in_view"], (name, stop)
            assert stop["name"] != "website", (name, "what nobody sees has no place in the order")
    by_path = {}
    for path, fields in posted:
        by_path.setdefault(path[:3], []).append(fields)
    saved = by_path["/p/"]
    assert len(saved) == 2
    before = set()
    for fields in saved:
        assert fields["confirm"] == ["1"]
        assert set(fields["shown"]) >= set(fields.get("on", []))
        before ^= set(fields.get("on", []))
    assert before == {"email:surveys", "sms:news"}, "each walk changed what it pressed"
    assert [fields.get("untracked") for fields in saved].count(["1"]) == 1
    assert all(fields["confirm"] == ["1"] for fields in by_path["/u/"])
    subscribed = [fields for fields in by_path["/s/"] if "address" in fields]
    assert [fields["address"] for fields in subscribed] == [["sara@example.com"]] * 2
    assert all(fields["website"] == [""] for fields in subscribed)
    assert [fields["code"] for fields in by_path["/s/"] if "code" in fields] == [["123456"]]
