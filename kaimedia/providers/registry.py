"""The providers there are: the one list."""

from __future__ import annotations

from collections.abc import Iterable

from kaimedia.errors import InvalidRequest
from kaimedia.providers.base import Account, CallbackReader, Limits, ProviderEntry
from kaimedia.providers.kie.entry import KIE, SANDBOX

_entries: dict[str, ProviderEntry] = {entry.name: entry for entry in (KIE, SANDBOX)}


def register(entry: ProviderEntry) -> None:
    """Add a provider, or replace the one of that name."""
    _entries[entry.name] = entry


def unregister(name: str) -> None:
    """Remove a provider; tasks already sent to it can no longer be polled."""
    _entries.pop(name, None)


def names() -> tuple[str, ...]:
    """The names of all providers."""
    return tuple(_entries)


def entry_of(name: str) -> ProviderEntry:
    """The provider of that name, as stored with a task.

    Raises:
        InvalidRequest: there is none, for example because an extension that added it is no longer installed.
    """
    if name not in _entries:
        raise InvalidRequest(
            f"There is no provider “{name[:80]}”.", field="model", next_step="Choose another model. Nothing was sent."
        )
    return _entries[name]


def is_registered(name: str) -> bool:
    """True if there is a provider of that name."""
    return name in _entries


def is_free(name: str) -> bool:
    """True if nothing the provider makes is charged; False where it is no longer registered."""
    return name in _entries and _entries[name].is_free


def account_of(name: str) -> Account:
    """How a provider is reached, without its key; an empty account where it is no longer registered."""
    return _entries[name].account if name in _entries else Account()


def limits_of(name: str) -> Limits:
    """What one account of a provider may do; the cautious defaults where it is no longer registered."""
    return _entries[name].limits if name in _entries else Limits()


def renews_links(name: str) -> bool:
    """True if the provider makes new links to its results; False where it is no longer registered."""
    return name in _entries and _entries[name].renews_links


def with_setting_keys() -> tuple[ProviderEntry, ...]:
    """The providers whose key can only be given by a setting."""
    return tuple(entry for entry in _entries.values() if entry.key_setting and not entry.has_key_form)


def key_setting_of(name: str) -> str:
    """The setting to correct when a provider's key does not work; "" if that is done on the Settings page."""
    return next((entry.key_setting for entry in with_setting_keys() if entry.name == name), "")


def callback_reader_of(name: str) -> CallbackReader | None:
    """What reads a provider's callbacks; None where it sends none or is not registered."""
    return _entries[name].read_callback if name in _entries else None


def label_of(name: str) -> str:
    """What people call a provider ("kie.ai"); its name where it is no longer registered."""
    return _entries[name].label if name in _entries else name


def labels_of(names: Iterable[str]) -> str:
    """The labels of several providers: "one", "one and another"."""
    *most, last = ["", *map(label_of, names)]
    return f"{', '.join(most[1:])} and {last}" if most[1:] else last


def starting_label_of(name: str) -> str:
    """The label at the start of a sentence: "kie.ai" stays, "the sandbox" becomes "The sandbox"."""
    label = label_of(name)
    return label[0].upper() + label[1:] if " " in label else label


def reports_balance(name: str) -> bool:
    """True if the provider says how many credits are left; False where it is no longer registered."""
    return name in _entries and _entries[name].reports_balance


def billing_url_of(name: str) -> str:
    """The page where credits are bought; "" where there is none."""
    return _entries[name].billing_url if name in _entries else ""


def logs() -> list[tuple[str, str]]:
    """Label and URL of the logs of each provider that has them."""
    return [(entry.label, entry.logs_url) for entry in _entries.values() if entry.logs_url]


def location_of(name: str) -> str:
    """Where a task of a provider is, for people ("at kie.ai")."""
    return _entries[name].location if name in _entries else f"at {name}"
