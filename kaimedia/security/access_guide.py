"""How an owner sets up an app on a host: the texts to copy, and where to put them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from kaimedia.security.access import Visitor, read_host

WHERE = ("Manage app", "Settings", "Secrets")
STEPS = ("Copy the lines", *WHERE, "Paste", "Save", "Reboot app")
SETTINGS_LINE = (
    "If this is your app, set KAIMEDIA_ACCESS (who may use it) and KAIMEDIA_ALLOWED_HOSTS (its public host "
    "name), then reboot the app."
)
WITHOUT_SECRETS_PAGE = (
    "On your own server, put the same lines into .streamlit/secrets.toml, or into the environment as NAME=value. "
    "To use the app only on this machine, open it there as localhost, without a proxy."
)
SETTINGS_ERROR = "The settings have an error"
DOCUMENT = "docs/community-cloud.md in the repository describes each step."
OPEN_WARNING = (
    "With KAIMEDIA_ACCESS set to open, every visitor can change the limits, the key, the tokens and the webhooks, and "
    "delete everything. Spending limits protect you only with login."
)
KEEP_SECRET_KEY = "Do not lose or change KAIMEDIA_SECRET_KEY: without it, saved keys cannot be read."
PLACEHOLDER = "your-app.streamlit.app"
_PLAIN_NAME = re.compile(r"[a-z0-9._:\[\]-]{1,260}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One access mode: a heading, what it means, and the text for Secrets (TOML)."""

    title: str
    meaning: str
    secrets_text: str


def shown_host(visitor: Visitor, forwarded_hosts: tuple[str, ...] = ()) -> str:
    """The host name the visitor used, or a placeholder if it is unknown.

    A proxy that rewrites Host puts the original into X-Forwarded-Host. The result is lower case and safe in HTML.
    """
    first = forwarded_hosts[0].split(",")[0] if visitor.is_proxied and forwarded_hosts else ""
    for text in (first, *visitor.hosts):
        host = read_host(text)
        if host is not None and not host.is_loopback and _PLAIN_NAME.fullmatch(host.name):
            return host.name if host.port in (None, 80, 443) else f"{host.name}:{host.port}"
    return PLACEHOLDER


DATABASE_LINE = 'KAIMEDIA_DATABASE_URL = "postgresql://USER:PASSWORD@HOST:5432/NAME?sslmode=require"\n'


def secret_key_line() -> str:
    """The setting that encrypts saved keys (TOML), with another key at each call."""
    return f'KAIMEDIA_SECRET_KEY = "{secrets.token_urlsafe(32)}"\n'


MEDIA_LINES = """KAIMEDIA_MEDIA_URL = "s3://BUCKET/kaimedia"
AWS_ACCESS_KEY_ID = "from your bucket"
AWS_SECRET_ACCESS_KEY = "from your bucket"
AWS_REGION = "auto"
AWS_ENDPOINT_URL = "https://from-your-bucket.example"
"""


def login_lines(host: str) -> str:
    """The settings of `login` for this host name (TOML, values to fill in), with another cookie secret at each call."""
    return "\n".join(_login_lines(host))


def _login_lines(host: str) -> tuple[str, str]:
    """The settings, and the table that comes last."""
    settings = f"""KAIMEDIA_ACCESS = "login"
KAIMEDIA_ALLOWED_HOSTS = "{host}"
KAIMEDIA_ALLOWED_EMAILS = "you@example.com, friend@example.com"
"""
    table = f"""[auth]
redirect_uri = "https://{host}/oauth2callback"
cookie_secret = "{secrets.token_urlsafe(32)}"
client_id = "from your identity provider"
client_secret = "from your identity provider"
server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
"""
    return settings, table


def choices(host: str) -> tuple[Choice, ...]:
    """The choices for this host name: the sandbox for everyone, `login`, and `open`.

    Each call makes new random values.
    """
    kept = f"""
# The disk is erased when the app sleeps. To keep what you make,
# create a PostgreSQL database and a bucket, fill in these lines,
# and remove each "# ". Keep the secret key for good.
{"".join(f"# {line}" for line in (DATABASE_LINE + secret_key_line() + MEDIA_LINES).splitlines(keepends=True))}"""
    login_top, login_table = _login_lines(host)
    login = f"{login_top}{kept}\n{login_table}"
    open_to_all = f"""KAIMEDIA_ACCESS = "open"
KAIMEDIA_ALLOWED_HOSTS = "{host}"
{kept}"""
    sandbox = f"""KAIMEDIA_ACCESS = "open"
KAIMEDIA_ALLOWED_HOSTS = "{host}"
KAIMEDIA_PROVIDER = "sandbox"
"""
    return (
        Choice(
            "Just try it",
            "The built-in sandbox, open to everyone. No key is used, nothing is charged, and nothing is kept when the "
            "app sleeps. Every visitor can change all settings and delete everything.",
            sandbox,
        ),
        Choice(
            "Only listed people, with sign-in",
            "They share everything, including the gallery and your credits; no one else gets access.",
            login,
        ),
        Choice("Open to everyone", f"Anyone who knows the address can spend your credits. {OPEN_WARNING}", open_to_all),
    )
