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


class Vault:
    """Fernet encryption with one key or several (comma list: the first writes, all read)."""

    def __init__(
        self, keys: list[bytes], *, problem: ConfigError | None = None, unread_file: Path | None = None
    ) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._first = keys[0]
        self._problem = problem
        self._unread_file = unread_file

    @property
    def problem(self) -> ConfigError | None:
        """Why nothing can be sealed, and nothing sealed before can be read; None once the key file is back."""
        if self._unread_file is not None:
            with contextlib.suppress(OSError, ValueError):
                self._fernet = MultiFernet([Fernet(self._unread_file.read_bytes().strip())])
                self._problem = self._unread_file = None
                log.info("the secret key file can be read again")
        return self._problem

    @classmethod
    def open(cls, configured: str | None, key_file: Path) -> Vault:
        """Use the configured key (any text; Fernet keys as they are), else the key file, made when missing.

        A key file that cannot be used is left as it is: the vault has a `problem` until it can, and until then a key
        of its own, which `derive` keeps for as long as this process lives. Everything that needs no saved key works.
        """
        if configured:
            return cls([_as_fernet_key(part.strip()) for part in configured.split(",") if part.strip()])
        try:
            return cls([_read_or_make(key_file)])
        except OSError as error:
            reason = f"cannot be read or made: {error.strerror}"  # without the folder
        except ValueError:
            reason = "does not hold a key"
        problem = ConfigError(
            f"The secret key file {key_file.name} {reason}.",
            setting="KAIMEDIA_SECRET_KEY",
            next_step=f"Put {key_file.name} back from where you keep it, or move it away: the next start makes a new "
            "one, and the provider key is entered again. Or set KAIMEDIA_SECRET_KEY.",
        )
        log.error("%s %s", problem.message, problem.next_step)
        return cls([Fernet.generate_key()], problem=problem, unread_file=key_file)

    def seal(self, text: str) -> str:
        """The text as ciphertext.

        Raises:
            ConfigError: nothing sealed now could be read after a restart.
        """
        if (problem := self.problem) is not None:
            raise problem.with_traceback(None)
        return self._fernet.encrypt(text.encode()).decode()

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for another purpose; the same for the same vault key and purpose."""
        return hmac.new(self._first, purpose.encode(), hashlib.sha256).digest()

    def unseal(self, ciphertext: str) -> str | None:
        """The text again, or None when it was sealed with another key or was changed."""
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
    # Written whole under another name and then linked: starters that race all end with the same key.
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    if not path.exists():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    elif os.name == "posix" and path.stat().st_mode & 0o077:
        log.warning("%s can be read by other users of this machine; `chmod 600` closes it", path.name)
    return path.read_bytes().strip()
