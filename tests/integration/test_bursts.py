"""Many messages at once towards few places: nobody waits without a reason."""


def test_a_burst_to_one_destination_goes_at_once(daemon, sink, ledger):
    """A thousand mails to one domain, fifty times what may be in flight to it."""
    tokens = [ledger.token() for _ in range(1000)]
    answers = daemon.api.send_many([
        {"to": {"email": f"u{i}@one.example"}, "class": "transactional",
         "content": {"email": {"subject": "Burst", "text": f"token-{token}\n"}}} for i, token in enumerate(tokens)]).lines
    assert all(answer["status"] == 202 for answer in answers)
    found = sink.wait_accepted(1000, timeout=30)
    assert {record["token"] for record in found} == set(tokens)


def test_a_slow_destination_does_not_hold_up_the_others(chapard, sink_factory, eventually):
    """Six hundred mails to a domain that refuses to hurry, then one to another domain of the same application."""
    from harness.daemon import email_route
    sink = sink_factory(rules=["verb=rcpt rcpt=slow* delay=400"], dump=False)
    daemon = chapard([email_route(sink.port)], config={"daemon": {"stop_timeout": "5s"}})
    content = {"email": {"subject": "s", "text": "t\n"}}
    daemon.api.send_many([{"to": {"email": f"slow{i}@tar.example"}, "class": "transactional", "content": content}
                          for i in range(600)])
    quick = daemon.api.send({"to": {"email": "quick@air.example"}, "class": "transactional", "content": content}).json
    eventually(lambda: daemon.api.message(quick["id"])["state"] == "sent", timeout=10)
    for route in daemon.api.get("/v1/routes").json["routes"]:
        daemon.api.post(f"/v1/routes/{route['name']}/pause")
