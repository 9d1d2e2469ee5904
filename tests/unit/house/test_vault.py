"""The saved key: sealed, private, one key for racing starters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
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


def _folder(path: Path) -> None:
    path.mkdir(mode=0o700)


@pytest.mark.parametrize(
    "spoil",
    [
        _folder,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not a key"),
        lambda path: path.write_bytes(b"\xff\x00" * 50),
        lambda path: path.write_bytes(b"c2hvcnQ="),
    ],
    ids=["folder", "empty", "words", "bytes", "short"],
)
def test_a_key_file_that_cannot_be_used_is_said_and_left_alone(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / "secret.key"
    sealed = Vault.open(None, tmp_path / "good.key").seal("kie-key-123")
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    vault = Vault.open(None, path)
    assert vault.problem is not None and vault.problem.setting == "KAIMEDIA_SECRET_KEY"
    assert "secret.key" in vault.problem.message and str(tmp_path) not in vault.problem.message
    assert vault.unseal(sealed) is None and len(vault.derive("anything")) == 32
    with pytest.raises(ConfigError, match=r"secret\.key"):
        vault.seal("a new key")
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_key_file_that_comes_back_is_read_without_a_restart(tmp_path: Path) -> None:
    key_file = tmp_path / "secret.key"
    sealed = Vault.open(None, key_file).seal("kie-key-123")
    good = key_file.read_bytes()
    key_file.write_bytes(b"")
    vault = Vault.open(None, key_file)
    assert vault.unseal(sealed) is None and vault.problem is not None
    key_file.write_bytes(good)
    assert vault.unseal(sealed) == "kie-key-123" and vault.problem is None
    assert vault.unseal(vault.seal("another")) == "another"
