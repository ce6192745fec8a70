"""What monitoring reads: metrics over TCP and a Unix socket of their own, by promtool and a real Prometheus."""
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from harness.build import root
from harness.daemon import email_route


def mail(number, **more):
    return {"to": {"email": f"a{number}@example.com"}, "class": "transactional",
            "content": {"email": {"subject": "s", "text": "t"}}, **more}


def address_in(log):
    """Where the log says that metrics are read."""
    return re.search(r"metrics are read at http://([^/]+)/metrics", log.read_text())[1]


def scrape(address, path="/metrics", method="GET"):
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def values(text, name):
    """{labels as text: value} of a metric."""
    found = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.M)
    return {labels: float(value) for labels, value in found}


@pytest.fixture
def watched(chapard, sink):
    return chapard([email_route(sink.port)], config={"metrics": {"listen": "127.0.0.1:0"}})


def test_metrics_over_tcp_pass_promtool_and_say_how_routes_and_process_are(watched, eventually):
    address = address_in(watched.log_path)
    assert watched.api.send(mail(1)).status == 202
    text = eventually(lambda: (it := scrape(address)[1]) and 'verdict="accepted"} 1' in it and it)
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0 and not checked.stderr, checked
    states = eventually(lambda: values(scrape(address)[1], "chapar_route_state"))
    assert {labels.split('state="')[1].rstrip('"'): value for labels, value in states.items()} == {
        "sending": 1, "resting": 0, "probing": 0, "paused": 0, "receipts_slow": 0}
    (last,) = values(text, "chapar_attempt_last_timestamp_seconds").values()
    assert abs(last - time.time()) < 60
    assert set(values(text, "chapar_loop_lag_seconds")) >= {f'loop="{name}"' for name in
                                                            ("main", "dispatch", "store", "socket", "metrics")}
    # An oracle of the kernel's own: ps.
    asked = subprocess.run(["ps", "-o", "rss=,nlwp=", "-p", str(watched.process.pid)], capture_output=True, text=True)
    resident, threads = map(int, asked.stdout.split())
    assert abs(values(text, "process_resident_memory_bytes")[""] - resident * 1024) < 64 << 20
    assert values(text, "process_threads")[""] == threads
    started = values(text, "process_start_time_seconds")[""]
    assert 0 <= time.time() - started < 300
    assert values(text, "process_open_fds")[""] == pytest.approx(len(os.listdir(f"/proc/{watched.process.pid}/fd")), abs=5)
    assert values(text, "chapar_store_bytes")['file="database"'] == watched.database.stat().st_size
    assert "example.com" not in text, "no address of a person"


def test_what_waits_behind_a_paused_route_is_seen_and_grows_old(watched, eventually):
    address = address_in(watched.log_path)
    assert watched.api.post("/v1/routes/smtp/pause").status == 200
    assert watched.api.send(mail(1)).status == 202
    text = eventually(lambda: (it := scrape(address)[1]) and
                      values(it, "chapar_oldest_due_seconds").get('class="transactional"', 0) > 0 and it)
    assert values(text, "chapar_messages_waiting") == {'application="test",class="transactional"': 1}
    paused = eventually(lambda: [labels for labels, value in values(scrape(address)[1], "chapar_route_state").items()
                                 if value == 1 and 'state="paused"' in labels])
    assert paused


def test_the_listener_knows_metrics_only_and_outlives_a_client_that_never_reads(watched):
    address = address_in(watched.log_path)
    assert scrape(address, "/v1/messages")[0] == 404
    assert scrape(address, method="POST")[0] == 405
    host, port = address.rsplit(":", 1)
    lazy = []
    for _ in range(20):  # more than it lets in
        client = socket.create_connection((host, int(port)), timeout=5)
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        lazy.append(client)
    assert watched.api.get("/v1/health").status == 200
    for client in lazy:
        client.close()
    until = time.monotonic() + 20
    while True:
        try:
            if scrape(address)[0] == 200:
                break
        except OSError:
            pass
        assert time.monotonic() < until


def test_metrics_over_ipv6_and_over_a_unix_socket(chapard, sink, tmp_path):
    six = chapard([email_route(sink.port)], config={"metrics": {"listen": "[::1]:0"}})
    assert scrape(address_in(six.log_path))[0] == 200
    path = tmp_path / "metrics.sock"
    unix = chapard([email_route(sink.port)], config={"metrics": {"listen": f"unix:{path}", "mode": "0600"}})
    assert path.stat().st_mode & 0o777 == 0o600
    asked = socket.socket(socket.AF_UNIX)
    asked.connect(str(path))
    asked.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert asked.recv(15).startswith(b"HTTP/1.1 200")
    asked.close()
    unix.stop()
    assert not path.exists()


def test_nothing_listens_unless_it_is_asked_for(chapard, sink):
    daemon = chapard([email_route(sink.port)])
    assert "metrics.listening" not in daemon.log_path.read_text()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_real_prometheus_scrapes_it_and_takes_the_alert_rules(watched, tmp_path, eventually):
    address = address_in(watched.log_path)
    rules = pathlib.Path(root) / "docs/monitoring/alerts.yml"
    config = tmp_path / "prometheus.yml"
    config.write_text(f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{rules}]\nscrape_configs:\n"
                      f"  - job_name: chapar\n    static_configs: [{{targets: [\"{address}\"]}}]\n")
    port = free_port()
    with open(tmp_path / "prometheus.log", "w") as log:
        prometheus = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/tsdb",
                                       f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        def ask(path, **query):
            try:
                url = f"http://127.0.0.1:{port}/api/v1/{path}?" + urllib.parse.urlencode(query)
                with urllib.request.urlopen(url, timeout=5) as answer:
                    return json.load(answer)["data"]
            except OSError:
                return None
        seen = eventually(lambda: (it := ask("query", query='chapar_route_state{state="sending"}')) and it["result"], 60)
        assert seen[0]["metric"]["route"] == "smtp" and seen[0]["value"][1] == "1"
        groups = ask("rules")["groups"]
        assert {rule["health"] for group in groups for rule in group["rules"]} <= {"ok", "unknown"}, groups
        assert watched.api.post("/v1/routes/smtp/pause").status == 200
        eventually(lambda: any(alert["labels"]["alertname"] == "ChaparRoutePaused" for alert in ask("alerts")["alerts"]), 60)
    finally:
        prometheus.terminate()
        prometheus.wait(30)


def test_alert_rules_and_dashboard_name_metrics_that_exist(watched, eventually):
    folder = pathlib.Path(root) / "docs/monitoring"
    checked = subprocess.run(["promtool", "check", "rules", str(folder / "alerts.yml")], capture_output=True, text=True,
                             timeout=30)
    assert checked.returncode == 0, checked
    assert watched.api.send(mail(1)).status == 202
    address = address_in(watched.log_path)
    text = eventually(lambda: (it := scrape(address)[1]) and "chapar_outcome_lines_dropped" in it and
                      "chapar_attempts_total{" in it and "chapar_route_state{" in it and it)
    there = set(re.findall(r"^# TYPE (\S+)", text, re.M))
    dashboard = json.loads((folder / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    for source in [(folder / "alerts.yml").read_text(), *queries]:
        named = set(re.findall(r"\b((?:chapar|process)_[a-z_]+)\b", source))
        assert {re.sub(r"_bucket$", "", name) for name in named} <= there, (named, source)
    documented = set(re.findall(r"`(chapar_[a-z_]+|process_[a-z]+_[a-z_]+)", (folder.parent / "monitoring.md").read_text()))
    assert documented <= there, documented - there
