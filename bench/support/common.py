"""What both benchmarks share: scratch space, CPU accounting of a whole process tree, and the table."""
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "tests" / "tools"))


def use_release_build():
    """Benchmarks build and run the release preset, unless CHAPAR_BUILD names a build."""
    if os.environ.get("CHAPAR_BUILD"):
        return
    os.environ["CHAPAR_BUILD"] = str(root / "build" / "release")
    for command in (["cmake", "--preset", "release", "-DCHAPAR_TESTS=OFF", "-DCHAPAR_BENCH=ON"],
                    ["cmake", "--build", "--preset", "release"]):
        done = subprocess.run(command, cwd=root, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")


def install_npm_peers():
    """The peers that come from npm. Not `npm ci`: it insists on the optional native parts of every platform, which not each
    registry has."""
    subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=root / "bench",
                   check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def scratch(name):
    """A directory on the same disk for us and the peers ($CHAPAR_BENCH_DIR chooses the disk); removed at the end."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"chapar-{name}-", dir=os.environ.get("CHAPAR_BENCH_DIR")))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class CpuMeter:
    """CPU seconds of a process and all its descendants, also of those that have ended.

    By a cgroup where one can be made (v1 cpuacct, or v2); else the sum over /proc with reaped children."""

    def __init__(self, name):
        self.folder, self.kind, self.pid = None, "proc", None
        for kind, parent, usage in (("cpuacct", "/sys/fs/cgroup/cpuacct", "cpuacct.usage"),
                                    ("cgroup2", "/sys/fs/cgroup", "cpu.stat")):
            folder = pathlib.Path(parent) / f"chapar-bench-{os.getpid()}-{name}"
            try:
                folder.mkdir()
            except OSError:
                continue
            if (folder / usage).exists():
                self.folder, self.kind = folder, kind
                break
            folder.rmdir()

    def start(self, command, **more):
        """subprocess.Popen inside the meter."""
        procs = str(self.folder / "cgroup.procs") if self.folder else None

        def enter():
            if procs:
                with open(procs, "w") as file:
                    file.write(str(os.getpid()))
        process = subprocess.Popen(command, preexec_fn=enter, **more)
        self.pid = process.pid
        return process

    def adopt(self, pid):
        """Takes a running process (with its threads) in; what it used before is not counted by the cgroup."""
        self.pid = pid
        if self.folder:
            (self.folder / "cgroup.procs").write_text(str(pid))

    def seconds(self):
        if self.kind == "cpuacct":
            return int((self.folder / "cpuacct.usage").read_text()) / 1e9
        if self.kind == "cgroup2":
            return int((self.folder / "cpu.stat").read_text().split()[1]) / 1e6
        return sum(self._ticks()) / os.sysconf("SC_CLK_TCK")

    def _ticks(self):
        parents, ticks = {}, {}
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = path.read_text().rpartition(")")[2].split()
                pid = int(path.parent.name)
                parents[pid], ticks[pid] = int(fields[1]), sum(map(int, fields[11:15]))
        for pid in ticks:
            up = pid
            while up and up != self.pid:
                up = parents.get(up, 0)
            if up == self.pid:
                yield ticks[pid]

    def close(self):
        if not self.folder:
            return
        for _ in range(100):
            try:
                self.folder.rmdir()
                return
            except OSError:
                time.sleep(0.05)


def become_subreaper():
    """Daemons that Postfix's master leaves behind become our children, so that none stays as a zombie."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def reap_orphans(seconds=3.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.05)


def end(process, timeout=20):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def table(headings, rows):
    rows = [[format_cell(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    for row in [headings, ["-" * width for width in widths], *rows]:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))))
    sys.stdout.flush()


def format_cell(cell):
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}" if abs(cell) < 1 else f"{cell:,.2f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def rounded(value):
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


def last_line(**fields):
    print(json.dumps(rounded(fields)), flush=True)
