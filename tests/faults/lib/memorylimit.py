"""A group of processes under a memory limit that the kernel keeps (cgroup v1 or v2): more, and one of them is killed."""
import os
import pathlib

V1 = pathlib.Path("/sys/fs/cgroup/memory")
V2 = pathlib.Path("/sys/fs/cgroup")


class MemoryLimit:
    """`popen(...)` starts in it. None of it is left when the context ends."""

    def __init__(self, folder, limit, peak, counts):
        self.folder, self._peak, self._counts = folder, peak, counts
        folder.mkdir()
        for name, value in limit:
            if (folder / name).exists():
                (folder / name).write_text(str(value))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.folder.rmdir()

    def enter(self):
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def peak(self):
        """The most bytes in use at once, the page cache with them."""
        return int((self.folder / self._peak).read_text())

    def kills(self):
        """How many of its processes were killed for want of memory; v1 of old kernels does not count them."""
        for line in (self.folder / self._counts).read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
        return None


def memory_limit(size):
    """None: the kernel does not let us set one here."""
    name = f"chapar-test-{os.getpid()}"
    if not os.access(V1, os.W_OK) and not os.access(V2 / "cgroup.subtree_control", os.W_OK):
        return None
    if (V1 / "memory.limit_in_bytes").exists():
        return MemoryLimit(V1 / name, [("memory.limit_in_bytes", size), ("memory.memsw.limit_in_bytes", size)],
                           "memory.max_usage_in_bytes", "memory.oom_control")
    if "memory" in (V2 / "cgroup.subtree_control").read_text().split():
        return MemoryLimit(V2 / name, [("memory.max", size), ("memory.swap.max", 0), ("memory.oom.group", 0)],
                           "memory.peak", "memory.events")
    return None
