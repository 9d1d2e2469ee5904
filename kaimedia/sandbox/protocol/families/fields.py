"""Checks of one request's fields, with the wire's own error messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kaimedia.sandbox.protocol.replies import Refused


def cannot_be_empty(name: str) -> Refused:
    """The reply of dedicated endpoints, and of some models on jobs."""
    return Refused(422, f"{name} cannot be empty")


def is_required_nameless(name: str) -> Refused:
    """The reply of most models on jobs: it does not say which field."""
    return Refused(500, "This field is required")


class Fields:
    """The fields of one request.

    `enum_code` and `length_code` are this family's codes for a value that is not in its list and for a text
    that is too long: 422 on dedicated endpoints, 500 on jobs. `missing` says what is replied when a field of that name
    is required.
    """

    def __init__(
        self,
        body: Mapping[str, Any],
        *,
        enum_code: int = 422,
        length_code: int = 422,
        missing: Callable[[str], Refused] = cannot_be_empty,
    ) -> None:
        self.body = body
        self.missing = missing
        self._enum_code = enum_code
        self._length_code = length_code

    def text(self, name: str, *, required: bool = False, max_chars: int | None = None) -> str:
        """A string field, empty when missing."""
        value = self.body.get(name)
        if value is None or value == "":
            if required:
                raise self.missing(name)
            return ""
        if not isinstance(value, str):
            raise Refused(422, f"{name} must be a string")
        if required and not value.strip():
            raise self.missing(name)
        if max_chars is not None and len(value) > max_chars:
            raise Refused(self._length_code, "The text length cannot exceed the maximum limit")
        return value

    def choice(self, name: str, values: Sequence[str], *, default: str | None = None) -> str:
        """A string from a list; required when it has no default."""
        value = self.text(name, required=default is None) or default or ""
        if value not in values:
            raise Refused(self._enum_code, f"{name} is not within the range of allowed options")
        return value

    def whole(self, name: str, values: Sequence[int], *, default: int | None = None, accepts_text: bool = False) -> int:
        """An integer from a list; required when it has no default."""
        value = self.body.get(name)
        if value is None:
            if default is None:
                raise self.missing(name)
            return default
        if accepts_text and isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(422, f"{name} must be an integer")
        if value not in values:
            raise Refused(self._enum_code, f"{name} is not within the range of allowed options")
        return value

    def number(self, name: str, low: float, high: float) -> None:
        """A number within bounds, if present."""
        value = self.body.get(name)
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refused(422, f"{name} must be a number")
        if not low <= value <= high:
            raise Refused(self._enum_code, f"{name} is not within the range of allowed options")

    def flags(self, *names: str) -> None:
        """Fields that are true or false, if present."""
        for name in names:
            if self.body.get(name) is not None and not isinstance(self.body[name], bool):
                raise Refused(422, f"{name} must be a boolean")

    def urls(self, name: str, *, most: int, required: bool = False) -> tuple[str, ...]:
        """A list of links."""
        value = self.body.get(name)
        if value is None or value == []:
            if required:
                raise self.missing(name)
            return ()
        if not isinstance(value, list) or not all(isinstance(url, str) for url in value):
            raise Refused(422, f"{name} must be a list of strings")
        if len(value) > most:
            raise Refused(422, f"{name} takes at most {most} links")
        return tuple(self._link(name, url) for url in value)

    def url(self, name: str, *, required: bool = False) -> str:
        """One link, empty when missing."""
        value = self.text(name, required=required)
        return self._link(name, value) if value else ""

    @staticmethod
    def _link(name: str, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise Refused(422, f"{name} must be a public http or https link")
        return url
