"""A provider's key: checked once, sent in one header, redacted everywhere else."""

from __future__ import annotations

from kaimedia.errors import ConfigError
from kaimedia.providers.http.redaction import redact_secrets

_LONG_CHARS = 20


class Key:
    """The key of the provider called `label`. Its text never appears in `repr` or in an error.

    It is sent as `Authorization: Bearer …`, or alone in the header that `header_name` names.

    Raises:
        ConfigError: it is empty or has characters that no key has; the error names `setting` and does not quote it.
    """

    def __init__(self, text: str, *, label: str, setting: str, header_name: str | None = None) -> None:
        text = text.strip()
        # A key that is not a valid header value would be quoted in the HTTP library's error.
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise ConfigError(f"The {label} key is empty or contains invalid characters.", setting=setting)
        self._text = text
        self._header_name = header_name

    @property
    def header(self) -> dict[str, str]:
        """The header to send."""
        return {self._header_name: self._text} if self._header_name else {"Authorization": f"Bearer {self._text}"}

    def redact(self, text: str) -> str:
        """The text without the key and without anything that looks like a secret."""
        return redact_secrets(text, self._text)

    def redact_body(self, body: bytes) -> bytes:
        """A reply without the key; done before its texts are shortened, so that no part of the key remains.

        A short key is left in, because it might match unrelated data.
        """
        return body.replace(self._text.encode("ascii"), b"***") if len(self._text) >= _LONG_CHARS else body
