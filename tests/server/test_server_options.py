"""Security-related server options, as set in this repository."""

from __future__ import annotations

import subprocess
import sys
import tomllib

from tests.conftest import ROOT

SHUT = {
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.enableAgentApi": False,
    "server.enableStaticServing": False,
    "server.trustedUserHeaders": {},
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "logger.enableRich": False,
    "global.developmentMode": False,
}


def test_what_the_server_runs_with() -> None:
    code = f"from streamlit import config; print({{name: config.get_option(name) for name in {list(SHUT)}}})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == str(SHUT)


def test_no_address_and_no_port_are_set_for_everybody() -> None:
    server = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]
    assert not {"address", "port", "cookieSecret"} & set(server)
    assert not server.get("unsafeMetricsUserAttributes")
