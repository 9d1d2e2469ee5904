"""Encrypts the saved provider key; the encrypting key lives outside the database."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import logging
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from kaimedia.errors import ConfigError

log = logging.getLogger(__name__)


class SecretBox:
    """Fernet encryption with one or more keys: the first encrypts, all decrypt."""

    def __init__(
        self, keys: list[bytes], *, problem: ConfigError | None = None, unread_file: Path | None = None
    ) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._first = keys[0]
        self._problem = problem
        self._unread_file = unread_file

    @property
    def problem(self) -> ConfigError | None:
        """Why nothing can be encrypted or decrypted; None once the key file is readable again."""
        if self._unread_file is not None:
            with contextlib.suppress(OSError, ValueError):
                self._fernet = MultiFernet([Fernet(self._unread_file.read_bytes().strip())])
                self._problem = self._unread_file = None
                log.info("the secret key file can be read again")
        return self._problem

    @classmethod
    def open(cls, configured: str | None, key_file: Path) -> SecretBox:
        """Use the configured keys (comma-separated; any text or Fernet keys), else the key file, made if missing.

        An unusable key file is left alone: `problem` is set until it can be read. `derive` uses a temporary key then,
        for as long as this process runs. Everything that needs no saved key works.
        """
        if configured:
            return cls([_as_fernet_key(part.strip()) for part in configured.split(",") if part.strip()])
        try:
            return cls([_read_or_make(key_file)])
        except OSError as error:
            reason = f"cannot be read or created: {error.strerror}"  # without the path
        except ValueError:
            reason = "does not hold a key"
        problem = ConfigError(
            f"The secret key file {key_file.name} {reason}.",
            setting="KAIMEDIA_SECRET_KEY",
            next_step=f"Restore {key_file.name} from your backup, or move it away: the next start makes a new "
            "one, and you enter the provider key again. Or set KAIMEDIA_SECRET_KEY.",
        )
        log.error("%s %s", problem.message, problem.next_step)
        return cls([Fernet.generate_key()], problem=problem, unread_file=key_file)

    def seal(self, text: str) -> str:
        """Encrypt a text.

        Raises:
            ConfigError: there is a `problem`; ciphertext made now could not be read after a restart.
        """
        if (problem := self.problem) is not None:
            raise problem.with_traceback(None)
        return self._fernet.encrypt(text.encode()).decode()

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for another purpose; the same key and purpose always give the same result."""
        return hmac.new(self._first, purpose.encode(), hashlib.sha256).digest()

    def unseal(self, ciphertext: str) -> str | None:
        """Decrypt a text; None if it was encrypted with another key or tampered with."""
        if self.problem is not None:
            return None
        try:
            return self._fernet.decrypt(ciphertext.encode()).decode()
        except InvalidToken:
            return None


def _as_fernet_key(text: str) -> bytes:
    try:
        if len(base64.urlsafe_b64decode(text)) == 32:
            return text.encode()
    except ValueError:
        pass
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())


def _read_or_make(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written under another name and then linked, so that processes starting at once all get the same complete key.
    temp = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    if not path.exists():
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temp, path)
        temp.unlink()
    elif os.name == "posix" and path.stat().st_mode & 0o077:
        log.warning("%s can be read by other users of this machine; run `chmod 600` on it", path.name)
    return path.read_bytes().strip()
