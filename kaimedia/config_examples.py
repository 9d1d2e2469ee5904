"""The texts that stand for a value in our documents and examples, and must not be used as one: everyone knows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kaimedia.errors import ConfigError

EXAMPLE_TEXTS = (
    "a long random text",
    "a long random text; changing it signs everyone out",
    "at least 20 random characters",
    "from your bucket",
    "from kie.ai",
    "from your identity provider",
)


def refuse(name: str, value: object) -> None:
    """Refuse a value that was copied from an example.

    Raises:
        ConfigError: names the setting.
    """
    if isinstance(value, str) and value.strip() in EXAMPLE_TEXTS:
        raise ConfigError(
            f"{name} still has the text of the example.", setting=name, next_step="Put your own value in its place."
        )


def refuse_in_sign_in(auth: object) -> None:
    """The same for everything in the table `[auth]`: whoever knows its cookie secret could sign in as anyone."""
    for name, value in _values(auth):
        refuse(f"{name} in [auth]", value)


def _values(table: object) -> Iterator[tuple[str, object]]:
    if isinstance(table, Mapping):
        for name, value in table.items():
            yield str(name), value
            yield from _values(value)
