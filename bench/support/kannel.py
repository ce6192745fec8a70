"""Kannel as the peer of bench/sms: bearerbox and smsbox in a folder of their own, children of ours."""
import concurrent.futures
import http.client
import pathlib
import subprocess
import time
import urllib.parse

from common import CpuMeter, end
from postfix import free_port, wait_port

# Beyond the defaults only what helps Kannel here: no log of single messages, a window as wide as ours, no pause between
# submits. Its spool keeps a file for each message and is not synced.
CORE = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = {box}
smsbox-interface = 127.0.0.1
dlr-storage = internal
log-level = 3
log-file = "{folder}/bearerbox.log"
sms-incoming-queue-limit = -1
sms-outgoing-queue-limit = 1000000
{store}
"""
SMSC = """
group = smsc
smsc = smpp
smsc-id = smsc{number}
host = 127.0.0.1
port = {port}
transceiver-mode = 1
smsc-username = chapar
smsc-password = geheim
system-type = ""
interface-version = 34
max-pending-submits = {window}
source-addr-ton = 5
source-addr-npi = 0
dest-addr-ton = 1
dest-addr-npi = 1
"""
BOX = """
group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {port}
sendsms-interface = 127.0.0.1
log-level = 3
log-file = "{folder}/smsbox.log"
max-pending-requests = 1000

group = sendsms-user
username = bench
password = bench
concatenation = true
max-messages = 10
"""
RECIPIENTS = 100  # of one request


class Kannel:
    def __init__(self, folder, smsc_port, binds=1, window=200, spool=True):
        self.folder = pathlib.Path(folder)
        (self.folder / "spool").mkdir(parents=True)
        self.admin, self.box, self.port = free_port(), free_port(), free_port()
        store = f'store-type = spool\nstore-location = "{self.folder}/spool"' if spool else ""
        text = CORE.format(admin=self.admin, box=self.box, folder=self.folder, store=store)
        text += "".join(SMSC.format(number=i, port=smsc_port, window=window) for i in range(binds))
        text += BOX.format(box=self.box, port=self.port, folder=self.folder)
        config = self.folder / "kannel.conf"
        config.write_text(text)
        self.meter = CpuMeter("kannel")
        self.processes = []
        for name, port in (("bearerbox", self.box), ("smsbox", self.port)):
            self.processes.append(self.meter.start([f"/usr/sbin/{name}", "-v", "4", str(config)], stdout=subprocess.DEVNULL,
                                                   stderr=subprocess.DEVNULL))
            wait_port(port, self.processes[-1])

    def online(self):
        return "online" in self.status()

    def status(self):
        link = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=20)
        link.request("GET", "/status.txt?password=admin")
        text = link.getresponse().read().decode()
        link.close()
        return text

    def feed(self, count, text, connections=4):
        """Hands over `count` messages by sendsms, each request to RECIPIENTS people; answers the seconds it took."""
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(connections) as pool:
            starts = range(0, count, RECIPIENTS)
            jobs = [pool.submit(self._send_some, starts[i::connections], count, text) for i in range(connections)]
            for job in jobs:
                job.result()
        return time.monotonic() - begin

    def _send_some(self, starts, count, text):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for start in starts:
            to = " ".join(f"4915{number:010}" for number in range(start, min(count, start + RECIPIENTS)))
            query = urllib.parse.urlencode({"username": "bench", "password": "bench", "from": "Chapar", "to": to,
                                            "text": text, "dlr-mask": "3"})
            link.request("GET", "/cgi-bin/sendsms?" + query)
            answer = link.getresponse()
            body = answer.read()
            if answer.status != 202:
                raise RuntimeError(f"sendsms: {answer.status} {body[:200]}")
        link.close()

    def rss(self):
        """KiB of both processes at their most."""
        total = 0
        for process in self.processes:
            text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            total += int(text.partition("VmHWM:")[2].split()[0])
        return total

    def alive(self):
        return all(process.poll() is None for process in self.processes)

    def stop(self):
        for process in reversed(self.processes):
            end(process)
        self.meter.close()
