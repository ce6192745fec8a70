"""Kannel's bearerbox and smsbox: bound to an SMSC as a client, an HTTP gateway towards applications."""
import http.client
import pathlib
import socket
import subprocess
import time
import urllib.parse

CONFIG = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = {box}
smsbox-interface = 127.0.0.1
dlr-storage = internal
log-level = 1
log-file = "{folder}/bearerbox.log"

group = smsc
smsc = smpp
smsc-id = smsc
host = 127.0.0.1
port = {smsc}
transceiver-mode = 1
smsc-username = chapar
smsc-password = geheim
system-type = ""
interface-version = 34
esm-class = 0
source-addr-ton = 5
source-addr-npi = 0
dest-addr-ton = 1
dest-addr-npi = 1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {http}
sendsms-interface = 127.0.0.1
mo-recode = true
log-level = 1
log-file = "{folder}/smsbox.log"

group = sendsms-user
username = chapar
password = geheim
concatenation = true
max-messages = 10
"""


def free_port():
    """Kannel takes no port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Kannel:
    """`services`: further groups of the configuration."""

    user, password = "chapar", "geheim"

    def __init__(self, folder, smsc_port, services=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.admin, self.box, self.http = free_port(), free_port(), free_port()
        self.config = self.folder / "kannel.conf"
        self.config.write_text(CONFIG.format(admin=self.admin, box=self.box, http=self.http, smsc=smsc_port, folder=self.folder)
                               + services)
        self.processes = []

    def start(self):
        for name, port in (("bearerbox", self.box), ("smsbox", self.http)):
            self.processes.append(subprocess.Popen([f"/usr/sbin/{name}", "-v", "4", str(self.config)],
                                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            self._wait(port)
        return self

    def _wait(self, port, timeout=30):
        end = time.monotonic() + timeout
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                assert self.processes[-1].poll() is None, f"it ended: {self.log()[-2000:]}"
                assert time.monotonic() < end, f"nothing listens on {port}: {self.log()[-2000:]}"
                time.sleep(0.02)

    def log(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def send(self, **fields):
        """sendsms; answers (status, body)."""
        link = http.client.HTTPConnection("127.0.0.1", self.http, timeout=20)
        query = urllib.parse.urlencode({"username": self.user, "password": self.password, "charset": "UTF-8", **fields})
        link.request("GET", "/cgi-bin/sendsms?" + query)
        answer = link.getresponse()
        body = answer.read().decode()
        link.close()
        return answer.status, body

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self.processes = []
