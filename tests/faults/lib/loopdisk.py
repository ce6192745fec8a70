"""Power cuts without pulling a plug: an ext4 file system in an image file, and copies of that file.

What the file system has not pushed down to its device yet is not in the image, as it would not be on a disk whose
power was cut. `commit=60` keeps ext4 from pushing by itself, so only what was synced is there for sure.
"""
import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile
import time


def _run(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True)


def unavailable():
    """Why loop mounts can't be used here; None when they can."""
    if os.geteuid() != 0:
        return "loop mounts need root"
    with tempfile.TemporaryDirectory(prefix="chapar-loop-") as folder:
        try:
            with LoopDisk(pathlib.Path(folder), megabytes=16):
                return None
        except OSError as problem:
            return f"loop mounts are not allowed here: {problem}"


@contextlib.contextmanager
def mounted(image, at, options="loop"):
    """`image` mounted at the folder `at`, which is made."""
    at.mkdir(parents=True, exist_ok=True)
    done = _run("mount", "-o", options, str(image), str(at))
    if done.returncode != 0:
        raise OSError(done.stderr.strip())
    try:
        yield at
    finally:
        for _ in range(50):
            if _run("umount", str(at)).returncode == 0:
                break
            time.sleep(0.1)
        else:
            _run("umount", "-l", str(at))


@contextlib.contextmanager
def frozen(pid):
    """The process stands still: every thread stopped, its system calls ended."""
    os.kill(pid, signal.SIGSTOP)
    try:
        deadline = time.monotonic() + 10
        while not _all_stopped(pid):
            assert time.monotonic() < deadline, f"process {pid} does not stop"
            time.sleep(0.001)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _all_stopped(pid):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        state = (task / "stat").read_text().rpartition(")")[2].split()[0]
        if state not in "TtZX":
            return False
    return True


class LoopDisk:
    """An ext4 image in `folder`, mounted at `folder/disk`. A context manager."""

    def __init__(self, folder, megabytes=256, options="loop,commit=60"):
        self.folder = pathlib.Path(folder)
        self.image = self.folder / "disk.img"
        self.mount_point = self.folder / "disk"
        self.megabytes = megabytes
        self.options = options
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with open(self.image, "wb") as file:
            file.truncate(self.megabytes << 20)
        made = _run("mkfs.ext4", "-q", "-J", "size=4", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(self.image))
        if made.returncode != 0:
            raise OSError(made.stderr.strip())
        self._stack.enter_context(mounted(self.image, self.mount_point, self.options))
        # The new file system itself is on the device; only what comes now is at risk.
        os.sync()
        return self

    def __exit__(self, *details):
        self._stack.close()
        self.image.unlink(missing_ok=True)

    def copy(self, to):
        """What the device holds at this instant. Freeze the processes that write to it."""
        done = _run("cp", "--sparse=auto", str(self.image), str(to))
        if done.returncode != 0:
            raise OSError(done.stderr.strip())
        return to
