"""Where the programs under test are."""
import os
import pathlib

root = pathlib.Path(__file__).resolve().parents[3]


def build_dir():
    """$CHAPAR_BUILD, or the build/dev* whose chapard (else: smtp_sink) is newest."""
    if os.environ.get("CHAPAR_BUILD"):
        return pathlib.Path(os.environ["CHAPAR_BUILD"]).resolve()
    for name in ("chapard", "smtp_sink"):
        found = sorted(root.glob(f"build/dev*/bin/{name}"), key=lambda path: path.stat().st_mtime)
        if found:
            return found[-1].parent.parent
    raise RuntimeError("no build found: run `cmake --preset dev && cmake --build --preset dev`")


def program(name):
    path = build_dir() / "bin" / name
    if not path.exists():
        raise RuntimeError(f"{path} is not built")
    return str(path)


def plugin_dir():
    return str(build_dir() / "lib" / "chapar" / "plugins")
