"""What takes long has threads of its own: no OTP waits for it, and no stop."""
import pathlib
import time

from faultlab import FAST, fast_route

MJML = """+++
subject = "Hello"
+++
<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>
"""


def send_otp(daemon):
    answer = daemon.api.send({"to": {"email": "anna@example.net"}, "class": "otp",
                              "content": {"email": {"subject": "Code", "text": "123456"}}})
    assert answer.status == 202, answer
    return answer.json["id"]


def test_an_otp_goes_and_a_stop_ends_while_a_template_is_made_by_a_program_that_hangs(chapard, sink, tmp_path,
                                                                                   eventually):
    folder, begun = tmp_path / "templates", tmp_path / "begun"
    (folder / "welcome").mkdir(parents=True)
    program = tmp_path / "mjml"
    program.write_text(f"#!/bin/sh\ntouch {begun}\nexec sleep 120\n")
    program.chmod(0o755)
    daemon = chapard([fast_route(sink.port)], templates=folder, environment={"CHAPAR_MJML": str(program)}, config=FAST)
    (folder / "welcome" / "email.mjml.liquid").write_text(MJML)
    eventually(begun.exists)
    for _ in range(3):
        message = send_otp(daemon)
        eventually(lambda: daemon.api.message(message)["state"] == "sent", timeout=10)
    daemon.signal(1)  # a reload loads templates too, and does not wait for them
    eventually(lambda: "reload.done" in daemon.log(), timeout=10)
    daemon.stop(timeout=12)  # the program would have had 20 s


def test_a_pass_over_all_that_waits_delays_no_otp_and_no_stop(chapard, sink, eventually):
    """Each reload that changes the rules asks everything that they kept back again; ten of them are one pass."""
    hour = time.gmtime().tm_hour
    quiet = '[[quiet]]\nname = "now"\nmatch = {{ class = ["marketing"] }}\n' \
            f'weekly = {{{{ every = ["{(hour - 2) % 24:02}:00-{(hour + 10) % 24:02}:00"] }}}}\n' \
            'zone = ["UTC"]\nrelease = {{ spread = "{}m" }}\n'
    daemon = chapard([fast_route(sink.port)], start=False, config=FAST)
    plain = daemon.config_text()
    daemon.write_config(plain + quiet.format(1))
    daemon.start()
    many = [{"to": {"email": f"p{i}@example.net"}, "class": "marketing",
             "content": {"email": {"subject": "News", "text": "n", "list_unsubscribe": "mailto:u@shop.example"}}} for i in range(4000)]
    assert all(line.get("id") for line in daemon.api.send_many(many).lines)
    for minutes in range(2, 12):
        daemon.write_config(plain + quiet.format(minutes))
        daemon.signal(1)
        message = send_otp(daemon)
        eventually(lambda: daemon.api.message(message)["state"] == "sent", timeout=10)
    eventually(lambda: "policy.reconsidered" in daemon.log(), timeout=60)
    daemon.stop(timeout=12)


def test_threads_are_called_after_what_they_do(chapard, sink, eventually):
    daemon = chapard([fast_route(sink.port)], config=FAST)

    def names_now():
        return [path.read_text().strip() for path in pathlib.Path(f"/proc/{daemon.process.pid}/task").glob("*/comm")]

    # A thread gives itself its name when it begins. ThreadSanitizer has a thread of its own.
    own = 2 if "libtsan" in pathlib.Path(f"/proc/{daemon.process.pid}/maps").read_text() else 1
    eventually(lambda: names_now().count("chapard") == own)
    names = names_now()
    assert {"dispatch", "render", "render-urgent", "reads", "plugins", "upkeep", "templates", "store-writer",
            "in-http", "out-smtp"} <= set(names), names
    assert len(names) < 32, names
