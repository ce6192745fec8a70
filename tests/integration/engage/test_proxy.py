"""The samples of docs/proxy.md, run by the nginx and HAProxy of Debian: who asks is known behind them, and nobody speaks for others."""
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from conftest_shared import *  # noqa: E402,F401,F403
from harness.build import root  # noqa: E402
from harness.clicks import BROWSER, Browser, click, web_config, web_port  # noqa: E402
from harness.daemon import email_route  # noqa: E402

NGINX, HAPROXY = shutil.which("nginx", path="/usr/sbin:/usr/bin"), shutil.which("haproxy", path="/usr/sbin:/usr/bin")
GATEWAY, PERSON = "127.1.1.9", "127.2.2.9"  # addresses of this machine: one of a scanner's network, one of a person's


def sample(name):
    text = (root / "docs/proxy.md").read_text()
    return re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", text, re.S).group(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def replaced(text, *pairs):
    for old, new in pairs:
        assert old in text, f"{old} is not in the sample"
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def running(words, port, log):
    with open(log, "wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out)
    try:
        end = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def nginx(folder, to):
    """The sample, without TLS: that is nginx's affair."""
    port = free_port()
    server = replaced(sample("nginx"), ("127.0.0.1:8082", f"127.0.0.1:{to}"), ("listen 443 ssl", f"listen 127.0.0.1:{port}"))
    server = re.sub(r" *ssl_certificate\w* .*\n", "", server)
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (folder / name).mkdir()
    paths = "".join(f"{name}_temp_path {folder}/{path};\n" for name, path in
                    (("client_body", "body"), ("proxy", "proxy"), ("fastcgi", "fastcgi"), ("uwsgi", "uwsgi"), ("scgi", "scgi")))
    config = folder / "nginx.conf"
    config.write_text(f"daemon off;\nuser root;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
                      f"http {{\n{paths}{server}}}\n")
    with running([NGINX, "-p", str(folder), "-c", str(config)], port, folder / "nginx.log"):
        yield port


@contextlib.contextmanager
def haproxy(folder, to, name):
    port = free_port()
    config = folder / f"{name}.cfg"
    config.write_text(replaced(sample(name), ("127.0.0.1:8082", f"127.0.0.1:{to}"),
                               ("bind :443 ssl crt /etc/haproxy/certs/", f"bind 127.0.0.1:{port}")))
    with running([HAPROXY, "-db", "-f", str(config)], port, folder / f"{name}.log"):
        yield port


PROXIES = {"nginx": nginx, "haproxy": lambda folder, to: haproxy(folder, to, "haproxy"),
           "haproxy-v2": lambda folder, to: haproxy(folder, to, "haproxy-v2")}


@pytest.mark.parametrize("name", PROXIES)
def test_who_asks_is_known_behind_a_proxy_and_nobody_speaks_for_others(name, chapard, sink, tmp_path, eventually):
    networks = tmp_path / "networks"
    networks.mkdir()
    (networks / "scanners.txt").write_text("127.1.1.0/24 proofpoint\n")
    more = {"trusted_proxies": ["127.0.0.1"], **({"proxy_protocol": True} if name == "haproxy-v2" else {})}
    site = chapard([email_route(sink.port)], config={"web": web_config(tmp_path, **more)})
    sent = site.api.send({"to": {"recipient": "sara", "email": "sara@customer.example"}, "class": "transactional",
                          "content": {"email": {"subject": "Hello", "text": "Hello"}}})
    message = sent.json["id"]
    eventually(lambda: site.api.message(message)["state"] == "sent")
    long = "https://shop.ir/" + "a" * 1_400
    with PROXIES[name](tmp_path, web_port(site)) as port:
        for link, (source, said) in enumerate(((GATEWAY, None), (GATEWAY, PERSON), (PERSON, None), (PERSON, GATEWAY))):
            headers = BROWSER if said is None else {**BROWSER, "X-Forwarded-For": said}
            answer = Browser(port, source_address=(source, 0)).get(click(message, link, long), headers)
            assert (answer.status, answer.getheader("Location")) == (302, long)
            assert answer.getheader("Cache-Control") == "no-store"
    # Directly, from an address that is not trusted: what it says of others counts for nothing.
    direct = Browser(web_port(site), source_address=(GATEWAY, 0)).get(click(message, 4), {**BROWSER, "X-Forwarded-For": PERSON})
    assert direct.status == 302
    eventually(lambda: site.api.message(message).get("engagement", {}).get("clicked", {}).get("raw") == 5)
    seen = {hit["link"]: "gateway" in hit["reasons"] for hit in site.api.message(message)["engagement"]["hits"]}
    assert seen == {0: True, 1: True, 2: False, 3: False, 4: True}, seen
    state = b"".join(each.read_bytes() for each in site.state_dir.rglob("*") if each.is_file())
    assert GATEWAY.encode() not in state and PERSON.encode() not in state
