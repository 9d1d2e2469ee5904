"""A setting added from outside: read, masked and hidden like those that ship with the product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kaimedia import config as configuration
from kaimedia import config_settings, config_sources, doctor, log
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.providers import registry
from tests.pictureworks.entry import PICTUREWORKS
from tests.pictureworks.extension import KEY, registered
from tests.pictureworks.service import KEY as ACCEPTED
from tests.pictureworks.service import running

CANARY = "pictureworks-canary-of-the-log"


@pytest.fixture
def added() -> Iterator[None]:
    with registered():
        yield


def test_its_prefix_counts_only_while_it_is_there(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PICTUREWORKS_API_KEY=x\nPICTUREWORKS_APIKEY=y\n")
    assert config_sources.unknown_names(tmp_path, {}) == []
    with registered():
        assert "PICTUREWORKS_" in config_settings.prefixes()
        assert config_sources.unknown_names(tmp_path, {}) == ["PICTUREWORKS_APIKEY"]
        assert config_sources.read_origins(tmp_path, {})[KEY.name].value == "x"
    assert KEY.name not in config_sources.read_origins(tmp_path, {})


def test_it_may_be_in_the_secrets_file(added: None, tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text('PICTUREWORKS_API_KEY = "x"\n')
    assert config_sources.read_origins(tmp_path, {})[KEY.name].source == "secrets.toml"


def test_it_is_masked(added: None) -> None:
    assert configuration.masked(KEY.name, CANARY) == "•••• -log"


def test_it_is_hidden_from_the_log_before_it_is_used(
    added: None, tmp_path: Path, config: Config, open_test_context: Callable[..., AppContext]
) -> None:
    loaded = configuration.load(tmp_path, {KEY.name: CANARY, "KIE_WEBHOOK_HMAC_KEY": "hmac-canary-of-the-log"})
    open_test_context(replace(loaded, sandbox_url=config.sandbox_url), run_engine=False)
    assert log.redact(f"{CANARY} hmac-canary-of-the-log") == "[cut] [cut]"


def _finding(monkeypatch: pytest.MonkeyPatch, folder: Path, **environment: str) -> doctor.Finding:
    for name, value in {"KAIMEDIA_DATA": str(folder), **environment}.items():
        monkeypatch.setenv(name, value)
    return next(each for each in doctor.inspect().findings if each.what == PICTUREWORKS.label)


def test_doctor_reports_its_key(added: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = _finding(monkeypatch, tmp_path)
    assert missing.is_well  # just not used
    assert missing.detail == "No PictureWorks key is set. Set PICTUREWORKS_API_KEY and restart."
    with running():
        refused = _finding(monkeypatch, tmp_path, **{KEY.name: CANARY})
        found = _finding(monkeypatch, tmp_path, **{KEY.name: ACCEPTED})
    assert (refused.is_well, refused.detail) == (False, "PictureWorks rejected the key.")
    assert (found.is_well, found.detail) == (True, "accepts the key from environment; 500.0 credits")
    registry.register(replace(PICTUREWORKS, reports_balance=False))
    unchecked = _finding(monkeypatch, tmp_path, **{KEY.name: CANARY})
    assert (unchecked.is_well, unchecked.detail) == (True, "a key is set (environment); no free call can check it")
    excluded = _finding(monkeypatch, tmp_path, KAIMEDIA_PROVIDER="sandbox")
    assert excluded.is_well and "KAIMEDIA_PROVIDER is sandbox" in excluded.detail
