"""Settings: order of sources, clear errors, masked secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaimedia import config
from kaimedia.config_sources import unknown_names
from kaimedia.errors import ConfigError

DEFAULTS = {
    "KIE_API_URL": "https://api.kie.ai",
    "KIE_UPLOAD_URL": "https://kieai.redpandaai.co",
    "KAIMEDIA_PROVIDER": "auto",
    "KAIMEDIA_DATABASE_URL": "sqlite:///data/kaimedia.db",
    "KAIMEDIA_MEDIA_URL": "static/media",
    "KAIMEDIA_ACCESS": "local",
    "KAIMEDIA_LOG": "info",
}


def test_the_documented_defaults(tmp_path: Path) -> None:
    loaded = config.load(tmp_path, {})
    assert {name: loaded.origins[name].value for name in DEFAULTS} == DEFAULTS
    assert loaded.database_url == f"sqlite:///{tmp_path}/data/kaimedia.db"
    assert loaded.media_url == str(tmp_path / "static" / "media")


def test_media_in_a_bucket(tmp_path: Path) -> None:
    loaded = config.load(tmp_path, {"KAIMEDIA_MEDIA_URL": "s3://bucket/some/prefix/"})
    assert loaded.media_url == "s3://bucket/some/prefix" and loaded.storage_options() == {}
    assert (loaded.media_links, loaded.media_links_url, loaded.media_cache_mb) == ("stream", None, 256)
    chosen = {
        "KAIMEDIA_MEDIA_LINKS": "Signed",
        "KAIMEDIA_MEDIA_LINKS_URL": "https://files.example/",
        "KAIMEDIA_MEDIA_CACHE_MB": "0",
    }
    loaded = config.load(tmp_path, chosen)
    assert (loaded.media_links, loaded.media_links_url) == ("signed", "https://files.example")
    assert loaded.media_cache_mb == 0


def test_the_credentials_of_a_bucket(tmp_path: Path) -> None:
    """From every source; other names of the same product are somebody else's, not typos."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(
        'AWS_SECRET_ACCESS_KEY = "from-secrets"\nAWS_REGION = "auto"\n[other]\nAWS_REGION = "mine"\n'
    )
    (tmp_path / ".env").write_text("AWS_ACCESS_KEY_ID=from-dotenv\nAWS_PROFILE=mine\n")
    environment = {"AWS_REGION": "eu-west-1", "AWS_PAGER": "less"}
    loaded = config.load(tmp_path, environment)
    assert loaded.storage_options() == {
        "AWS_ACCESS_KEY_ID": "from-dotenv",
        "AWS_SECRET_ACCESS_KEY": "from-secrets",
        "AWS_REGION": "eu-west-1",
    }
    assert "from-secrets" in loaded.secrets() and "from-secrets" not in repr(loaded)
    assert unknown_names(tmp_path, environment) == []


def test_environment_beats_dotenv_beats_secrets(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text('KIE_API_KEY = "from-secrets"\nKAIMEDIA_POLL_S = 7\n')
    assert config.load(tmp_path, {}).kie_api_key == "from-secrets"
    assert config.load(tmp_path, {}).poll_s == 7
    (tmp_path / ".env").write_text("KIE_API_KEY=from-dotenv\n")
    assert config.load(tmp_path, {}).kie_api_key == "from-dotenv"
    loaded = config.load(tmp_path, {"KIE_API_KEY": "from-environment"})
    assert (loaded.kie_api_key, loaded.origins["KIE_API_KEY"].source) == ("from-environment", "environment")
    assert config.load(tmp_path, {"KIE_API_KEY": "  "}).kie_api_key == "from-dotenv"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAIMEDIA_PROVIDER", "openai"),
        ("KIE_API_URL", "api.kie.ai"),
        ("KIE_API_URL", "http://["),
        ("KAIMEDIA_PUBLIC_URL", "ftp://x"),
        ("KAIMEDIA_POLL_S", "soon"),
        ("KAIMEDIA_POLL_S", "0"),
        ("KAIMEDIA_POLL_S", "nan"),
        ("KAIMEDIA_ACCESS", "everyone"),
        ("KAIMEDIA_LOG", "loud"),
        ("KAIMEDIA_MEDIA_URL", "s3://key:secret@bucket/media"),
        ("KAIMEDIA_ENGINE", "maybe"),
        ("KAIMEDIA_MEDIA_LINKS", "always"),
        ("KAIMEDIA_MEDIA_LINKS_URL", "files.example"),
        ("KAIMEDIA_MEDIA_CACHE_MB", "-1"),
        ("KAIMEDIA_MEDIA_CACHE_MB", "much"),
    ],
)
def test_an_invalid_value_names_its_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path, {name: value})
    assert caught.value.setting == name and name in caught.value.message


def test_broken_secrets_are_reported(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("this is = = not toml")
    with pytest.raises(ConfigError):
        config.load(tmp_path, {})


def test_secrets_are_masked() -> None:
    assert config.masked("KIE_API_KEY", "sk-0123456789abcd") == "•••• abcd"
    assert config.masked("KIE_API_KEY", "short") == "••••"
    assert config.masked("KAIMEDIA_DATABASE_URL", "postgresql://u:hunter2@h/d") == "postgresql://u:••••@h/d"
    assert config.masked("KIE_API_KEY", None) == "–"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql+psycopg:///db?host=h&user=u&password=SECRET",
            "postgresql+psycopg:///db?host=h&user=u&password=••••",
        ),
        ("postgresql://h/db?sslpassword=SECRET&sslmode=require", "postgresql://h/db?sslpassword=••••&sslmode=require"),
        ("postgresql://h/db?p%61ssword=SECRET", "postgresql://h/db?p%61ssword=••••"),
        ("postgresql://h/db?PASSWORD=SECRET SECRET#?SECRET", "postgresql://h/db?PASSWORD=••••"),
        ("postgresql://u:p[SECRET@h/db", "postgresql://u:••••@h/db"),
        ("postgresql://u:p@SECRET@h:5432/db", "postgresql://u:••••@h:5432/db"),
        ("postgresql://u:p/SECRET?#SECRET@h/db", "postgresql://u:••••@h/db"),
        ("postgresql://:SECRET@h/db", "postgresql://:••••@h/db"),
        ("postgresql://u@h:5432/db", "postgresql://u@h:5432/db"),
        ("postgresql://[::1]:5432/db", "postgresql://[::1]:5432/db"),
        ("host=h user=u password=SECRET", "••••"),
        ("postgresql:/u:SECRET@h/db", "••••"),
        ("sqlite:///C:/data/me@home.db", "sqlite:///C:/data/me@home.db"),
        ("sqlite:///data/kaimedia.db", "sqlite:///data/kaimedia.db"),
    ],
)
def test_a_database_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert config.without_password(url) == config.masked("KAIMEDIA_DATABASE_URL", url) == shown
    assert "SECRET" not in shown


def test_the_repr_of_a_config_holds_no_secret(tmp_path: Path) -> None:
    loaded = config.load(tmp_path, {"KIE_API_KEY": "canary-1234567890", "KAIMEDIA_SECRET_KEY": "canary-abcdefghij"})
    assert "canary" not in repr(loaded)


def test_a_short_api_token_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError, match="KAIMEDIA_API_TOKEN is too short") as refused:
        config.load(Path("/nowhere"), {"KAIMEDIA_API_TOKEN": "abc-secret-19-chars"})
    assert "abc-secret" not in str(refused.value) and "token_urlsafe" in refused.value.next_step
    assert config.load(Path("/nowhere"), {"KAIMEDIA_API_TOKEN": "x" * 20}).api_token == "x" * 20
