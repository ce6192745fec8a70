"""Postfix as the peer of bench/email: its own configuration, queue and log directories, a child of ours."""
import os
import pathlib
import socket
import subprocess
import time

from common import CpuMeter, end, reap_orphans

MASTER = """\
{smtpd_port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

# Beyond the defaults only what helps Postfix here: no throttling of the injecting client, no lookups, no local names,
# as many deliveries at once as it has processes.
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
myhostname = relay.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
disable_dns_lookups = yes
relayhost = [127.0.0.1]:{sink_port}
smtp_tls_security_level = none
smtpd_tls_security_level = none
alias_maps =
alias_database =
local_recipient_maps =
in_flow_delay = 0
smtp_destination_concurrency_limit = 100
smtpd_client_connection_count_limit = 0
biff = no
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_port(port, process, timeout=20):
    begin = time.monotonic()
    while time.monotonic() < begin + timeout:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


class OpenDkim:
    """The signing milter, with an RSA-2048 key of its own."""

    def __init__(self, folder, meter, key):
        # A Unix socket: over TCP the milter protocol waits for delayed acknowledgements (203 mails/s instead of 600).
        self.socket = folder / "milter" / "opendkim.sock"
        self.socket.parent.mkdir(mode=0o755)
        config = folder / "opendkim.conf"
        config.write_text(f"Mode s\nDomain sender.example\nSelector bench\nKeyFile {key}\n"
                          f"Socket local:{self.socket}\nUMask 000\nCanonicalization relaxed/relaxed\n"
                          "InternalHosts 127.0.0.1\nRequireSafeKeys no\nBackground no\nSyslog no\n")
        self.process = meter.start(["/usr/sbin/opendkim", "-f", "-x", str(config)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        begin = time.monotonic()
        while not self.socket.exists():
            if self.process.poll() is not None or time.monotonic() > begin + 20:
                raise RuntimeError("opendkim does not start")
            time.sleep(0.05)

    def stop(self):
        end(self.process)


class Postfix:
    def __init__(self, folder, sink_port, dkim_key=None, more=""):
        """`more`: lines at the end of main.cf."""
        if os.geteuid() != 0:
            raise RuntimeError("Postfix's master runs as root only: start the benchmark as root")
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.meter = CpuMeter("postfix")
        for name in ("config", "queue", "data", "log"):
            (self.folder / name).mkdir(parents=True)
        self.dkim = OpenDkim(self.folder, self.meter, dkim_key) if dkim_key else None
        subprocess.run(["chown", "postfix", str(self.folder / "data")], check=True)
        main = MAIN.format(folder=self.folder, sink_port=sink_port) + more
        if self.dkim:
            main += f"smtpd_milters = unix:{self.dkim.socket}\nmilter_default_action = tempfail\n"
        (self.folder / "config" / "main.cf").write_text(main)
        (self.folder / "config" / "master.cf").write_text(MASTER.format(smtpd_port=f"127.0.0.1:{self.port}"))
        self.process = self.meter.start(["/usr/sbin/postfix", "-c", str(self.folder / "config"), "start-fg"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_port(self.port, self.process)

    def stop(self):
        subprocess.run(["/usr/sbin/postfix", "-c", str(self.folder / "config"), "stop"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        end(self.process)
        if self.dkim:
            self.dkim.stop()
        reap_orphans()
        self.meter.close()

    def log_tail(self):
        path = self.folder / "log" / "mail.log"
        return path.read_text(errors="replace")[-1500:] if path.exists() else "(no mail.log)"
