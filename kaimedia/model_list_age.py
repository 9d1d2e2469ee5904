"""How old the last comparison with the provider's own list of models is, for `doctor`."""

from __future__ import annotations

from kaimedia.config import Config
from kaimedia.context import open_database
from kaimedia.domain import ListCheck, ProviderName, utc_now
from kaimedia.providers.registry import label_of
from kaimedia.store.database.connecting import read_url, sqlite_file
from kaimedia.store.model_lists import ModelLists


def model_list_age(config: Config) -> str:
    """The age in words, and why the last try failed if it did. Read-only. Raises StoreUnavailable."""
    label, check = label_of(ProviderName.KIE), _check(config)
    if check.checked_at is None:
        age = f"not compared with {label}’s yet; that happens once a day while the app runs with a key"
    else:
        hours = max(0, int((utc_now() - check.checked_at).total_seconds() // 3600))
        age = f"last compared with {label}’s {hours} h ago"
    return age + (f"; the last try failed: {check.failure}" if check.failure else "")


def _check(config: Config) -> ListCheck:
    file = sqlite_file(read_url(config.database_url))
    if file is not None and not file.exists():
        return ListCheck()
    database = open_database(config)
    try:
        checks = ModelLists(database).checks() if database.is_current() else {}
        return checks.get(ProviderName.KIE, ListCheck())
    finally:
        database.close()
