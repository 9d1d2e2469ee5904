"""How an owner lets others in: the two settings, the texts to copy, and where to put them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from kaimedia.access import Visitor, read_host

WHERE = ("Manage app", "Settings", "Secrets", "Save", "Reboot app")
SETTINGS_LINE = (
    "If it is yours, set KAIMEDIA_ACCESS (who may use it) and KAIMEDIA_ALLOWED_HOSTS (the host name it is reached "
    "under), then reboot the app."
)
WITHOUT_SECRETS_PAGE = (
    "On your own server the same lines go into .streamlit/secrets.toml, or into the environment as NAME=value. "
    "To use it on this machine only, open it there as localhost, without a proxy in between."
)
PLACEHOLDER = "your-app.streamlit.app"
_PLAIN_NAME = re.compile(r"[a-z0-9._:\[\]-]{1,260}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to open the app: a heading, what it means, and the text for Secrets (TOML)."""

    title: str
    meaning: str
    secrets_text: str


def shown_host(visitor: Visitor, forwarded_hosts: tuple[str, ...] = ()) -> str:
    """The host name the visitor typed, as far as it can be known; a placeholder where it cannot.

    A proxy that rewrites Host says in X-Forwarded-Host what it was. The text is lower case and free of markup.
    """
    first = forwarded_hosts[0].split(",")[0] if visitor.is_proxied and forwarded_hosts else ""
    for text in (first, *visitor.hosts):
        host = read_host(text)
        if host is not None and not host.is_loopback and _PLAIN_NAME.fullmatch(host.name):
            return host.name if host.port in (None, 80, 443) else f"{host.name}:{host.port}"
    return PLACEHOLDER


def choices(host: str) -> tuple[Choice, Choice]:
    """The two texts for this host name: `login` first, then `open`. Each call makes a new cookie secret."""
    login = f"""KAIMEDIA_ACCESS = "login"
KAIMEDIA_ALLOWED_HOSTS = "{host}"
KAIMEDIA_ALLOWED_EMAILS = "you@example.com"

[auth]
redirect_uri = "https://{host}/oauth2callback"
cookie_secret = "{secrets.token_urlsafe(32)}"
client_id = "from your identity provider"
client_secret = "from your identity provider"
server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
"""
    open_to_all = f"""KAIMEDIA_ACCESS = "open"
KAIMEDIA_ALLOWED_HOSTS = "{host}"
"""
    return (
        Choice("People on a list sign in", "They spend your credits; nobody else gets in.", login),
        Choice("Open to everybody", "Whoever knows the address may use it and spends your credits.", open_to_all),
    )
