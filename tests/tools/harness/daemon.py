"""Starts chapard on a scratch directory and ends it again."""
import os
import pathlib
import signal
import subprocess
import time

from .api import Api
from .build import plugin_dir, program, root


def toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def toml_table(head, table):
    lines = [head]
    inner = []
    for key, value in table.items():
        if isinstance(value, dict):
            name = head.strip("[]")
            inner.append(toml_table(f"[{name}.{key}]", value))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            name = head.strip("[]")
            inner += [toml_table(f"[[{name}.{key}]]", each) for each in value]
        else:
            lines.append(f"{key} = {toml_value(value)}")
    return "\n".join(lines + inner) + "\n"


def email_route(port, name="smtp", **more):
    """A route to a sink on 127.0.0.1; `settings` in `more` adds to the plugin's own."""
    settings = {"host": "127.0.0.1", "port": port, "tls": "none", "from": "Chapar <chapar@sender.example>"}
    settings.update(more.pop("settings", {}))
    return {"name": name, "channel": "email", "plugin": "email", **more, "settings": settings}


def without_leak_search(wrap):
    """LeakSanitizer traces the process itself, which one that strace traces already does not allow."""
    if "strace" not in wrap:
        return {}
    return {"ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))}


class Daemon:
    """`config`: tables merged over a working default, e.g. {"class.bulk": {...}, "route": [...]}."""

    def __init__(self, folder, routes, config=None, applications=None, templates=None, environment=None, wrap=(),
                 popen=subprocess.Popen, state_dir=None, receivers=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state_dir = pathlib.Path(state_dir) if state_dir else self.folder / "state"
        self.template_dir = pathlib.Path(templates) if templates else root / "templates"
        self.socket = self.folder / "chapar.sock"
        self.config_path = self.folder / "chapar.toml"
        self.log_path = self.folder / "chapard.log"
        self.database = self.state_dir / "chapar.db"
        self.routes, self.config = list(routes), dict(config or {})
        self.receivers = list(receivers)
        self.applications = applications or [{
            "name": "test", "users": [str(os.geteuid())], "classes": ["*"], "channels": ["*"], "templates": ["*"],
            "from": ["*"], "operator": True}]
        self.environment = {**os.environ, **(environment or {})}
        self.wrap = list(wrap)
        self._popen = popen
        self.process = None
        self.starts = 0
        self.unanswered = 0
        self.api = Api(self.socket)
        self.write_config()

    def config_text(self):
        tables = {"daemon": {"state_dir": str(self.state_dir), "template_dir": str(self.template_dir),
                             "plugin_dirs": [plugin_dir()]},
                  "socket": {"path": str(self.socket)}}
        for name, table in self.config.items():
            tables[name] = {**tables.get(name, {}), **table}
        text = "".join(toml_table(f"[{name}]", table) for name, table in tables.items())
        for kind, entries in (("application", self.applications), ("route", self.routes), ("receiver", self.receivers)):
            for entry in entries:
                settings = {key: value for key, value in entry.items() if isinstance(value, dict)}
                plain = {key: value for key, value in entry.items() if not isinstance(value, dict)}
                text += toml_table(f"[[{kind}]]", plain)
                for key, table in settings.items():
                    text += toml_table(f"[{kind}.{key}]", table)
        return text

    def write_config(self, text=None):
        self.state_dir.mkdir(parents=True, exist_ok=True)
        self.state_dir.chmod(0o700)
        self.config_path.write_text(text if text is not None else self.config_text())

    def start(self, wait=True, timeout=30):
        assert self.process is None
        self.starts += 1
        log = open(self.log_path, "ab")
        self.process = self._popen([*self.wrap, program("chapard"), "--config", str(self.config_path)],
                                   stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment | without_leak_search(self.wrap))
        log.close()
        if wait:
            self.wait_ready(timeout)
        return self

    def wait_ready(self, timeout=30):
        end = time.monotonic() + timeout
        api = Api(self.api.path, timeout=2)  # a test may have pointed it at a passed socket
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"chapard ended with {self.process.returncode}:\n{self.log()[-4000:]}")
            try:
                if api.get("/v1/ready").status == 200:
                    return
            except TimeoutError:
                self.unanswered += 1  # it listens, but did not answer in two seconds
            except OSError:
                pass
            time.sleep(0.005)
        raise AssertionError(f"chapard is not ready after {timeout} s:\n{self.log()[-4000:]}")

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """kill -9, as a crash."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self, timeout=30):
        """SIGTERM; a clean end is asserted. Answers the seconds it took."""
        if self.process is None:
            return 0.0
        process, self.process = self.process, None
        begin = time.monotonic()
        process.terminate()
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"chapard did not stop in {timeout} s:\n{self.log()[-4000:]}") from None
        assert status == 0, f"chapard ended with {status}:\n{self.log()[-4000:]}"
        return time.monotonic() - begin

    def cpu_seconds(self):
        """User and system time of the process alone."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def counts(self, filters=""):
        """How many messages are in each state, by walking the list pages."""
        found, cursor = {}, ""
        while True:
            page = self.api.get(f"/v1/messages?limit=500{filters}{cursor}").json
            for message in page["messages"]:
                found[message["state"]] = found.get(message["state"], 0) + 1
            if not page.get("next"):
                return found
            cursor = f"&cursor={page['next']}"

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *unused):
        if kind is None:
            self.stop()
        else:
            self.kill()
