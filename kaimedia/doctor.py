"""`python -m kaimedia doctor`: each setting with its source, then what works and what is wrong."""

from __future__ import annotations

import base64
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kaimedia import __version__
from kaimedia import config as configuration
from kaimedia.access import LOCAL, LOGIN, Access
from kaimedia.bootstrap import open_database
from kaimedia.commands.output import answer_json
from kaimedia.config import ROOT, Config, masked, read_origins, without_password
from kaimedia.domain import ProviderKind
from kaimedia.errors import AuthFailed, KaimediaError, ProviderError
from kaimedia.jobs.providers import Providers
from kaimedia.media.local import LocalStorage
from kaimedia.store.connecting import read_url, sqlite_file
from kaimedia.store.database import Database
from kaimedia.store.media import MediaStore
from kaimedia.store.settings import SettingsStore
from kaimedia.store.tasks import TaskStore
from kaimedia.studio.file_counts import count_files
from kaimedia.vault import Vault


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; `next_step` is given when it is not well."""

    what: str
    is_well: bool
    words: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What an examination found. `settings` are (name, value fit for showing, source)."""

    settings: tuple[tuple[str, str | None, str], ...]
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """True when nothing is wrong."""
        return all(finding.is_well for finding in self.findings)


def examine(*, as_json: bool = False, is_deep: bool = False) -> int:
    """Print settings and findings, with `as_json` as one document; 0 when all is well, 1 when something is wrong.

    With `is_deep` every file of the gallery is read.
    """
    report = look(is_deep=is_deep)
    code = 0 if report.is_well else 1
    if as_json:
        answer_json({**_document(report), "exit_code": code})
    else:
        print("\n".join(_lines(report)))
    return code


def look(*, is_deep: bool = False) -> Report:
    """Read the settings and try what they lead to; nothing is changed."""
    settings: tuple[tuple[str, str | None, str], ...] = ()
    try:
        settings = tuple(
            (name, None if origin.value is None else masked(name, origin.value), origin.source)
            for name, origin in read_origins(ROOT, os.environ).items()
        )
        config = configuration.load()
    except KaimediaError as error:
        return Report(settings, (Finding("settings", False, error.message, error.next_step),))
    strangers = configuration.unknown_names(ROOT, os.environ)
    findings = [_python(), *(Finding(name, False, "no such setting", "Check its spelling.") for name in strangers)]
    findings += [_guarded("media folder", lambda: _media(config)), _access(config)]
    if older := configuration.about_older_database(config):
        findings.append(Finding("older database", True, " ".join(older)))
    findings.append(_guarded("database", lambda: _database(config)))
    is_database_well = findings[-1].is_well
    if (problem := _vault(config).problem) is not None:
        findings.append(Finding("secret key", False, problem.message, problem.next_step))
    if is_database_well:
        findings.append(_guarded("provider", lambda: _provider(config)))
        findings.append(_guarded("files", lambda: _files(config, is_deep=is_deep)))
    return Report(settings, tuple(findings))


def _lines(report: Report) -> Iterator[str]:
    versions = f"Python {platform.python_version()} · Streamlit {version('streamlit')}"
    yield f"Kai.ai Media Generator {__version__} · {versions}"
    yield "\nSettings"
    for name, value, source in report.settings:
        yield f"  {name:26} {value or '–':44} {source}"
    yield "\nFindings"
    for finding in report.findings:
        yield f"  {'✓' if finding.is_well else '✗'} {finding.what}: {finding.words}"
        if finding.next_step and not finding.is_well:
            yield f"    → {finding.next_step}"


def _document(report: Report) -> dict[str, Any]:
    return {
        "version": __version__,
        "python": platform.python_version(),
        "streamlit": version("streamlit"),
        "settings": [{"name": name, "value": value, "source": source} for name, value, source in report.settings],
        "findings": [
            {
                "what": finding.what,
                "is_well": finding.is_well,
                "detail": finding.words,
                "next_step": None if finding.is_well else finding.next_step or None,
            }
            for finding in report.findings
        ],
        "is_well": report.is_well,
    }


def _guarded(what: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except KaimediaError as error:
        return Finding(what, False, error.message, error.next_step)


def _python() -> Finding:
    is_well = sys.version_info >= (3, 11)
    return Finding("python", is_well, platform.python_version(), "Install Python 3.11 or newer.")


def _access(config: Config) -> Finding:
    """Who may use it, and whether that can work."""
    access = Access.of(config)
    if access.mode == LOCAL:
        return Finding("access", True, "local: only this machine may use it")
    if access.mode == LOGIN and not access.emails:
        step = "Set KAIMEDIA_ALLOWED_EMAILS to addresses, or @domain for all of a domain."
        return Finding("access", False, "login: nobody is on the list, so nobody is let in", step)
    names = ", ".join(access.hosts) or "this machine’s own names and addresses only"
    who = f"{len(access.emails)} on the list" if access.mode == LOGIN else "everybody who reaches it"
    return Finding("access", True, f"{access.mode}: {who}; under {names}")


def _media(config: Config) -> Finding:
    storage = LocalStorage(config.media_folder)
    storage.check_writable()
    free_gb = storage.free_bytes() / 1e9
    return Finding("media folder", True, f"{config.media_folder} is writable, {free_gb:.1f} GB free")


def _missing_file(config: Config) -> Path | None:
    """The SQLite file that the first start will make, while it is not there."""
    file = sqlite_file(read_url(config.database_url))
    return file if file and not file.exists() else None


def _database(config: Config) -> Finding:
    """Looks only: an examination must not migrate anything."""
    place = without_password(config.database_url)
    database = open_database(config)
    if _missing_file(config):
        return _gone_or_new(database, place)
    try:
        if (damage := database.damage()) is not None:
            step = "Choose on the page, or with `python -m kaimedia restore`: use a copy, or start empty."
            return Finding("database", False, f"{place} is damaged: {damage}", step)
        if not database.is_current():
            return Finding("database", True, f"{place} will be brought up to date at the next start")
        tasks = TaskStore(database)
        total, held = sum(tasks.counts().values()), tasks.count_held()
        if held:
            step = "Answer on the page, or with `python -m kaimedia held`: send or dismiss."
            return Finding("database", False, f"{place} is a copy: {held} of {total} tasks are held, not sent", step)
        return Finding("database", True, f"{place} is up to date, {total} tasks")
    finally:
        database.close()


def _gone_or_new(database: Database, place: str) -> Finding:
    assert database.file is not None
    if number := len(database.list_copies()):
        step = "Choose on the page, or with `python -m kaimedia restore`: use a copy, or start empty."
        return Finding("database", False, f"{place} is gone; {number} copies are there", step)
    return _first_start(database.file, place)


def _files(config: Config, *, is_deep: bool) -> Finding:
    """The media folder against the rows; cheap unless `is_deep`."""
    if _missing_file(config):
        return Finding("files", True, "nothing is saved yet")
    database = open_database(config)
    try:
        if not database.is_current():
            return Finding("files", True, "compared when the database is up to date")
        found = count_files(MediaStore(database), config.media_folder, is_deep=is_deep)
    finally:
        database.close()
    how = "by name, size and hash" if is_deep else "by name and size (--deep: by hash too)"
    words = f"{found.named} named by the gallery: {found.missing} missing, {found.changed} changed, {how}"
    extra = f"; {found.untracked} more belong to nothing in it" if found.untracked else ""
    step = "Take the missing or changed files from a backup; what kie.ai still keeps can be fetched again."
    return Finding("files", found.missing == found.changed == 0, f"{words}{extra}", step)


def _first_start(file: Path, place: str) -> Finding:
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding("database", True, f"{place} will be made at the first start")
    step = "Make the folder writable, or set KAIMEDIA_DATABASE_URL to another place."
    return Finding("database", False, f"{place} cannot be made: {folder} cannot be written", step)


class _NothingSaved(SettingsStore):
    """The settings of a database that is not there yet, or not up to date."""

    def __init__(self) -> None:
        pass

    def key_ciphertext(self) -> str | None:
        return None


def _provider(config: Config) -> Finding:
    if _missing_file(config):
        return _provider_with(config, _NothingSaved())
    database = Database(config.database_url)
    try:
        return _provider_with(config, SettingsStore(database) if database.is_current() else _NothingSaved())
    finally:
        database.close()


def _vault(config: Config) -> Vault:
    """The vault of the house; while its key file is not there, one that opens nothing: no file is made."""
    key_file = config.data_folder / "secret.key"
    if config.secret_key or key_file.exists():
        return Vault.open(config.secret_key, key_file)
    return Vault([base64.urlsafe_b64encode(os.urandom(32))])


def _provider_with(config: Config, settings: SettingsStore) -> Finding:
    providers = Providers(config, settings, _vault(config), lambda: config.sandbox_url or "")
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
