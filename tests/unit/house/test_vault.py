"""The saved key: sealed, private, one key for racing starters."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kaimedia.errors import ConfigError
from kaimedia.vault import Vault
from tests.conftest import ROOT


def test_seal_and_unseal(tmp_path: Path) -> None:
    vault = Vault.open(None, tmp_path / "deep" / "secret.key")
    sealed = vault.seal("kie-key-123")
    assert "kie-key" not in sealed
    assert Vault.open(None, tmp_path / "deep" / "secret.key").unseal(sealed) == "kie-key-123"
    assert (tmp_path / "deep" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_the_folder_is_private_when_it_is_made_here(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key_file = tmp_path / "data" / "secret.key"
    Vault.open(None, key_file)
    Vault.open(None, key_file)
    assert key_file.parent.stat().st_mode & 0o777 == 0o700 and not caplog.text
    key_file.chmod(0o640)
    Vault.open(None, key_file)
    assert "secret.key can be read by other users" in caplog.text and str(tmp_path) not in caplog.text


def test_another_key_cannot_read_it(tmp_path: Path) -> None:
    sealed = Vault.open("one passphrase", tmp_path / "x").seal("kie-key-123")
    assert Vault.open("another", tmp_path / "x").unseal(sealed) is None
    assert Vault.open("another, one passphrase", tmp_path / "x").unseal(sealed) == "kie-key-123"
    assert not (tmp_path / "x").exists()


def test_racing_starters_make_one_key(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from kaimedia.vault import Vault; Vault.open(None, Path(sys.argv[1]))"
    path = tmp_path / "secret.key"
    racers = [subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT) for _ in range(8)]
    assert [racer.wait() for racer in racers] == [0] * 8
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret.key"]
    Vault.open(None, path).seal("works")


def test_a_folder_in_place_of_the_key_file_is_told_without_the_way_there(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir(mode=0o700)
    with pytest.raises(ConfigError, match=r"secret\.key cannot be read") as caught:
        Vault.open(None, tmp_path / "secret.key")
    assert str(tmp_path) not in str(caught.value)


def test_a_damaged_key_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("not a key")
    with pytest.raises(ConfigError) as caught:
        Vault.open(None, tmp_path / "secret.key")
    assert caught.value.setting == "KAIMEDIA_SECRET_KEY"
