"""A headless browser without a driver: pages at a given width, measured by a script in the page, and pictures of them."""
import html
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--allow-file-access-from-files"]
DARK = ["--blink-settings=preferredColorScheme=0"]

MEASURE = """
<script>
addEventListener('load', () => {
  const found = [...document.querySelectorAll('iframe')].map(frame => {
    const page = frame.contentDocument, root = page.documentElement, width = frame.clientWidth;
    const shown = [...page.querySelectorAll('body *')].filter(e => e.getClientRects().length);
    const outside = shown.filter(e => {
      const box = e.getBoundingClientRect();
      return box.width > 1 && (box.left < -0.5 || box.right > width + 0.5);
    });
    const heading = page.querySelector('h1');
    return {
      width, scroll_width: root.scrollWidth, height: root.scrollHeight, dir: root.dir, lang: root.lang,
      outside: outside.slice(0, 5).map(e => e.outerHTML.slice(0, 120)),
      heading_direction: heading ? getComputedStyle(heading).direction : '',
      background: getComputedStyle(page.body).backgroundColor,
      ink: heading ? getComputedStyle(heading).color : '',
    };
  });
  const out = document.createElement('pre');
  out.id = 'found';
  out.textContent = JSON.stringify(found);
  document.body.append(out);
});
</script>
"""


def _run(arguments):
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run([PROGRAM, *FLAGS, f"--user-data-dir={profile}", *arguments], capture_output=True,
                              text=True, timeout=120, check=True).stdout


def _sheet(pages, widths, height, script=""):
    """One page with each of `pages` in frames of each of `widths`; a window can't be as narrow as a phone."""
    frames = "".join(f'<iframe src="{page.resolve().as_uri()}" width="{width}" height="{height}"></iframe>'
                     for page in pages for width in widths)
    return (f'<!doctype html><meta charset="utf-8"><style>body{{margin:8px;background:#8a8a8a;display:flex;gap:8px;'
            f'align-items:flex-start}}iframe{{border:0;flex:none}}</style>{frames}{script}')


def measure(pages, widths, folder, dark=False):
    """What a reader would see of each page at each width: a dictionary each, pages first."""
    sheet = pathlib.Path(folder) / "measure.html"
    sheet.write_text(_sheet(pages, widths, 1000, MEASURE), encoding="utf-8")
    dom = _run([*(DARK if dark else []), "--virtual-time-budget=3000", "--dump-dom", sheet.resolve().as_uri()])
    found = re.search(r'<pre id="found">(.*?)</pre>', dom, re.S)
    assert found, dom[-2000:]
    return json.loads(html.unescape(found.group(1)))


def picture(pages, widths, height, target, dark=False):
    sheet = target.with_suffix(".sheet.html")
    sheet.write_text(_sheet(pages, widths, height), encoding="utf-8")
    window = f"--window-size={len(pages) * (sum(widths) + 8 * len(widths)) + 8},{height + 16}"
    _run([*(DARK if dark else []), f"--screenshot={target}", window, sheet.resolve().as_uri()])
    sheet.unlink()
