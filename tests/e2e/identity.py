"""A local OpenID Connect provider, an app that uses it for sign-in, and the sign-in steps."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from bench.processes import free_port, wait_until_served
from tests.e2e.conftest import App, start_app

PEOPLE = {
    "ada": {"email": "Ada@Example.org", "email_verified": True},
    "team": {"email": "someone@team.example", "email_verified": True},
    "eve": {"email": "eve@example.org", "email_verified": True},
    "claims-to-be-ada": {"email": "ada@example.org", "email_verified": False},
    "nobody": {},
}


@contextmanager
def provider() -> Iterator[str]:
    """A running provider with these users; returns its URL."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(port)]
    for name, claims in PEOPLE.items():
        command += ["--user-claims", json.dumps({"sub": name, **claims})]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(f"{url}/.well-known/openid-configuration")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def start(folder: Path, provider_url: str, base: str = "", **settings: str) -> App:
    """An app, served below `base`, that admits `ada` and everyone at `team.example`."""
    port, secrets = free_port(), folder / "secrets.toml"
    secrets.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{port}{base}/oauth2callback"
cookie_secret = "{"c" * 40}"
client_id = "studio"
client_secret = "not-a-real-secret"
server_metadata_url = "{provider_url}/.well-known/openid-configuration"
""",
        encoding="utf-8",
    )
    return start_app(
        folder,
        port,
        arguments=[f"--secrets.files={secrets}"],
        base=base,
        KAIMEDIA_ACCESS="login",
        KAIMEDIA_ALLOWED_EMAILS="ada@example.org, @team.example",
        KAIMEDIA_SANDBOX_SPEED="60",
        **settings,
    )


def sign_in(tab: Page, name: str, path: str = "/") -> None:
    """From the page at `path`."""
    tab.goto(path)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name=name, exact=True).click()


def sign_out(tab: Page, button: str = "Sign out") -> None:
    """Sign out here and at the provider, which asks for confirmation."""
    tab.bring_to_front()
    tab.get_by_role("button", name=button).click()
    tab.get_by_role("button", name="End session").click()
    expect(tab.get_by_role("button", name="Sign in")).to_be_visible()
