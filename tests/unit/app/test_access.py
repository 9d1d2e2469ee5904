"""Access control: host names, listening addresses, the list of users."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia import config as configuration
from kaimedia.config_examples import EXAMPLE_TEXTS
from kaimedia.config_sources import unknown_names
from kaimedia.errors import ConfigError
from kaimedia.security import access_guide
from kaimedia.security.access import (
    CLOSED,
    Access,
    Host,
    Verdict,
    Visitor,
    is_loopback,
    is_proxy_header,
    is_public_address,
    read_host,
)


def access(**settings: str) -> Access:
    environment = {f"KAIMEDIA_{name}": value for name, value in settings.items()}
    return Access.of(configuration.load(Path("/nowhere"), environment))


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("localhost", Host("localhost", None)),
        ("LocalHost:8501", Host("localhost", 8501)),
        ("127.0.0.1:80", Host("127.0.0.1", 80)),
        ("[::1]:8501", Host("::1", 8501)),
        ("a-b.example", Host("a-b.example", None)),
    ],
)
def test_hosts_are_read(text: str, host: Host) -> None:
    assert read_host(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "u@h",
        "h:",
        "h:0",
        "h:65536",
        "h:99999",
        "h:8x",
        "h/p",
        "h?",
        "h#",
        "[::1",
        "::1",
        "[h]",
        ".h",
        "h.",
        "a,b",
        "a" * 301,  # also not kept in memory
    ],
)
def test_invalid_hosts_are_none(text: str) -> None:
    assert read_host(text) is None


@given(st.text(max_size=80))
def test_reading_a_host_never_fails(text: str) -> None:
    host = read_host(text)
    assert host is None or (host.name and "@" not in host.name and "/" not in host.name)


def test_loopback_is_decided_by_address_not_by_text() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::1%lo"]))
    assert not any(
        map(is_loopback, ["0.0.0.0", "127.1", "2130706433", "127.0.0.1.evil.example", "::ffff:192.0.2.1", ""])
    )


def test_listening_addresses() -> None:
    assert all(map(is_public_address, ["0.0.0.0", "::", "192.0.2.7", "studio.example"]))
    assert not any(map(is_public_address, [None, "", "127.0.0.1", "localhost", "::1", "unix:///run/x.sock"]))


def test_a_public_address_in_the_default_mode_is_warned_about() -> None:
    warning = access().warning_for("0.0.0.0")
    assert warning is not None and "0.0.0.0" in warning and "KAIMEDIA_ACCESS" in warning
    assert access().warning_for(None) is None and access().warning_for("127.0.0.1") is None
    for mode in ("local", "login", "open"):
        assert access(ACCESS=mode).warning_for("0.0.0.0") is None


PROXY_TRACES = [
    *("X-Forwarded-For", "x-forwarded-proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"),
    *("Forwarded", "VIA", "X-Real-IP", "CF-Ray", "CF-Connecting-IP", "True-Client-IP", "X-Original-Host"),
]


def test_proxy_headers_are_recognized() -> None:
    assert all(map(is_proxy_header, PROXY_TRACES))
    assert not any(
        map(is_proxy_header, ["Host", "Accept", "Origin", "Referer", "Cookie", "User-Agent", "Sec-Fetch-Site"])
    )


@pytest.mark.parametrize("mode", [{}, {"ACCESS": "local"}, {"ALLOWED_HOSTS": "studio.example"}], ids=str)
def test_local_allows_only_this_machine_without_a_proxy(mode: dict[str, str]) -> None:
    rules = access(**mode)

    def verdict(peer: str | None = "127.0.0.1", host: str = "localhost:8501", is_proxied: bool = False) -> Verdict:
        return rules.judge(Visitor(peer, (host,), is_proxied))

    assert verdict() is Verdict.ADMITTED and verdict(peer=None) is Verdict.ADMITTED
    assert verdict(is_proxied=True) is Verdict.OTHER_MACHINE
    assert verdict(peer="192.0.2.9") is Verdict.OTHER_MACHINE
    assert verdict(host="studio.example", is_proxied=True) is Verdict.OTHER_MACHINE
    assert verdict(host="studio.example") is Verdict.UNKNOWN_HOST
    assert rules.judge(Visitor("127.0.0.1", (), False)) is Verdict.NO_HOST
    assert rules.judge(Visitor("127.0.0.1", ("localhost", "studio.example"), False)) is Verdict.NO_HOST


def test_allowed_hosts_apply_once_a_mode_is_set() -> None:
    visitor = Visitor("127.0.0.1", ("studio.example",), is_proxied=False)
    assert access(ALLOWED_HOSTS="studio.example").judge(visitor) is Verdict.UNKNOWN_HOST
    for mode in ("local", "login", "open"):
        assert access(ACCESS=mode, ALLOWED_HOSTS="studio.example").judge(visitor) is Verdict.ADMITTED


@pytest.mark.parametrize(
    ("hosts", "forwarded", "is_proxied", "shown"),
    [
        (("kai.streamlit.app",), (), True, "kai.streamlit.app"),
        (("localhost:8501",), ("kai.streamlit.app",), True, "kai.streamlit.app"),
        (("localhost:8501",), ("kai.streamlit.app",), False, access_guide.PLACEHOLDER),
        (("127.0.0.1",), ('"><script>',), True, access_guide.PLACEHOLDER),
        (("studio.example:8501",), (), False, "studio.example:8501"),
    ],
)
def test_the_guide_names_the_host_of_the_request(
    hosts: tuple[str, ...], forwarded: tuple[str, ...], is_proxied: bool, shown: str
) -> None:
    host = access_guide.shown_host(Visitor("127.0.0.1", hosts, is_proxied), forwarded)
    assert host == shown
    for choice, mode in zip(access_guide.choices(host), ("open", "login", "open"), strict=True):
        settings = tomllib.loads(choice.secrets_text)
        assert settings["KAIMEDIA_ACCESS"] == mode and settings["KAIMEDIA_ALLOWED_HOSTS"] == shown
    login = tomllib.loads(access_guide.choices(host)[1].secrets_text)
    assert (
        login["auth"]["redirect_uri"] == f"https://{shown}/oauth2callback" and len(login["auth"]["cookie_secret"]) > 30
    )


def test_the_first_choice_is_one_that_can_cost_nothing() -> None:
    text = access_guide.choices("kai.streamlit.app")[0].secrets_text
    config = configuration.load(Path("/nowhere"), {**tomllib.loads(text), "KIE_API_KEY": "a-key-set-by-mistake"})
    assert config.provider == "sandbox"


@pytest.mark.parametrize("choice", [1, 2], ids=["login", "open"])
def test_the_lines_that_keep_everything_only_need_their_marks_removed(tmp_path: Path, choice: int) -> None:
    lines = access_guide.choices("kai.streamlit.app")[choice].secrets_text.splitlines()
    names = ("# KAIMEDIA_", "# AWS_")
    text = "\n".join(line.removeprefix("# ") if line.startswith(names) else line for line in lines)
    for example in EXAMPLE_TEXTS:
        text = text.replace(f'"{example}"', '"a value of its own"')
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(text, encoding="utf-8")
    config = configuration.load(tmp_path, {"KAIMEDIA_DISK": "temporary"})
    assert not config.loses_database and not config.loses_media and config.secret_key
    assert unknown_names(tmp_path, {}) == []


LOOPBACK = [Host("localhost", 8501), Host("127.0.0.1", None), Host("::1", 1)]


def test_local_accepts_loopback_and_configured_names() -> None:
    rules = access(
        ACCESS="local",
        ALLOWED_HOSTS="studio.lan, other.lan:9000, *.wild.lan, *.far.lan:81",
        PUBLIC_URL="https://public.example",
    )
    good = [*LOOPBACK, Host("studio.lan", 1), Host("studio.lan", None), Host("other.lan", 9000), Host("a.wild.lan", 1)]
    bad = ["evil.example", "wild.lan", "notwild.lan", "xstudio.lan", "0.0.0.0", "public.example", "192.0.2.7"]
    assert all(rules.allows_host(host, "192.0.2.7") for host in good)
    assert not any(rules.allows_host(Host(name, None), "192.0.2.7") for name in bad)
    assert not rules.allows_host(Host("other.lan", 9001), None)
    assert rules.allows_host(Host("a.far.lan", 81), None) and not rules.allows_host(Host("a.far.lan", 82), None)


@pytest.mark.parametrize("mode", ["login", "open"])
def test_the_other_modes_also_accept_their_own_address(mode: str) -> None:
    rules = access(ACCESS=mode, PUBLIC_URL="https://public.example")
    assert all(rules.allows_host(host, "192.0.2.7") for host in [*LOOPBACK, Host("192.0.2.7", 8501)])
    assert rules.allows_host(Host("192.0.2.7", None), "::ffff:192.0.2.7")
    assert rules.allows_host(Host("public.example", None), None)
    assert rules.allows_host(Host("public.example", 443), None)
    for name in ("192.0.2.8", "evil.example", "0.0.0.0"):
        assert not rules.allows_host(Host(name, None), "192.0.2.7")
    assert not rules.allows_host(Host("public.example", 8501), None)


def test_users_are_admitted_by_verified_address() -> None:
    rules = access(ACCESS="login", ALLOWED_EMAILS="Ada@example.org, @team.example")
    assert rules.allows_email("ada@EXAMPLE.org", is_verified=True)
    assert rules.allows_email("who@team.example", is_verified=True)
    refused = [
        "eve@example.org",
        "x@sub.team.example",
        "who@team.example@evil.example",
        "@team.example@x",
        "ada",
        "",
        None,
    ]
    assert not any(rules.allows_email(email, is_verified=True) for email in refused)
    assert not rules.allows_email("ada@example.org", is_verified=False)


@pytest.mark.parametrize("hosts", ["https://studio.example", "*", "studio.example/x", "a b", "studio.example:x"])
def test_hosts_that_can_never_match_are_refused(hosts: str) -> None:
    with pytest.raises(ConfigError, match="KAIMEDIA_ALLOWED_HOSTS"):
        access(ALLOWED_HOSTS=f"good.example, {hosts}")


def test_emails_that_can_never_match_are_refused() -> None:
    for emails in ("ada", "ada@", "a@b@c", "ada @example.org"):
        with pytest.raises(ConfigError, match="KAIMEDIA_ALLOWED_EMAILS"):
            access(ALLOWED_EMAILS=emails)


def test_no_one_is_admitted_without_a_list() -> None:
    assert not access(ACCESS="login").allows_email("ada@example.org", is_verified=True)
    assert not CLOSED.allows_email("ada@example.org", is_verified=True)
