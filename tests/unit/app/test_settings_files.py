"""Settings files in the encodings of editors and shells: read, or reported in one sentence."""

from __future__ import annotations

import codecs
import os
import re
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from kaimedia import config, config_sources, doctor
from kaimedia.config_examples import EXAMPLE_TEXTS
from kaimedia.config_settings import all_settings
from kaimedia.errors import ConfigError
from kaimedia.security import access_guide
from kaimedia.ui import streamlit_secrets
from tests.conftest import ROOT

DOTENV = "KIE_API_KEY=sk-0123456789ü\r\n# ein Wort\r\nKAIMEDIA_POLL_S=7\r\n"
SECRETS = '# é\nKIE_API_KEY = "sk-0123456789ü"\nKAIMEDIA_POLL_S = 7\n\n[auth]\nclient_id = "x"\n'
READ = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with a mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16 little": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16 big": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "CRLF": lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n").encode(),
}
REFUSED = {
    "Latin-1": lambda text: text.encode("latin-1"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "NUL": lambda text: text.replace("7", "7\0").encode(),
    "half of UTF-16": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le")[:-1],
    "an image": lambda _text: b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "too large": lambda text: text.encode() + b"#" * 1_000_001,
}
Form = Callable[[str], bytes]


def put(root: Path, name: str, data: bytes) -> Path:
    path = root / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("form", READ.values(), ids=READ)
@pytest.mark.parametrize(("name", "text"), [(".env", DOTENV), (".streamlit/secrets.toml", SECRETS)])
def test_a_valid_file_is_read(tmp_path: Path, name: str, text: str, form: Form) -> None:
    put(tmp_path, name, form(text))
    loaded = config.load(tmp_path, {})
    assert (loaded.kie_api_key, loaded.poll_s) == ("sk-0123456789ü", 7)


@pytest.mark.parametrize("form", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize(("name", "text"), [(".env", DOTENV), (".streamlit/secrets.toml", SECRETS)])
def test_an_invalid_file_is_reported(tmp_path: Path, name: str, text: str, form: Form) -> None:
    put(tmp_path, name, form(text))
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path, {})
    assert caught.value.message.startswith(name) and caught.value.message.count("\n") == 0
    assert "0123456789" not in f"{caught.value.message} {caught.value.next_step}"


@pytest.mark.parametrize("name", [".env", ".streamlit/secrets.toml"])
def test_a_folder_or_an_unreadable_file_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"is a folder"):
        config.load(tmp_path, {})
    (tmp_path / name).rmdir()
    put(tmp_path, name, b"A=1\n").chmod(0)
    if os.geteuid() != 0:
        with pytest.raises(ConfigError, match=r"cannot be read \(Permission denied\)"):
            config.load(tmp_path, {})


@pytest.mark.parametrize(
    "text",
    ['KIE_API_KEY = "sk-012', "KIE_API_KEY = sk-012", "[auth\nx = 1", "this is = = not toml", "a = " + "[" * 5000],
)
def test_an_incomplete_secrets_file_is_reported(tmp_path: Path, text: str) -> None:
    put(tmp_path, ".streamlit/secrets.toml", text.encode())
    with pytest.raises(ConfigError, match=r"\.streamlit/secrets\.toml (cannot be read: |is nested)") as caught:
        config.load(tmp_path, {})
    assert "sk-012" not in caught.value.message


@pytest.mark.parametrize(
    "line",
    ["KAIMEDIA_ACCESS = open", 'KAIMEDIA_ACCESS = "open', 'KAIMEDIA_ACCESS "open"', 'KIE_API_KEY = "sk-1"', '= "open"'],
)
@pytest.mark.parametrize("below", ["", '\n[auth]\nclient_id = "x"\n\n'])
def test_the_line_of_the_secrets_that_cannot_be_read_is_named(tmp_path: Path, line: str, below: str) -> None:
    put(tmp_path, ".streamlit/secrets.toml", f'# mine\n\nKIE_API_KEY = "sk-012"\n{line}{below}'.encode())
    with pytest.raises(ConfigError, match=r"^Line 4 of \.streamlit/secrets\.toml cannot be read: .*quotes") as caught:
        config.load(tmp_path, {})
    assert "Secrets" in caught.value.next_step and "reboot" in caught.value.next_step
    assert "open" not in caught.value.message and "sk-" not in caught.value.message


@pytest.mark.parametrize("setting", [each.name for each in all_settings() if not each.is_storage])
def test_an_invalid_value_is_not_repeated(tmp_path: Path, setting: str) -> None:
    """Strangers see the message where the settings cannot be read."""
    for value in ("CANARY", "https://me:CANARY@", "a.example, CANARY CANARY"):
        try:
            config.load(tmp_path, {setting: value})
        except ConfigError as error:
            assert setting in error.message and "canary" not in f"{error.message} {error.next_step}".lower()


def test_an_invalid_line_with_our_setting_is_reported_others_are_ignored(tmp_path: Path) -> None:
    put(tmp_path, ".env", b'some words\nKIE_API_KEY="sk-0123456789\n')
    with pytest.raises(ConfigError, match=r"^\.env cannot be read from line 2 on\.") as caught:
        config.load(tmp_path, {})
    assert "0123456789" not in caught.value.message
    put(tmp_path, ".env", b"some words\nKIE_API_KEY=sk-1\n")
    assert config.load(tmp_path, {}).kie_api_key == "sk-1"


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ('[auth]\nclient_id = "x"\nKAIMEDIA_ACCESS = "open"\n', "auth"),
        ('[auth.google]\nKAIMEDIA_ACCESS = "open"\n', "auth.google"),
        ('[[list]]\nKAIMEDIA_ACCESS = "open"\n', "list"),
        ('[auth]\nx = { KAIMEDIA_ACCESS = "open" }\n', "auth.x"),
    ],
)
def test_our_setting_in_a_table_is_an_error(tmp_path: Path, text: str, table: str) -> None:
    put(tmp_path, ".streamlit/secrets.toml", text.encode())
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path, {})
    assert caught.value.setting == "KAIMEDIA_ACCESS"
    first = table.partition(".")[0]
    assert caught.value.message.endswith(f"is below [{table}] in .streamlit/secrets.toml; move it above [{first}].")
    assert "Secrets" in caught.value.next_step


def test_toml_lists_and_booleans_are_read(tmp_path: Path) -> None:
    text = 'KAIMEDIA_ALLOWED_HOSTS = ["a.example", "b.example"]\nKAIMEDIA_ENGINE = false\n'
    put(tmp_path, ".streamlit/secrets.toml", text.encode())
    loaded = config.load(tmp_path, {})
    assert loaded.allowed_hosts == ("a.example", "b.example") and not loaded.engine_is_on
    put(tmp_path, ".streamlit/secrets.toml", b"KIE_API_KEY = 2026-01-01\n")
    with pytest.raises(ConfigError, match="KIE_API_KEY"):
        config.load(tmp_path, {})


def test_the_projects_secrets_win_over_those_in_home(tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "root"
    for folder in (home, root):
        (folder / ".streamlit").mkdir(parents=True)
    put(home, ".streamlit/secrets.toml", b'KIE_API_KEY = "home"\nKAIMEDIA_POLL_S = 3\n')
    put(root, ".streamlit/secrets.toml", b'KIE_API_KEY = "project"\n')
    origins = config_sources.read_origins(root, {"HOME": str(home)})
    assert (origins["KIE_API_KEY"].value, origins["KIE_API_KEY"].source) == ("project", "secrets.toml")
    assert (origins["KAIMEDIA_POLL_S"].value, origins["KAIMEDIA_POLL_S"].source) == ("3", "~/.streamlit/secrets.toml")
    put(root, ".env", b"KIE_API_KEY=dotenv\n")
    # Streamlit copies the secrets file into the environment: that must not make it win over `.env`.
    copied = {"HOME": str(home), "KIE_API_KEY": "project"}
    assert config_sources.read_origins(root, copied)["KIE_API_KEY"].value == "dotenv"
    assert config_sources.unknown_names(root, copied) == []
    put(root, ".env", b"KAIMEDIA_ACESS=open\n")
    assert config_sources.unknown_names(root, {}) == ["KAIMEDIA_ACESS"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("KAIMEDIA_MEDIA_URI", "did you mean KAIMEDIA_MEDIA_URL?"),
        ("KAIMEDIA_ACESS", "did you mean KAIMEDIA_ACCESS?"),
        ("KIE_APIKEY", "did you mean KIE_API_KEY?"),
        ("KAIMEDIA_X", "has no effect."),
    ],
)
def test_a_misspelled_setting_is_known_with_what_was_meant(tmp_path: Path, name: str, meant: str) -> None:
    put(tmp_path, ".streamlit/secrets.toml", f'{name} = "x"\nKAIMEDIA_POLL_S = 2\n'.encode())
    loaded = config.load(tmp_path, {})
    assert loaded.unknown == (name,) and config_sources.unknown_text(name).endswith(meant)


def test_doctor_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    put(tmp_path, ".streamlit/secrets.toml", b'[auth]\nKAIMEDIA_ACCESS = "open"\n')
    (finding,) = doctor.inspect().findings
    assert not finding.is_well and "~/.streamlit/secrets.toml" in finding.detail and "[auth]" in finding.detail


@pytest.mark.parametrize("form", [*READ.values(), *REFUSED.values()], ids=[*READ, *REFUSED])
def test_streamlit_does_not_get_files_it_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Form
) -> None:
    path = put(tmp_path, ".streamlit/secrets.toml", form(SECRETS))
    options: dict[str, list[str]] = {streamlit_secrets.OPTION: [str(path), str(tmp_path / "none" / "secrets.toml")]}
    monkeypatch.setattr(streamlit_secrets.config, "get_option", options.__getitem__)
    monkeypatch.setattr(streamlit_secrets.config, "set_option", options.__setitem__)
    found = streamlit_secrets.rescued()
    for left in map(Path, options[streamlit_secrets.OPTION]):
        assert not left.exists() or tomllib.loads(left.read_text(encoding="utf-8"))
    if form in READ.values() and str(path) not in options[streamlit_secrets.OPTION]:
        assert found["auth"] == {"client_id": "x"}


def filled_in(text: str) -> str:
    """The lines with a value in place of each example text."""
    for example in EXAMPLE_TEXTS:
        text = text.replace(f'"{example}"', '"a value of its own, and a long one"')
    return text


@pytest.mark.parametrize("example", EXAMPLE_TEXTS)
def test_an_example_text_is_refused_by_the_name_of_its_setting(tmp_path: Path, example: str) -> None:
    for line, name in (
        (f'KAIMEDIA_SECRET_KEY = "{example}"', "KAIMEDIA_SECRET_KEY"),
        (f'AWS_ACCESS_KEY_ID = "{example}"', "AWS_ACCESS_KEY_ID"),
        (f'KAIMEDIA_ACCESS = "login"\n[auth]\ncookie_secret = "{example}"', "cookie_secret"),
        (f'KAIMEDIA_ACCESS = "login"\n[auth.google]\nclient_id = "{example}"', "client_id"),
    ):
        put(tmp_path, ".streamlit/secrets.toml", line.encode())
        with pytest.raises(ConfigError) as caught:
            config.load(tmp_path, {})
        assert name in caught.value.message and "text of the example" in caught.value.message
    with pytest.raises(ConfigError):
        config.load(Path("/nowhere"), {"KIE_API_KEY": example})


def test_an_example_of_sign_in_that_nobody_uses_is_left_alone(tmp_path: Path) -> None:
    put(tmp_path, ".streamlit/secrets.toml", f'[auth]\ncookie_secret = "{EXAMPLE_TEXTS[0]}"'.encode())
    config.load(tmp_path, {"KAIMEDIA_ACCESS": "local"})
    with pytest.raises(ConfigError, match="cookie_secret"):
        config.load(tmp_path, {"KAIMEDIA_ACCESS": "login"})


def test_what_kubernetes_sets_for_a_service_is_no_typo(tmp_path: Path) -> None:
    names = ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_80_TCP", "PORT_80_TCP_ADDR")
    set_by_kubernetes = {f"KAIMEDIA_APP_{name}": "10.0.0.1" for name in names}
    assert config_sources.unknown_names(tmp_path, set_by_kubernetes | {"KAIMEDIA_PORTS": "1"}) == ["KAIMEDIA_PORTS"]


def test_the_example_is_valid_and_has_only_existing_settings(tmp_path: Path) -> None:
    text = (ROOT / ".streamlit" / "secrets.toml.example").read_text(encoding="utf-8")
    names = ("# KAIMEDIA_", "# KIE_", "# AWS_")
    whole = "\n".join(line.removeprefix("# ") if line.startswith(names) else line for line in text.splitlines())
    whole = filled_in(whole)
    put(tmp_path, ".streamlit/secrets.toml", whole.encode())
    loaded = config.load(tmp_path, {})
    assert loaded.access == "login" and loaded.allowed_emails == ("ada@example.org", "@team.example")
    assert config_sources.unknown_names(tmp_path, {}) == []
    assert list(tomllib.loads(whole))[-1] == "auth"


def test_the_secrets_in_the_documents_are_complete_and_in_order(tmp_path: Path) -> None:
    """What a person pastes keeps everything elsewhere; the table comes last."""
    guide = (ROOT / "docs" / "community-cloud.md").read_text(encoding="utf-8")
    blocks = [textwrap.dedent(block) for block in re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)]
    first, keep, login, table = blocks
    whole = filled_in("\n".join([login.replace("# KIE_API_KEY", "KIE_API_KEY"), keep, table]))
    put(tmp_path, ".streamlit/secrets.toml", whole.encode())
    loaded = config.load(tmp_path, {"KAIMEDIA_DISK": "temporary"})
    assert loaded.access == "login" and loaded.kie_api_key and loaded.secret_key and len(loaded.allowed_emails) == 2
    assert not loaded.loses_database and not loaded.loses_media
    assert config_sources.unknown_names(tmp_path, {}) == [] and list(tomllib.loads(whole))[-1] == "auth"
    put(tmp_path, ".streamlit/secrets.toml", first.encode())
    loaded = config.load(tmp_path, {})
    assert (loaded.access, loaded.provider) == ("open", "sandbox")
    assert first.strip() == access_guide.choices("your-app.streamlit.app")[0].secrets_text.strip()
