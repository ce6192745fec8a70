"""A route that can work, works: what an operator sees from outside when a provider comes back."""
import os
import pwd
import socket
import subprocess

import pytest
from harness import Sink
from harness.build import program
from harness.daemon import email_route


def free_port():
    """A port of 127.0.0.1 where nobody listens (yet)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def chapar(daemon, *words):
    done = subprocess.run([program("chapar"), *words], capture_output=True, text=True, timeout=30,
                          env={**os.environ, "CHAPAR_SOCKET": str(daemon.socket)})
    assert done.returncode == 0, done
    return done.stdout


def send(daemon, to, name="transactional"):
    answer = daemon.api.send({"to": {"email": to}, "class": name, "content": {"email": {"subject": "s", "text": "t\n"}}})
    assert answer.status == 202, answer
    return answer.json["id"]


def route(daemon, name="smtp"):
    return next(each for each in daemon.api.get("/v1/routes").json["routes"] if each["name"] == name)


def state(daemon, message):
    return daemon.api.message(message)["state"]


FAST = {"class.transactional": {"backoff": {"first": "100ms", "max": "500ms"}, "max_attempts": 200}}


def test_a_probe_that_the_policy_refuses_does_not_end_the_route(chapard, tmp_path, eventually):
    port = free_port()
    daemon = chapard([email_route(port)], config=FAST)
    chapar(daemon, "suppress", "add", "email", "gone@example.com")
    made = [send(daemon, f"a{number}@example.com") for number in range(6)]
    eventually(lambda: route(daemon)["state"] == "resting")
    assert route(daemon)["next_try"]
    gone = send(daemon, "gone@example.com", "otp")  # the strictest class: it is the probe
    eventually(lambda: state(daemon, gone) == "suppressed")
    with Sink(tmp_path, port=port) as sink:
        sink.wait_accepted(6, timeout=60)
        eventually(lambda: all(state(daemon, each) == "sent" for each in made))
        assert route(daemon)["state"] == "sending"


def test_a_first_route_is_used_again_after_a_probe_that_the_policy_refused(chapard, tmp_path, sink, eventually):
    port = free_port()
    daemon = chapard([email_route(port, name="relay"), email_route(sink.port, name="backup")], config=FAST)
    chapar(daemon, "suppress", "add", "email", "gone@example.com")
    for number in range(6):
        send(daemon, f"a{number}@example.com")
    sink.wait_accepted(6)
    eventually(lambda: route(daemon, "relay")["state"] == "probing", 60)  # its rest is over, nothing waits
    gone = send(daemon, "gone@example.com")
    eventually(lambda: state(daemon, gone) == "suppressed")
    with Sink(tmp_path, port=port, name="relay") as relay:
        made = []

        def relay_has_some():
            made.append(send(daemon, f"b{len(made)}@example.com"))
            return relay.accepted()

        eventually(relay_has_some, 60, 0.1)
        eventually(lambda: route(daemon, "relay")["state"] == "sending")


@pytest.mark.parametrize("settings, words", [
    ({}, "Nothing listens there"),
    ({"host": "no.such.name.invalid"}, "DNS"),
    ({"ca_file": "/nowhere/ca.pem", "tls": "required"}, "daemon's user"),
])
def test_the_first_failure_of_a_route_is_logged_with_what_to_do(chapard, eventually, settings, words):
    daemon = chapard([email_route(free_port(), settings=settings)])
    send(daemon, "a@example.com")
    eventually(lambda: "route.failing" in daemon.log())
    line = next(each for each in daemon.log().splitlines() if "route.failing" in each)
    assert words in line and "1 in a row" in line, line


def test_ready_says_that_no_route_can_send(chapard, eventually):
    daemon = chapard([email_route(free_port())])
    assert daemon.api.get("/v1/ready").json["status"] == "ready"
    chapar(daemon, "route", "pause", "smtp", "maintenance")
    answer = eventually(lambda: [a for a in [daemon.api.get("/v1/ready")] if a.json["status"] == "degraded"])[0]
    check = next(each for each in answer.json["checks"] if each["name"] == "routes")
    assert answer.status == 200 and not check["ok"] and "maintenance" in check["detail"], answer
    assert "maintenance" in chapar(daemon, "queue")
    chapar(daemon, "route", "resume", "smtp")
    eventually(lambda: daemon.api.get("/v1/ready").json["status"] == "ready")


def test_what_an_operator_does_is_logged_with_who_did_it(chapard, eventually):
    daemon = chapard([email_route(free_port())])
    message = send(daemon, "a@example.com")
    chapar(daemon, "route", "pause", "smtp", "by root, it says")
    chapar(daemon, "cancel", message)
    chapar(daemon, "route", "resume", "smtp")
    me = f"uid {os.geteuid()} ({pwd.getpwuid(os.geteuid()).pw_name})"
    for deed in ("/v1/routes/smtp/pause", f"/v1/messages/{message}/cancel", "/v1/routes/smtp/resume"):
        eventually(lambda: any("operator.acted" in line and f"{me}: POST {deed}:" in line and line.rstrip().endswith(": 200")
                               for line in daemon.log().splitlines()))


def test_a_refused_caller_is_logged_once_a_minute(chapard):
    daemon = chapard([email_route(free_port())])
    for _ in range(20):
        answer = daemon.api.request("GET", "/v1/queue", headers={"X-Chapar-Application": "stranger"})
        assert answer.status == 403, answer
    lines = [line for line in daemon.log().splitlines() if "caller.refused" in line]
    assert len(lines) == 1 and f"uid {os.geteuid()}" in lines[0], lines
