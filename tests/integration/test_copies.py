"""cc and bcc of a mail, from the request to what the server got: the header by Python's own parser, the envelope by the sink."""
import email
import email.policy
import json
import subprocess

import pytest
from harness.build import program
from harness.daemon import email_route

CONTENT = {"email": {"subject": "Invoice", "text": "Your invoice is ready."}}


def mail(**more):
    return {"to": {"email": "main@rcpt.example"}, "class": "transactional", "content": CONTENT, **more}


def sent(daemon, eventually, message, state="sent"):
    answer = daemon.api.send(message)
    assert answer.status == 202, answer
    return eventually(lambda: (it := daemon.api.message(answer.json["id"]))["state"] == state and it)


def arrived(sink):
    (record,) = sink.accepted()
    return record["rcpts"], email.message_from_bytes(sink.bytes_of(record), policy=email.policy.default)


def test_cc_is_in_header_and_envelope_and_bcc_in_the_envelope_alone(daemon, sink, eventually):
    message = sent(daemon, eventually, mail(cc=["b@rcpt.example", "Main@RCPT.example", "c@rcpt.example"],
                                            bcc=["hidden@rcpt.example", "B@rcpt.example"]))
    rcpts, parsed = arrived(sink)
    assert rcpts == ["main@rcpt.example", "b@rcpt.example", "c@rcpt.example", "hidden@rcpt.example"]
    assert [address.addr_spec for address in parsed["Cc"].addresses] == ["b@rcpt.example", "c@rcpt.example"]
    assert [address.addr_spec for address in parsed["To"].addresses] == ["main@rcpt.example"]
    assert parsed["Bcc"] is None and b"hidden" not in sink.bytes_of(sink.accepted()[0])
    (step,) = message["plan"]
    assert step["cc"] == ["b@rcpt.example", "c@rcpt.example"] and step["bcc"] == ["hidden@rcpt.example"]
    assert "hidden@" not in daemon.log()
    content = daemon.api.get(f"/v1/messages/{message['id']}?content=true").json["content"]
    assert "hidden@" not in json.dumps(content)


@pytest.mark.parametrize("reply", ["550 5.1.1 <Hidden@rcpt.example> no such user", "452 4.5.3 too many recipients"])
def test_a_refused_copy_is_told_and_the_others_get_their_mail(chapard, sink_factory, eventually, reply):
    sink = sink_factory(rules=[f"verb=rcpt rcpt=hidden* reply={reply}"])
    daemon = chapard([email_route(sink.port)])
    message = sent(daemon, eventually, mail(cc=["b@rcpt.example"], bcc=["hidden@rcpt.example"]))
    rcpts, parsed = arrived(sink)
    assert rcpts == ["main@rcpt.example", "b@rcpt.example"] and parsed["Bcc"] is None
    (attempt,) = message["attempts"]
    assert attempt["verdict"] == "accepted"
    assert "without /bcc/0: " + reply.split(" <")[0][:9] in attempt["detail"]
    assert "hidden@" not in json.dumps(message["attempts"]).lower() and "hidden@" not in daemon.log().lower()
    again = sent(daemon, eventually, mail(cc=["other@rcpt.example"], bcc=["hidden@rcpt.example"]))
    assert "copy_left_out" not in json.dumps(again["trace"]), "a refused copy suppresses nobody"


def test_nobody_gets_what_its_recipient_is_refused_and_a_retry_sends_it_once(chapard, sink_factory, eventually):
    sink = sink_factory(rules=["verb=rcpt rcpt=main* when=first:1 reply=450 4.2.1 busy"])
    daemon = chapard([email_route(sink.port)], config={"class.transactional": {"backoff": {"first": "100ms", "max": "200ms"}}})
    message = sent(daemon, eventually, mail(cc=["b@rcpt.example"]))
    assert [attempt["verdict"] for attempt in message["attempts"]] == ["retry", "accepted"]
    rcpts, _ = arrived(sink)
    assert rcpts == ["main@rcpt.example", "b@rcpt.example"]
    sink.clear()
    sink.rule("verb=rcpt rcpt=main* reply=550 5.1.1 no such user")
    sent(daemon, eventually, mail(cc=["b@rcpt.example"]), "failed")
    assert len(sink.accepted()) == 1


def test_who_is_suppressed_gets_no_copy_and_the_trace_says_so(daemon, sink, eventually):
    row = {"channel": "email", "address": "gone@rcpt.example", "reason": "complaint"}
    assert daemon.api.put("/v1/suppressions", row).status == 200
    letter = mail(cc=["b@rcpt.example"], bcc=["Gone@rcpt.example"])
    told = daemon.api.post("/v1/what-if", letter).json
    assert told["decision"] == "go" and told["steps"][0]["copies_left_out"][0].startswith("/bcc/0: "), told
    message = sent(daemon, eventually, letter)
    rcpts, _ = arrived(sink)
    assert rcpts == ["main@rcpt.example", "b@rcpt.example"]
    (entry,) = [entry for entry in message["trace"] if entry["reason"] == "copy_left_out"]
    assert entry["detail"].startswith("/bcc/0: ") and "complaint" in entry["detail"]
    assert "gone@" not in json.dumps(message["trace"]).lower()


def test_what_can_have_no_copies_is_refused_with_the_place(daemon):
    for more, pointer in (({"cc": ["b@rcpt.example", "nonsense"]}, "/cc/1"), ({"bcc": ["B <b@rcpt.example>"]}, "/bcc/0"),
                          ({"cc": "b@rcpt.example"}, "/cc"), ({"bcc": [7]}, "/bcc/0"), ({"cc": [{"email": "b@x.example"}]}, "/cc/0"),
                          ({"cc": ["b@rcpt.example"], "class": "marketing",
                            "content": {"email": {**CONTENT["email"], "list_unsubscribe": "https://x.example/u"}}}, "/cc"),
                          ({"cc": ["b@rcpt.example\r\nBcc: c@rcpt.example"]}, "/cc/0"),
                          ({"cc": [f"b{i}@rcpt.example" for i in range(51)]}, "/cc")):
        answer = daemon.api.send(mail(**more))
        assert answer.status == 422 and answer.json["errors"][0]["pointer"] == pointer, (more, answer)


def test_a_stream_an_array_and_the_command_carry_copies(daemon, sink, eventually, tmp_path):
    assert daemon.api.send_many([mail(cc=["a@rcpt.example"])]).lines[0]["status"] == 202
    assert daemon.api.post("/v1/messages", [mail(bcc=["b@rcpt.example"])]).json[0]["status"] == 202
    chapar = [program("chapar"), "--socket", str(daemon.socket), "send"]
    words = ["--template", "otp", "--class", "otp", "--data", '{"code": "1"}', "--cc", "c@rcpt.example,d@rcpt.example",
             "--bcc", "e@rcpt.example"]
    done = subprocess.run([*chapar, "--to", "main@rcpt.example", *words], capture_output=True, text=True)
    assert done.returncode == 0, done
    eventually(lambda: len(sink.accepted()) == 3)
    assert sorted(record["rcpts"][1:] for record in sink.accepted()) == [
        ["a@rcpt.example"], ["b@rcpt.example"], ["c@rcpt.example", "d@rcpt.example", "e@rcpt.example"]]
    rows = tmp_path / "rows.csv"
    rows.write_text("email,code\na@rcpt.example,1\n")
    refused = subprocess.run([*chapar, "--csv", str(rows), "--campaign", "x", *words], capture_output=True, text=True)
    assert refused.returncode == 2 and "--cc and --bcc go with one message" in refused.stderr, refused


def test_who_got_a_copy_finds_it_and_an_erasure_takes_it_from_the_mail(daemon, sink, eventually):
    daemon.api.put("/v1/recipients/u-1", {"email": "main@rcpt.example"})
    later = mail(to={"recipient": "u-1"}, cc=["b@rcpt.example"], bcc=["Hidden@rcpt.example"])
    message = sent(daemon, eventually, later)
    listed = daemon.api.get("/v1/messages?address=hidden@rcpt.example").json["messages"]
    assert [each["id"] for each in listed] == [message["id"]]
    export = daemon.api.get("/v1/recipients/hidden@rcpt.example/export").json
    assert export["messages"] == [] and export["profile"] is None
    (copy,) = export["copies"]
    assert copy["id"] == message["id"] and copy["copy"] == "bcc" and "main@" not in json.dumps(copy)
    erased = daemon.api.delete("/v1/recipients/hidden@rcpt.example?erase=true").json
    assert erased["found"] and erased["erased"]["copies"] == 1 and erased["erased"]["messages"] == 0
    after = daemon.api.message(message["id"])
    assert after["plan"][0]["cc"] == ["b@rcpt.example"] and "bcc" not in after["plan"][0] and after["recipient"] == "u-1"
    owner = daemon.api.get("/v1/recipients/u-1/export").json
    assert "hidden" not in json.dumps(owner).lower() and owner["messages"][0]["request"]["content"] == CONTENT
    again = sent(daemon, eventually, later)
    assert [entry["detail"] for entry in again["trace"] if entry["reason"] == "copy_left_out"]
    assert sink.accepted()[-1]["rcpts"] == ["main@rcpt.example", "b@rcpt.example"]
