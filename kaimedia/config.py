"""All settings as typed values, read once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from kaimedia import config_database, config_masks, config_webhook
from kaimedia.config_files import read_dotenv
from kaimedia.config_masks import without_login as without_login
from kaimedia.config_masks import without_password as without_password
from kaimedia.config_settings import all_settings, setting_of
from kaimedia.config_sources import Origin, read_with_unknown, unknown_text
from kaimedia.config_webhook import WebhookSetting as WebhookSetting
from kaimedia.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
STREAM, SIGNED = "stream", "signed"  # how browsers get media
COMMUNITY_CLOUD = Path("/mount/src")  # where Streamlit Community Cloud puts repositories
EngineKind = Literal["embedded", "off", "procrastinate"]  # the values of KAIMEDIA_ENGINE
EMBEDDED: EngineKind = "embedded"
OFF: EngineKind = "off"
PROCRASTINATE: EngineKind = "procrastinate"


_SHAPES = {
    "KAIMEDIA_ALLOWED_HOSTS": (
        re.compile(r"(?i)((\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"),
        "host names, like studio.example or *.example:8501",
    ),
    "KAIMEDIA_FRAME_ANCESTORS": (
        re.compile(r"(?i)https?://(\*\.)?([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"),
        "sites, like https://portal.example or https://*.example:8443",
    ),
    "KAIMEDIA_ALLOWED_EMAILS": (re.compile(r"[^@\s]*@[^@\s]+"), "addresses, like ada@example.org or @example.org"),
}


@dataclass(frozen=True, slots=True)
class Config:
    """The typed settings. URLs carry no trailing slash; folders are absolute.

    `older_database` is a database in the location used before KAIMEDIA_DATA was set; it is used when there is none
    in the data folder. `media_url` is an absolute folder, or the address of another storage. With `disk_is_temporary`,
    what is on this machine's disk is lost at the next restart. `unknown` are names like ours that are no settings.
    """

    kie_api_key: str | None = field(repr=False)
    kie_api_url: str
    kie_upload_url: str
    webhook_hmac_key: str | None = field(repr=False)
    provider: str
    database_url: str = field(repr=False)
    media_url: str
    media_links: str
    media_links_url: str | None
    media_cache_mb: float
    result_max_gb: float
    data_folder: Path
    disk_is_temporary: bool
    older_database: Path | None
    public_url: str | None
    api_token: str | None = field(repr=False)
    webhook: WebhookSetting | None
    mcp_token: str | None = field(repr=False)
    secret_key: str | None = field(repr=False)
    trusted_hosts: tuple[str, ...]
    poll_s: float | None
    access: str
    allowed_hosts: tuple[str, ...]
    allowed_emails: tuple[str, ...]
    frame_ancestors: tuple[str, ...]
    log_level: str
    log_json: bool
    engine: EngineKind
    lifted_retirements: frozenset[str]
    sandbox_speed: float
    sandbox_media: str
    sandbox_url: str | None
    origins: Mapping[str, Origin] = field(repr=False)
    unknown: tuple[str, ...] = ()

    @property
    def loses_media(self) -> bool:
        """Whether images and videos are lost at the next restart."""
        return self.disk_is_temporary and "://" not in self.media_url

    @property
    def loses_database(self) -> bool:
        """Whether the database is lost at the next restart, with all tasks and settings."""
        return self.disk_is_temporary and self.database_url.startswith("sqlite")

    @property
    def engine_is_on(self) -> bool:
        """Whether the app itself runs the tasks."""
        return self.engine == EMBEDDED

    def unknown_texts(self) -> tuple[str, ...]:
        """A sentence about each name in `unknown`."""
        return tuple(unknown_text(name) for name in self.unknown)

    def storage_options(self) -> dict[str, str]:
        """The settings of the media storage that have a value, by name: what it needs beside its address."""
        names = [setting.name for setting in all_settings() if setting.is_storage]
        return {name: value for name in names if name in self.origins and (value := self.origins[name].value)}

    def secrets(self) -> tuple[str, ...]:
        """The values of all secret settings; an address with a password in it is not one of them."""
        names = [setting.name for setting in all_settings() if setting.is_secret and not setting.is_url]
        return tuple(self.origins[name].value or "" for name in names if name in self.origins)


def load(root: Path = ROOT, environment: Mapping[str, str] | None = None) -> Config:
    """Read all settings once. Relative folders and SQLite paths are taken from `root`.

    Raises:
        ConfigError: names the setting, what is wrong with it and what is allowed, but never its value: strangers may
            see the message.
    """
    origins, unknown = read_with_unknown(root, os.environ if environment is None else environment)
    text = {name: origin.value for name, origin in origins.items()}
    data_folder = root / (text["KAIMEDIA_DATA"] or "data")
    database_url, older = _database(origins["KAIMEDIA_DATABASE_URL"], root, data_folder)
    level, _, form = (text["KAIMEDIA_LOG"] or "info").partition(" ")
    return Config(
        kie_api_key=text["KIE_API_KEY"],
        kie_api_url=_url("KIE_API_URL", text),
        kie_upload_url=_url("KIE_UPLOAD_URL", text),
        webhook_hmac_key=text["KIE_WEBHOOK_HMAC_KEY"],
        provider=_choice("KAIMEDIA_PROVIDER", text, ("auto", "kie", "sandbox")),
        database_url=database_url,
        media_url=media_url_of(text["KAIMEDIA_MEDIA_URL"] or "", root),
        media_links=_choice("KAIMEDIA_MEDIA_LINKS", text, (STREAM, SIGNED)),
        media_links_url=_url("KAIMEDIA_MEDIA_LINKS_URL", text) or None,
        media_cache_mb=_megabytes("KAIMEDIA_MEDIA_CACHE_MB", text),
        result_max_gb=_number("KAIMEDIA_RESULT_MAX_GB", text) or 64.0,
        data_folder=data_folder,
        disk_is_temporary=_disk_is_temporary(text, root),
        older_database=older,
        public_url=_url("KAIMEDIA_PUBLIC_URL", text) or None,
        api_token=config_masks.long_token(text["KAIMEDIA_API_TOKEN"]),
        webhook=config_webhook.webhook(text),
        mcp_token=text["KAIMEDIA_MCP_TOKEN"] or None,
        secret_key=text["KAIMEDIA_SECRET_KEY"],
        trusted_hosts=_list(text["KAIMEDIA_TRUSTED_HOSTS"]),
        poll_s=_number("KAIMEDIA_POLL_S", text),
        access=_choice("KAIMEDIA_ACCESS", text, ("local", "login", "open")),
        allowed_hosts=_shaped("KAIMEDIA_ALLOWED_HOSTS", text),
        allowed_emails=_shaped("KAIMEDIA_ALLOWED_EMAILS", text),
        frame_ancestors=_shaped("KAIMEDIA_FRAME_ANCESTORS", text),
        log_level=_choice("KAIMEDIA_LOG", {"KAIMEDIA_LOG": level}, ("debug", "info", "warning", "error")),
        log_json=form.strip() == "json",
        engine=_engine(text),
        lifted_retirements=frozenset(_list(text["KAIMEDIA_LIFT_RETIREMENT"])),
        sandbox_speed=_number("KAIMEDIA_SANDBOX_SPEED", text) or 1.0,
        sandbox_media=_choice("KAIMEDIA_SANDBOX_MEDIA", text, ("full", "draft", "small")),
        sandbox_url=_url("KAIMEDIA_SANDBOX_URL", text) or None,
        origins=origins,
        unknown=tuple(unknown),
    )


def about_older_database(config: Config) -> tuple[str, str] | None:
    """A message about a database left in the older location and what to do; None when there is not valid."""
    older = config.older_database
    return config_database.about_older(older, config.database_url, config.data_folder) if older else None


def masked(name: str, value: str | None) -> str:
    """A value safe to show: of a secret at most the last four characters."""
    if value is None:
        return "–"
    setting = setting_of(name)
    if setting is None or not setting.is_secret:
        return without_login(value)
    if setting.is_url:
        return without_password(value)
    return f"•••• {value[-4:]}" if len(value) >= 12 else "••••"


def _list(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def _shaped(name: str, text: Mapping[str, str | None]) -> tuple[str, ...]:
    """A list with every part checked: one that can never match would silently lock users out."""
    parts = _list(text[name])
    shape, form = _SHAPES[name]
    for number, part in enumerate(parts, 1):
        if not shape.fullmatch(part):
            which = f" Entry {number} is none." if len(parts) > 1 else ""
            raise ConfigError(f"{name} must be a list of {form}.{which}", setting=name)
    return parts


def _url(name: str, text: Mapping[str, str | None]) -> str:
    value = (text[name] or "").rstrip("/")
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_address &= "@" not in f"{parts.path}{parts.query}{parts.fragment}"  # a password with a "/" in it
    except ValueError:  # brackets without an IPv6 address
        is_address = False
    if value and not is_address:
        raise ConfigError(f"{name} must be an http(s) address.", setting=name)
    return value


def _choice(name: str, text: Mapping[str, str | None], allowed: tuple[str, ...]) -> str:
    value = (text[name] or "").lower()
    if value not in allowed:
        raise ConfigError(f"{name} must be {', '.join(allowed[:-1])} or {allowed[-1]}.", setting=name)
    return value


def _engine(text: Mapping[str, str | None]) -> EngineKind:
    """Earlier versions called the embedded engine `on`."""
    kinds: dict[str, EngineKind] = {"on": EMBEDDED} | {kind: kind for kind in (EMBEDDED, OFF, PROCRASTINATE)}
    return kinds[_choice("KAIMEDIA_ENGINE", text, tuple(kinds))]


def _number(name: str, text: Mapping[str, str | None]) -> float | None:
    value = text[name]
    if value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0.01 <= number <= 10_000:
        raise ConfigError(f"{name} must be a number from 0.01 to 10000.", setting=name)
    return number


def _megabytes(name: str, text: Mapping[str, str | None]) -> float:
    value = text[name] or "0"
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1_000_000:
        raise ConfigError(f"{name} must be a number from 0 to 1000000.", setting=name)
    return number


def _database(origin: Origin, root: Path, data_folder: Path) -> tuple[str, Path | None]:
    """The database URL, and the database in the older location if there is one to report."""
    if origin.source != "default":
        return config_database.database_url(origin.value or "", root), None
    file, older = config_database.default_database(root, data_folder)
    return config_database.address_of(file), older


def _disk_is_temporary(text: Mapping[str, str | None], root: Path) -> bool:
    disk = _choice("KAIMEDIA_DISK", text, ("auto", "permanent", "temporary"))
    return root.is_relative_to(COMMUNITY_CLOUD) if disk == "auto" else disk == "temporary"


def read_storage_options(file: Path) -> dict[str, str]:
    """What a file like `.env` says about a storage beside its address: see `Config.storage_options`.

    Raises:
        ConfigError: there is no such file, or it cannot be read.
    """
    if not file.is_file():
        raise ConfigError(f"There is no file {file}.", setting="KAIMEDIA_MEDIA_URL")
    known = {setting.name for setting in all_settings() if setting.is_storage}
    return {name: value for name, value in read_dotenv(file, file.name).items() if name in known and value}


def media_url_of(value: str, root: Path) -> str:
    """The address of a storage as the app uses it; a relative folder is taken from `root`.

    Raises:
        ConfigError: it contains a password.
    """
    if "://" not in value:
        return str((root / value).absolute())
    if "@" in value:
        raise ConfigError("KAIMEDIA_MEDIA_URL must not contain a key or password.", setting="KAIMEDIA_MEDIA_URL")
    return value.rstrip("/")
