"""The provider key: checked once, put into one header, cut from everything else."""

from __future__ import annotations

from kaimedia.errors import ConfigError
from kaimedia.kie.redaction import cut_secrets

_LONG_CHARS = 20


class Key:
    """The provider key. Its text never shows in `repr` or in an error.

    Raises:
        ConfigError: it is empty or has characters that no key has; the error does not repeat it.
    """

    def __init__(self, text: str) -> None:
        text = text.strip()
        # A key that breaks the header would be repeated in the error about it.
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise ConfigError("The provider key is empty or has characters that no key has.", setting="KIE_API_KEY")
        self._text = text

    @property
    def header(self) -> dict[str, str]:
        """The header both hosts want."""
        return {"Authorization": f"Bearer {self._text}"}

    def cut(self, text: str) -> str:
        """The text without the key and without anything shaped like a secret."""
        return cut_secrets(text, self._text)

    def cut_body(self, body: bytes) -> bytes:
        """A reply without the key: before its texts are shortened, so that no half of the key stays.

        A short key is left in: it might be a part of innocent data.
        """
        return body.replace(self._text.encode("ascii"), b"***") if len(self._text) >= _LONG_CHARS else body
