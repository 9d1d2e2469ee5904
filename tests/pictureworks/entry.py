"""PictureWorks, an invented provider, as an entry of the registry."""

from __future__ import annotations

from kaimedia.providers.base import Account, Limits, Provider, ProviderEntry
from tests.pictureworks.client import PictureWorksClient
from tests.pictureworks.transport import KEY_SETTING, LABEL, Transport


def connect(account: Account, limits: Limits) -> Provider:
    """A client for one account."""
    return PictureWorksClient(Transport(account.url, account.key))


PICTUREWORKS = ProviderEntry(
    name="pictureworks",
    label=LABEL,
    location=f"at {LABEL}",
    connect=connect,
    account=Account(url="https://api.pictureworks.example"),
    key_setting=KEY_SETTING,
    takes_uploads=True,
    reports_balance=True,
)
