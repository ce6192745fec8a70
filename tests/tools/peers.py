"""The npm programs of tests/peers, installed once into the build folder."""
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CHAPAR_BUILD", SOURCE / "build/dev"))


def peers():
    """The folder with node_modules/."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    wanted = (SOURCE / "tests/peers/package.json").read_bytes()
    folder = BUILD / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / f".installed-{hashlib.sha256(wanted).hexdigest()[:16]}"
        if not stamp.exists():
            (folder / "package.json").write_bytes(wanted)
            subprocess.run([npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder,
                           check=True, timeout=240, stdout=subprocess.DEVNULL)
            stamp.touch()
    return folder
