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
const channels = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ratio = (a, b) => {
  const [low, high] = [luminance(channels(a)), luminance(channels(b))].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const ground = (view, e) => {
  for (; e; e = e.parentElement) {
    const colour = view.getComputedStyle(e).backgroundColor, all = channels(colour);
    if (all.length < 4 || all[3] > 0.99) return colour;
  }
  return 'rgb(255, 255, 255)';
};
addEventListener('load', () => {
  const found = [...document.querySelectorAll('iframe')].map(frame => {
    const page = frame.contentDocument, root = page.documentElement, width = frame.clientWidth;
    const shown = [...page.querySelectorAll('body *')].filter(e => e.getClientRects().length);
    const outside = shown.filter(e => {
      const box = e.getBoundingClientRect();
      return box.width > 1 && (box.left < -0.5 || box.right > width + 0.5);
    });
    const heading = page.querySelector('h1');
    const view = frame.contentWindow, style = e => view.getComputedStyle(e);
    const has_words = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim().length > 0 && n.textContent.trim() !== '\u00a0');
    const faint = shown.filter(has_words).map(e => [ratio(style(e).color, ground(view, e)), e.textContent.trim().slice(0, 40)])
      .filter(([value]) => value < 4.5);
    const lost = [...page.querySelectorAll('.step, .ticket')].map(e => {
      const own = e.classList.contains('step') ? style(e).backgroundColor : style(e).borderTopColor;
      return [ratio(own, ground(view, e.parentElement)), e.className];
    }).filter(([value]) => value < 3);
    const unstacked = width > 480 ? [] : [...page.querySelectorAll('.price')].filter(e =>
      e.getBoundingClientRect().top < e.previousElementSibling.getBoundingClientRect().bottom - 1).map(e => e.textContent);
    return {
      faint, lost, unstacked,
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
