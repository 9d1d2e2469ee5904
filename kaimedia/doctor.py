"""`python -m kaimedia doctor`: shows each setting with its source, then what works and what is wrong."""

from __future__ import annotations

import base64
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kaimedia import __version__, doctor_operations, doctor_webhooks
from kaimedia import config as configuration
from kaimedia.cli.output import answer_json
from kaimedia.config import ROOT, Config, masked, without_password
from kaimedia.config_sources import read_origins, unknown_text
from kaimedia.context import open_database, open_media
from kaimedia.domain import ProviderName
from kaimedia.errors import AuthFailed, KaimediaError, ProviderError
from kaimedia.finding import Finding, guarded
from kaimedia.jobs.key_check import KeyProblem
from kaimedia.jobs.providers import Providers
from kaimedia.media_links import media_links
from kaimedia.model_list_age import model_list_age
from kaimedia.providers.base import ProviderEntry
from kaimedia.providers.registry import label_of, with_setting_keys
from kaimedia.security.access import LOCAL, LOGIN, Access
from kaimedia.security.secret_box import SecretBox
from kaimedia.store.database.connecting import read_url, sqlite_file
from kaimedia.store.database.database import Database
from kaimedia.store.settings import SettingsStore
from kaimedia.store.tasks.held import HeldTasks
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.studio.file_counts import count_files
from kaimedia.studio.key_problems import key_problem_text
from kaimedia.studio.temporary_disk import disk_loss


@dataclass(frozen=True, slots=True)
class Report:
    """All results of the check. `settings` are (name, value safe to show, source)."""

    settings: tuple[tuple[str, str | None, str], ...]
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """True when nothing is wrong."""
        return all(finding.is_well for finding in self.findings)


def examine(*, as_json: bool = False, is_deep: bool = False) -> int:
    """Print settings and findings, with `as_json` as one JSON document; returns 0 when all is well, else 1.

    With `is_deep`, every file of the gallery is read.
    """
    report = inspect(is_deep=is_deep)
    code = 0 if report.is_well else 1
    if as_json:
        answer_json({**_document(report), "exit_code": code})
    else:
        print("\n".join(_lines(report)))
    return code


def inspect(*, is_deep: bool = False) -> Report:
    """Read the settings and check what they refer to; changes nothing, but for a test file in the media storage."""
    settings: tuple[tuple[str, str | None, str], ...] = ()
    try:
        settings = tuple(
            (name, None if origin.value is None else masked(name, origin.value), origin.source)
            for name, origin in read_origins(ROOT, os.environ).items()
        )
        config = configuration.load()
    except KaimediaError as error:
        return Report(settings, (Finding("settings", False, error.message, error.next_step),))
    unknown = (Finding(name, False, unknown_text(name), "Check the spelling.") for name in config.unknown)
    findings = [_python(), *unknown]
    media = guarded("media storage", lambda: _media(config))
    findings += [media, _access(config)]
    if config.media_links == configuration.SIGNED:
        findings.append(guarded("media links", lambda: media_links(config)))
    if (loss := disk_loss(config)) is not None:
        findings.append(Finding("disk", False, loss.text, loss.next_step))
    if older := configuration.about_older_database(config):
        findings.append(Finding("older database", True, " ".join(older)))
    findings.append(guarded("database", lambda: _database(config)))
    is_database_well = findings[-1].is_well
    if is_database_well and _is_in_use(config):
        findings += doctor_operations.find(config, media_responds=media.is_well)
    if (problem := _secret_box(config).problem) is not None:
        findings.append(Finding("secret key", False, problem.message, problem.next_step))
    if is_database_well:
        findings.append(guarded("provider", lambda: _provider(config)))
        findings += _other_keys(config)
        findings += doctor_webhooks.find(config, _secret_box(config))
        findings.append(guarded("model list", lambda: Finding("model list", True, model_list_age(config))))
        findings.append(guarded("files", lambda: _files(config, is_deep=is_deep)))
    return Report(settings, tuple(findings))


def _lines(report: Report) -> Iterator[str]:
    versions = f"Python {platform.python_version()} · Streamlit {version('streamlit')}"
    yield f"Kai.ai Media Generator {__version__} · {versions}"
    yield "\nSettings"
    for name, value, source in report.settings:
        yield f"  {name:26} {value or '–':44} {source}"
    yield "\nFindings"
    for finding in report.findings:
        yield f"  {'✓' if finding.is_well else '✗'} {finding.what}: {finding.detail}"
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
                "detail": finding.detail,
                "next_step": None if finding.is_well else finding.next_step or None,
            }
            for finding in report.findings
        ],
        "is_well": report.is_well,
    }


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
        return Finding("access", False, "login: the list is empty, so no one can sign in", step)
    names = ", ".join(access.hosts) or "only this machine’s own names and addresses"
    who = f"{len(access.emails)} on the list" if access.mode == LOGIN else "everyone who can reach it"
    return Finding("access", True, f"{access.mode}: {who}; at {names}")


def _media(config: Config) -> Finding:
    storage = open_media(config)
    storage.check_writable()
    free_bytes = storage.free_bytes()
    free = f"{(storage.free_temp_bytes() if free_bytes is None else free_bytes) / 1e9:.1f} GB free"
    free += " for temporary files" if free_bytes is None else ""
    return Finding("media storage", True, f"{storage.place} is writable, {free}")


def _missing_file(config: Config) -> Path | None:
    """The SQLite file that the first start will create; None if it exists or the database is not SQLite."""
    file = sqlite_file(read_url(config.database_url))
    return file if file and not file.exists() else None


def _database(config: Config) -> Finding:
    """Read-only: a check must not migrate anything."""
    place = without_password(config.database_url)
    database = open_database(config)
    if _missing_file(config):
        return _missing_or_new(database, place)
    try:
        if (damage := database.damage()) is not None:
            step = "Restore a copy or start empty, on the page or with `python -m kaimedia restore`."
            return Finding("database", False, f"{place} is damaged: {damage}", step)
        if not database.is_current():
            return Finding("database", True, f"{place} will be migrated at the next start")
        total, held = sum(TaskReader(database).counts().values()), HeldTasks(database).count()
        if held:
            step = "Send or dismiss them, on the page or with `python -m kaimedia held`."
            return Finding("database", False, f"{place} is a copy: {held} of {total} tasks are held, not sent", step)
        return Finding("database", True, f"{place} is up to date, {total} tasks")
    finally:
        database.close()


def _is_in_use(config: Config) -> bool:
    """Whether the database has the tables of this version."""
    if _missing_file(config):
        return False
    with closing(open_database(config)) as database:
        return database.is_current()


def _missing_or_new(database: Database, place: str) -> Finding:
    assert database.file is not None
    if number := len(database.list_copies()):
        step = "Restore a copy or start empty, on the page or with `python -m kaimedia restore`."
        return Finding("database", False, f"{place} is missing; {number} copies exist", step)
    return _first_start(database.file, place)


def _files(config: Config, *, is_deep: bool) -> Finding:
    """Compare the media storage with the database; fast unless `is_deep`."""
    if _missing_file(config):
        return Finding("files", True, "nothing is saved yet")
    database = open_database(config)
    try:
        if not database.is_current():
            return Finding("files", True, "not compared before the database is migrated")
        found = count_files(database, open_media(config), is_deep=is_deep)
    finally:
        database.close()
    how = "by name, size and hash" if is_deep else "by name and size (--deep: by hash too)"
    detail = f"{found.named} files in the gallery: {found.missing} missing, {found.changed} changed, {how}"
    extra = f"; untracked files: {found.untracked}" if found.untracked else ""
    step = "`python -m kaimedia check --repair` fetches what the provider still has; a backup has the rest."
    return Finding("files", found.missing == found.changed == 0, f"{detail}{extra}", step)


def _first_start(file: Path, place: str) -> Finding:
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding("database", True, f"{place} will be created at the first start")
    step = "Make the folder writable, or set KAIMEDIA_DATABASE_URL to another location."
    return Finding("database", False, f"{place} cannot be created: {folder} is not writable", step)


class _NothingSaved(SettingsStore):
    """The settings of a database that does not exist yet or is not migrated."""

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


def _secret_box(config: Config) -> SecretBox:
    """The app's secret box; without a key file, one with a random key, so that no file is created."""
    key_file = config.data_folder / "secret.key"
    if config.secret_key or key_file.exists():
        return SecretBox.open(config.secret_key, key_file)
    return SecretBox([base64.urlsafe_b64encode(os.urandom(32))])


def _provider_with(config: Config, settings: SettingsStore) -> Finding:
    providers = Providers(config, settings, _secret_box(config), lambda: config.sandbox_url or "")
    label = label_of(ProviderName.KIE)
    try:
        state = providers.state()
        if state.name == ProviderName.SANDBOX:
            return Finding("provider", True, f"sandbox: nothing is charged; add a key of {label} to generate there")
        if problem := key_problem_text(state):
            return Finding("provider", False, problem, "Enter the key in Settings or set KIE_API_KEY.")
        credits = providers.client(ProviderName.KIE).credits()
        return Finding("provider", True, f"{label} accepts the key from {state.key_source}; {credits:,.1f} credits")
    except AuthFailed as error:
        return Finding("provider", False, error.message, error.next_step)
    except ProviderError as error:
        return Finding("provider", False, f"{label} is not responding: {error.message}", "Check the network.")
    finally:
        providers.close()


def _other_keys(config: Config) -> list[Finding]:
    """One finding for each provider whose key is in a setting; without a key it is just not used."""
    providers = Providers(config, _NothingSaved(), _secret_box(config), lambda: config.sandbox_url or "")
    try:
        return [_other_key(providers, entry) for entry in with_setting_keys()]
    finally:
        providers.close()


def _other_key(providers: Providers, entry: ProviderEntry) -> Finding:
    state = providers.state_of(entry.name)
    if problem := key_problem_text(state):
        return Finding(entry.label, state.problem is not KeyProblem.REFUSED, problem)
    if not entry.reports_balance:
        return Finding(entry.label, True, f"a key is set ({state.key_source}); no free call can check it")
    try:
        credits = providers.client(entry.name).credits()
    except KaimediaError as error:
        return Finding(entry.label, False, error.message, error.next_step)
    return Finding(entry.label, True, f"accepts the key from {state.key_source}; {credits:,.1f} credits")
