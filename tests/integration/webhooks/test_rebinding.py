"""A name that has another address from one look-up to the next (S11): what is judged is what is connected to."""
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hook_server import HookServer  # noqa: E402
from test_webhooks import SOON, hooks, send, table, view  # noqa: E402,F401


@pytest.fixture
def shim(tmp_path):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    out = tmp_path / "rebinding.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", out, pathlib.Path(__file__).with_name("rebinding.c"), "-ldl"],
                   check=True)
    return {"LD_PRELOAD": str(out), "ASAN_OPTIONS": "verify_asan_link_order=0"}


def test_a_name_that_changes_its_address_leads_nowhere_else(chapard, hooks, shim, tmp_path, eventually):  # noqa: F811
    allowed = [hooks(host="127.0.0.2") for _ in range(2)]
    inside = []
    for server in allowed:  # the same ports of the address that is not allowed
        try:
            inside.append(HookServer(host="127.0.0.1", port=server.port))
        except OSError:
            pytest.skip("somebody else has the port")
    site = chapard([], start=False, environment=shim, config={"sandbox": {"receipt_after": "5ms"}})
    only = {"allow_networks": ["127.0.0.2"], "retries": SOON}
    first, second = (server.port for server in allowed)
    site.write_config(site.config_text() + table(tmp_path, f"http://rebind.test:{first}/", name="first", **only) +
                      table(tmp_path, f"http://rebind.test:{second}/", name="second", **only) +
                      table(tmp_path, f"http://both.test:{first}/", name="both", **only))
    site.start()
    tested = [site.api.request("POST", f"/v1/webhooks/{name}/test").json for name in ("first", "second", "both")]
    assert tested[0]["accepted"] is True
    for answer in tested[1:]:
        assert answer["accepted"] is False and "127.0.0.1 is not called" in answer["words"], answer
    send(site, 5)
    eventually(lambda: view(site, "second")["failed"] > 5 and view(site, "both")["failed"] > 5)
    eventually(lambda: len(allowed[0].taken()[0]) == 11)
    assert not any(server.requests for server in inside)
    assert not allowed[1].requests
    for server in inside:
        server.stop()
