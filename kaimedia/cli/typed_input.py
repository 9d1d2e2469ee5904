"""One `--reference` of the command line: a file, a link or a gallery item, perhaps with a role."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kaimedia.domain import Reference, Role
from kaimedia.errors import InvalidRequest
from kaimedia.models.catalogue import all_models
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio

_LINK = re.compile(r"https?://", re.IGNORECASE)
_GALLERY = re.compile(r"media:([0-9]{1,18})")
_ROLE = re.compile(f"({'|'.join(Role)})=(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TypedInput:
    """What was typed, without its role; `data` holds the bytes of a file."""

    role: Role | None
    text: str
    data: bytes | None

    @classmethod
    def read(cls, typed: str) -> Self:
        """Parse `[ROLE=]FILE` and read a file. Raises InvalidRequest if the file cannot be read."""
        named = _ROLE.fullmatch(typed)
        role, text = (Role(named[1]), named[2]) if named else (None, typed)
        return cls(role, text, _read_file(text))

    def fingerprint(self) -> str:
        """What identifies it: a file counts by its bytes."""
        own = self.text if self.data is None else hashlib.sha256(self.data).hexdigest()
        return f"{self.role}={own}" if self.role else own

    def reference(self, spec: ModelSpec, studio: Studio) -> Reference:
        """The stored input for a model.

        Raises:
            InvalidRequest: the model takes no such input.
            MediaError: it is not usable.
            NotFound: there is no such item in the gallery.
        """
        if self.data is not None:
            return studio.references.add(spec.id, self.data, self.role)
        if number := _GALLERY.fullmatch(self.text):
            return studio.references.from_media(spec.id, int(number[1]), self.role)
        return studio.references.fetch(spec.id, self.text, self.role)


def _read_file(text: str) -> bytes | None:
    """The bytes of a file; reads only one byte more than the largest size any model takes."""
    if _LINK.match(text) or _GALLERY.fullmatch(text):
        return None
    largest = max(slot.max_bytes for spec in all_models() for slot in spec.inputs)
    try:
        with Path(text).open("rb") as file:
            return file.read(largest + 1)
    except OSError as error:
        raise InvalidRequest(f"The file “{text[:80]}” cannot be read: {error.strerror}.", field="reference") from error
