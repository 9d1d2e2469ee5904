"""The providers there are: the one list."""

from __future__ import annotations

from kaimedia.errors import InvalidRequest
from kaimedia.providers.base import Account, CallbackReader, ProviderEntry
from kaimedia.providers.kie.entry import KIE, SANDBOX

_entries: dict[str, ProviderEntry] = {entry.name: entry for entry in (KIE, SANDBOX)}


def register(entry: ProviderEntry) -> None:
    """Add a provider, or replace the one of that name."""
    _entries[entry.name] = entry


def unregister(name: str) -> None:
    """Remove a provider; tasks already sent to it can no longer be polled."""
    _entries.pop(name, None)


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


def is_free(name: str) -> bool:
    """True if nothing the provider makes is charged; False where it is no longer registered."""
    return name in _entries and _entries[name].is_free


def account_of(name: str) -> Account:
    """The account of a provider that needs no settings; an empty one where it is no longer registered."""
    return _entries[name].account if name in _entries else Account()


def callback_reader_of(name: str) -> CallbackReader | None:
    """What reads a provider's callbacks; None where it sends none or is not registered."""
    return _entries[name].read_callback if name in _entries else None


def label_of(name: str) -> str:
    """What people call a provider ("kie.ai"); its name where it is no longer registered."""
    return _entries[name].label if name in _entries else name


def starting_label_of(name: str) -> str:
    """The label at the start of a sentence: "kie.ai" stays, "the sandbox" becomes "The sandbox"."""
    label = label_of(name)
    return label[0].upper() + label[1:] if " " in label else label


def logs() -> list[tuple[str, str]]:
    """Label and URL of the logs of each provider that has them."""
    return [(entry.label, entry.logs_url) for entry in _entries.values() if entry.logs_url]


def location_of(name: str) -> str:
    """Where a task of a provider is, for people ("at kie.ai")."""
    return _entries[name].location if name in _entries else f"at {name}"
