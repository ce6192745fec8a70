"""The sms plugin against a second peer: Perl's Net::SMPP, which wrote its own codec."""
import subprocess

import pytest
from harness.build import root
from harness.smsc import sms_route


@pytest.fixture
def perl(tmp_path):
    if subprocess.run(["perl", "-MNet::SMPP", "-e", "1"], capture_output=True).returncode != 0:
        pytest.skip("Net::SMPP is not installed")
    log = open(tmp_path / "perl.log", "w+", encoding="utf-8")
    process = subprocess.Popen(["perl", root / "tests/tools/smsc/net_smpp.pl"], stdout=log, stderr=subprocess.STDOUT)
    yield lambda: (tmp_path / "perl.log").read_text().splitlines()
    process.kill()
    process.wait()
    log.close()


def test_net_smpp_reads_what_we_write_and_we_what_it_writes(perl, chapard, password, say, eventually):
    port = int(eventually(perl)[0])
    daemon = chapard([sms_route(port, password)])
    texts = ["Hello [world] €", "سلام دنیا 😀", "x" * 200]
    messages = [say(daemon, text) for text in texts]
    for each in messages:
        eventually(lambda: daemon.api.message(each)["state"] == "delivered")
    daemon.stop()
    eventually(lambda: "unbind" in perl())
    lines = perl()[1:]
    assert lines[0] == "bind chapar geheim"
    submits = [line.split()[1:] for line in lines if line.startswith("submit")]  # messages have no order, parts do
    assert ["989121234567", "0", "0", b"Hello \x1b\x3cworld\x1b\x3e \x1b\x65".hex()] in submits
    assert ["989121234567", "8", "0", texts[1].encode("utf-16-be").hex()] in submits
    assert [submit[2] for submit in submits if submit[2] != "0"] == ["64", "64"] and len(submits) == 4
    assert sum(line.startswith("receipt") and line.endswith(" 0") for line in lines) == 4
    assert not [line for line in lines if line.startswith("other")]
