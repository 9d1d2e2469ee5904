"""`python -m kaimedia doctor`: each setting with its source, then what works and what is wrong."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from kaimedia import __version__
from kaimedia import config as configuration
from kaimedia.config import ROOT, SETTINGS, Config, masked, read_origins, without_password
from kaimedia.domain import ProviderKind
from kaimedia.errors import AuthFailed, KaimediaError, ProviderError
from kaimedia.jobs.providers import Providers
from kaimedia.media.local import LocalStorage
from kaimedia.store.database import Database
from kaimedia.store.settings import SettingsStore
from kaimedia.store.tasks import TaskStore
from kaimedia.vault import Vault


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; `next_step` is given when it is not well."""

    what: str
    is_well: bool
    words: str
    next_step: str = ""


def examine() -> int:
    """Print settings and findings; 0 when all is well, 1 when something is wrong."""
    versions = f"Python {platform.python_version()} · Streamlit {version('streamlit')}"
    print(f"Kai.ai Media Generator {__version__} · {versions}")
    print("\nSettings")
    try:
        for name, origin in read_origins(ROOT, os.environ).items():
            print(f"  {name:26} {masked(name, origin.value):44} {origin.source}")
        config = configuration.load()
    except KaimediaError as error:
        print(f"\n  ✗ {error.message}\n    → {error.next_step}")
        return 1
    known = {setting.name for setting in SETTINGS}
    strangers = sorted(name for name in os.environ if name.startswith(("KAIMEDIA_", "KIE_")) and name not in known)
    print("\nFindings")
    findings = [_python(), *(Finding(name, False, "no such setting", "Check its spelling.") for name in strangers)]
    findings += [_guarded("media folder", lambda: _media(config)), _guarded("database", lambda: _database(config))]
    if findings[-1].is_well:
        findings.append(_guarded("provider", lambda: _provider(config)))
    for finding in findings:
        print(f"  {'✓' if finding.is_well else '✗'} {finding.what}: {finding.words}")
        if finding.next_step and not finding.is_well:
            print(f"    → {finding.next_step}")
    return 0 if all(finding.is_well for finding in findings) else 1


def _guarded(what: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except KaimediaError as error:
        return Finding(what, False, error.message, error.next_step)


def _python() -> Finding:
    is_well = sys.version_info >= (3, 11)
    return Finding("python", is_well, platform.python_version(), "Install Python 3.11 or newer.")


def _media(config: Config) -> Finding:
    storage = LocalStorage(config.media_folder)
    storage.check_writable()
    free_gb = storage.free_bytes() / 1e9
    return Finding("media folder", True, f"{config.media_folder} is writable, {free_gb:.1f} GB free")


def _database(config: Config) -> Finding:
    database = Database(config.database_url, backup_folder=config.data_folder / "backups")
    try:
        database.upgrade()
        counts = TaskStore(database).counts()
        total = sum(counts.values())
        words = f"{without_password(config.database_url)} is up to date, {total} tasks"
        return Finding("database", True, words)
    finally:
        database.close()


def _provider(config: Config) -> Finding:
    database = Database(config.database_url)
    vault = Vault.open(config.secret_key, config.data_folder / "secret.key")
    providers = Providers(config, SettingsStore(database), vault, lambda: config.sandbox_url or "")
    try:
        state = providers.state()
        if state.kind is ProviderKind.SANDBOX:
            return Finding("provider", True, "sandbox: nothing is charged; add a kie.ai key to create for real")
        if state.problem:
            return Finding("provider", False, state.problem, "Enter the key in Settings or set KIE_API_KEY.")
        credits = providers.client(ProviderKind.KIE).credits()
        return Finding("provider", True, f"kie.ai accepts the key from {state.key_source}; {credits:,.1f} credits")
    except AuthFailed as error:
        return Finding("provider", False, error.message, error.next_step)
    except ProviderError as error:
        return Finding("provider", False, f"kie.ai does not answer: {error.message}", "Check the network.")
    finally:
        providers.close()
        database.close()
