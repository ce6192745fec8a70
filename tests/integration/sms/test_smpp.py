"""The sms plugin against an SMSC that is not ours: npm smpp."""


def test_a_message_goes_out_and_its_receipt_comes_back(sms, say, eventually):
    smsc, daemon = sms(behave={"receipt": {"tlv": True}})
    first = say(daemon, "Hello")
    second = say(daemon, "سلام دنیا 😀")
    for each in (first, second):
        eventually(lambda: daemon.api.message(each)["state"] == "delivered")
    latin, persian = sorted(smsc.records("message"), key=lambda record: record["coding"])
    assert latin["text"] == "Hello" and latin["coding"] == 0 and latin["esm"] == 0
    assert persian["text"] == "سلام دنیا 😀" and persian["coding"] == 8
    assert (latin["to"], latin["to_ton"], latin["to_npi"]) == ("989121234567", 1, 1)
    assert (latin["from"], latin["from_ton"], latin["from_npi"]) == ("Chapar", 5, 0)
    assert latin["registered"] == 1 and latin["validity"] > "2026-"
    assert daemon.api.message(first)["attempts"][0]["provider_id"] == latin["id"]
    smsc.wait(lambda stats: stats["receipts_answered"] == 2)
