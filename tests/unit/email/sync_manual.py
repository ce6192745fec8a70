"""sync_manual.py [--write]: docs/write-a-plugin.md shows plugins/maildir/maildir.cpp as it is."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[3]
manual, source = root / "docs/write-a-plugin.md", (root / "plugins/maildir/maildir.cpp").read_text()
text = manual.read_text()
wanted = re.sub(r"```cpp\n.*?```", lambda _: f"```cpp\n{source}```", text, count=1, flags=re.S)
if "--write" in sys.argv:
    manual.write_text(wanted)
elif wanted != text:
    sys.exit(f"{manual} shows another source; run tests/unit/email/sync_manual.py --write")
