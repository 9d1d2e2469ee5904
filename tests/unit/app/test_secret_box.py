"""The secret box: encryption, file permissions, one key for processes that start together."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kaimedia.errors import ConfigError
from kaimedia.security.secret_box import SecretBox
from tests.conftest import ROOT


def test_seal_and_unseal(tmp_path: Path) -> None:
    secret_box = SecretBox.open(None, tmp_path / "deep" / "secret.key")
    sealed = secret_box.seal("kie-key-123")
    assert "kie-key" not in sealed
    assert SecretBox.open(None, tmp_path / "deep" / "secret.key").unseal(sealed) == "kie-key-123"
    assert (tmp_path / "deep" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_folder_created_by_the_app_is_private(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key_file = tmp_path / "data" / "secret.key"
    SecretBox.open(None, key_file)
    SecretBox.open(None, key_file)
    assert key_file.parent.stat().st_mode & 0o777 == 0o700 and not caplog.text
    key_file.chmod(0o640)
    SecretBox.open(None, key_file)
    assert "secret.key can be read by other users" in caplog.text and str(tmp_path) not in caplog.text


def test_another_key_cannot_read_it(tmp_path: Path) -> None:
    sealed = SecretBox.open("one passphrase", tmp_path / "x").seal("kie-key-123")
    assert SecretBox.open("another", tmp_path / "x").unseal(sealed) is None
    assert SecretBox.open("another, one passphrase", tmp_path / "x").unseal(sealed) == "kie-key-123"
    assert not (tmp_path / "x").exists()


def test_processes_that_start_together_create_one_key(tmp_path: Path) -> None:
    code = "import sys, pathlib; from kaimedia.security.secret_box import SecretBox\n"
    code += "SecretBox.open(None, pathlib.Path(sys.argv[1]))"
    path = tmp_path / "secret.key"
    racers = [subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT) for _ in range(8)]
    assert [racer.wait() for racer in racers] == [0] * 8
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret.key"]
    SecretBox.open(None, path).seal("works")


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
def test_an_unusable_key_file_is_reported_and_left_alone(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / "secret.key"
    sealed = SecretBox.open(None, tmp_path / "good.key").seal("kie-key-123")
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    secret_box = SecretBox.open(None, path)
    assert secret_box.problem is not None and secret_box.problem.setting == "KAIMEDIA_SECRET_KEY"
    assert "secret.key" in secret_box.problem.message and str(tmp_path) not in secret_box.problem.message
    assert secret_box.unseal(sealed) is None and len(secret_box.derive("anything")) == 32
    with pytest.raises(ConfigError, match=r"secret\.key"):
        secret_box.seal("a new key")
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_restored_key_file_is_read_without_a_restart(tmp_path: Path) -> None:
    key_file = tmp_path / "secret.key"
    sealed = SecretBox.open(None, key_file).seal("kie-key-123")
    good = key_file.read_bytes()
    key_file.write_bytes(b"")
    secret_box = SecretBox.open(None, key_file)
    assert secret_box.unseal(sealed) is None and secret_box.problem is not None
    key_file.write_bytes(good)
    assert secret_box.unseal(sealed) == "kie-key-123" and secret_box.problem is None
    assert secret_box.unseal(secret_box.seal("another")) == "another"
