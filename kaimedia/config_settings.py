"""The list of settings: their names, defaults, meanings, and which of them are secrets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. Values with `is_secret` are masked wherever they are shown; of an `is_url`, only its password.

    One with `is_storage` is given to the media storage, as an option. Where its name is another product's (AWS_…),
    other names like it are not typos of ours.
    """

    name: str
    default: str | None
    help: str
    is_secret: bool = False
    is_url: bool = False
    is_storage: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("KIE_API_KEY", None, "the provider key; one saved in Settings comes first; without a key: sandbox", True),
    Setting("KIE_API_URL", "https://api.kie.ai", "the provider's API host"),
    Setting("KIE_UPLOAD_URL", "https://kieai.redpandaai.co", "the provider's upload host"),
    Setting("KIE_WEBHOOK_HMAC_KEY", None, "the key that verifies callbacks", True),
    Setting(
        "KAIMEDIA_PROVIDER",
        "auto",
        "auto (kie with a key, else sandbox), kie or sandbox; sandbox refuses other providers' models",
    ),
    Setting(
        "KAIMEDIA_DATABASE_URL",
        "sqlite:///data/kaimedia.db",
        "any SQLite or PostgreSQL URL; default: kaimedia.db in KAIMEDIA_DATA",
        is_secret=True,
        is_url=True,
    ),
    Setting("KAIMEDIA_MEDIA_URL", "static/media", "the folder for images and videos, or s3://bucket/prefix"),
    Setting(
        "AWS_ACCESS_KEY_ID",
        None,
        "for s3://: the key's id; a role of the machine is used without one",
        True,
        is_storage=True,
    ),
    Setting("AWS_SECRET_ACCESS_KEY", None, "for s3://: the key", True, is_storage=True),
    Setting("AWS_SESSION_TOKEN", None, "for s3://: only with a temporary key", True, is_storage=True),
    Setting("AWS_REGION", None, "for s3://: the bucket's region; us-east-1 without one", is_storage=True),
    Setting("AWS_ENDPOINT_URL", None, "for s3://: the server's URL, if it is not AWS's", is_storage=True),
    Setting(
        "KAIMEDIA_MEDIA_LINKS",
        "stream",
        "how browsers get files of s3://: stream (through the app) or signed (by short-lived links to the server)",
    ),
    Setting("KAIMEDIA_MEDIA_LINKS_URL", None, "for signed: the S3 server's URL for browsers, if it is another"),
    Setting("KAIMEDIA_MEDIA_CACHE_MB", "256", "for s3://: disk space for files read again and again; 0 for none"),
    Setting("KAIMEDIA_RESULT_MAX_GB", "64", "largest result that is saved, also limited by free disk space"),
    Setting("KAIMEDIA_PUBLIC_URL", None, "URL where kie.ai can reach the app; if set, callbacks are requested"),
    Setting("KAIMEDIA_API_TOKEN", None, "bearer token of the REST API, at least 20 characters", True),
    Setting("KAIMEDIA_WEBHOOK_URL", None, "address that events are sent to; see docs/webhooks.md", True),
    Setting("KAIMEDIA_WEBHOOK_SECRET", None, "signs them: whsec_ and 24 to 64 bytes in Base64", True),
    Setting("KAIMEDIA_WEBHOOK_FORMAT", "json", "what is sent there: json (signed), discord, ntfy or slack"),
    Setting("KAIMEDIA_MCP_TOKEN", None, "the API token whose scopes and limits `python -m kaimedia mcp` uses", True),
    Setting("KAIMEDIA_SECRET_KEY", None, "encrypts saved keys; default: data/secret.key; PostgreSQL needs it", True),
    Setting("KAIMEDIA_TRUSTED_HOSTS", None, "comma-separated private hosts (host or host:port) that may be fetched"),
    Setting("KAIMEDIA_POLL_S", None, "overrides the first polling interval, in seconds"),
    Setting("KAIMEDIA_ACCESS", "local", "who may use the app: local, login or open"),
    Setting("KAIMEDIA_ALLOWED_HOSTS", None, "comma-separated host names of the app"),
    Setting("KAIMEDIA_FRAME_ANCESTORS", None, "comma-separated sites that may embed it, like https://portal.example"),
    Setting("KAIMEDIA_ALLOWED_EMAILS", None, "comma-separated email addresses, or @domain, allowed by `login`"),
    Setting("KAIMEDIA_LOG", "info", "log level; add `json` (`info json`) for one JSON object per line"),
    Setting("KAIMEDIA_DATA", "data", "the folder for the database, secret key, references and backups"),
    Setting(
        "KAIMEDIA_DISK",
        "auto",
        "permanent, temporary (erased at each restart), or auto: temporary on Streamlit Community Cloud",
    ),
    Setting(
        "KAIMEDIA_ENGINE",
        "embedded",
        "what runs the tasks: embedded (the app), off (a separate `worker`) or procrastinate (many, on PostgreSQL)",
    ),
    Setting("KAIMEDIA_LIFT_RETIREMENT", None, "comma-separated ids of retired models to send to anyway"),
    Setting("KAIMEDIA_SANDBOX_SPEED", "1", "speed factor of the embedded sandbox"),
    Setting("KAIMEDIA_SANDBOX_MEDIA", "full", "what the embedded sandbox draws: full, draft (small videos) or small"),
    Setting("KAIMEDIA_SANDBOX_URL", None, "URL of a separate sandbox to use instead of the embedded one"),
)

_by_name: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}


def register(setting: Setting) -> None:
    """Add a setting that does not ship with the product, or replace the one of that name; before settings are read."""
    _by_name[setting.name] = setting


def unregister(name: str) -> None:
    """Remove a setting that was added."""
    _by_name.pop(name, None)


def all_settings() -> tuple[Setting, ...]:
    """Every setting; added ones come last."""
    return tuple(_by_name.values())


def setting_of(name: str) -> Setting | None:
    """The setting of that name, or None."""
    return _by_name.get(name)


def prefixes() -> tuple[str, ...]:
    """What the names of our own settings start with: "KIE_", "KAIMEDIA_"."""
    own = (name for name, setting in _by_name.items() if not setting.is_storage)  # those may be of another product
    return tuple(dict.fromkeys(f"{name.partition('_')[0]}_" for name in own))


def is_meant_for_us(name: str) -> bool:
    """Whether a name in a file is one of a setting, or like one; any other name is somebody else's."""
    return name in _by_name or name.startswith(prefixes())
