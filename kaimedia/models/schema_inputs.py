"""Which fields of a schema are links to files, of which kind, and what they are for: by name, format and default."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaimedia.domain import InputKind, Modality, Role
from kaimedia.models.schema_node import Node

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_MOST_FILES = 10  # ours, where a list has no limit
_LINK_ENDINGS = frozenset({"url", "urls", "uri", "uris"})
# Words that end the name of a field for a file, where it does not end in "url".
_FILE_ENDINGS = frozenset(
    {"image", "images", "video", "videos", "audio", "frame", "photo", "picture", "mask", "input", "inputs", "clip"}
)
_NO_MEDIA = frozenset({"link", "document", "page", "web", "site", "webhook", "callback", "pdf", "lora"})
_SHOWN = frozenset({"image", "images", "img", "photo", "photos", "picture", "pictures", "frame", "frames"})
_KINDS: Sequence[tuple[InputKind, frozenset[str]]] = (
    (InputKind.IMAGE, frozenset({"mask"})),
    (InputKind.VIDEO, frozenset({"video", "videos", "clip", "clips", "movie"})),
    (InputKind.AUDIO, frozenset({"audio", "audios", "sound", "speech", "voice", "music", "song"})),
    (InputKind.IMAGE, _SHOWN | {"portrait", "face", "avatar", "character", "style"}),
)
_ROLES: Mapping[InputKind, Mapping[str, Role]] = {
    InputKind.IMAGE: {
        "mask": Role.MASK,
        "first": Role.FIRST_FRAME,
        "start": Role.FIRST_FRAME,
        "last": Role.LAST_FRAME,
        "end": Role.LAST_FRAME,
        "tail": Role.LAST_FRAME,
        "style": Role.STYLE,
        "portrait": Role.PORTRAIT,
        "face": Role.PORTRAIT,
        "avatar": Role.PORTRAIT,
        "character": Role.CHARACTER,
        "reference": Role.REFERENCE,
        "references": Role.REFERENCE,
    },
    InputKind.VIDEO: {
        "driving": Role.DRIVING_VIDEO,
        "motion": Role.DRIVING_VIDEO,
        "reference": Role.REFERENCE_VIDEO,
        "references": Role.REFERENCE_VIDEO,
    },
    InputKind.AUDIO: {"reference": Role.REFERENCE_AUDIO, "references": Role.REFERENCE_AUDIO},
}
_OTHER_ROLES: Mapping[InputKind, tuple[Role, ...]] = {
    InputKind.IMAGE: (Role.REFERENCE, Role.SOURCE, Role.STYLE, Role.CHARACTER, Role.PORTRAIT),
    InputKind.VIDEO: (Role.SOURCE_VIDEO, Role.REFERENCE_VIDEO, Role.DRIVING_VIDEO),
    InputKind.AUDIO: (Role.AUDIO, Role.REFERENCE_AUDIO),
}
# Ours, because schemas say little about files.
_FILES: Mapping[InputKind, Mapping[str, Any]] = {
    InputKind.IMAGE: {"accept": ["image/jpeg", "image/png", "image/webp"], "max_bytes": 10_000_000},
    InputKind.VIDEO: {"accept": ["video/mp4", "video/quicktime"], "max_bytes": 50_000_000},
    InputKind.AUDIO: {"accept": ["audio/mpeg", "audio/wav"], "max_bytes": 15_000_000},
}


@dataclass(frozen=True, slots=True)
class FileField:
    """A field for links to files; `own_role` is the role its name says, None where it says none."""

    name: str
    kind: InputKind
    own_role: Role | None
    node: Node
    is_required: bool

    def entry(self, role: Role) -> dict[str, Any]:
        """The field as data files have it."""
        is_list = self.node.type == "array"
        least = max(1, self.node.count("minItems") or 0) if self.is_required else 0
        most = (self.node.count("maxItems") or _MOST_FILES) if is_list else 1
        found = {
            "name": self.name,
            "is": "input",
            "type": self.node.type,
            "media": self.kind.value,
            "roles": [role.value],
            "required": self.is_required,
            "min_items": min(least, most),
            "max_items": most,
            **_FILES[self.kind],
        }
        if self.own_role is not role and role not in (Role.SOURCE, Role.REFERENCE, Role.FIRST_FRAME):
            found["label"] = " ".join(words(self.name)).removesuffix(" url").removesuffix(" urls").capitalize()
        return found | ({"help": self.node.text} if self.node.text else {})


def words(name: str) -> list[str]:
    """ "firstFrame_url" as first, frame, url."""
    return [word.lower() for word in _WORDS.findall(name)]


def file_field(name: str, node: Node, *, is_required: bool) -> FileField | None:
    """The field, if it takes links to images, videos or sound."""
    link = node.items if node.type == "array" else node
    if link is None or link.type != "string" or link.values:
        return None
    parts = words(name)
    kind = next((kind for kind, known in _KINDS if known & set(parts)), None)
    says_link = bool(parts) and parts[-1] in _LINK_ENDINGS
    says_link = says_link or link.keywords.get("format") in ("uri", "url", "uri-reference") or _is_link(node)
    is_file = says_link or (kind is not None and parts[-1] in _FILE_ENDINGS and "maxLength" not in link.keywords)
    described_as = set(words(f"{node.text} {link.text}"))
    if not is_file or _NO_MEDIA & set(parts) or (kind is None and _NO_MEDIA & described_as):
        return None
    kind = kind or next((kind for kind, known in _KINDS if known & described_as), InputKind.IMAGE)
    own = next((role for word, role in _ROLES[kind].items() if word in parts), None)
    return FileField(name, kind, own, node, is_required)


def _is_link(node: Node) -> bool:
    default = node.keywords.get("default")
    first = default[0] if isinstance(default, list) and default else default
    return isinstance(first, str) and first.startswith(("http://", "https://"))


def with_roles(fields: Sequence[FileField], modality: Modality) -> tuple[list[dict[str, Any]], list[FileField]]:
    """The entries of the fields, each with a role of its own; and those for which no role is left."""
    taken: set[Role] = set()
    chosen: dict[str, Role] = {}
    for field in sorted(fields, key=lambda each: each.own_role is None):
        role = next((role for role in _wanted(field, modality) if role not in taken), None)
        if role is not None:
            chosen[field.name] = role
            taken.add(role)
    found = [field.entry(chosen[field.name]) for field in fields if field.name in chosen]
    return found, [field for field in fields if field.name not in chosen]


def _wanted(field: FileField, modality: Modality) -> list[Role]:
    """The roles a field may have, the most likely first."""
    wanted = [] if field.own_role is None else [field.own_role]
    if field.kind is InputKind.IMAGE and field.node.type != "array":
        wanted.append(Role.FIRST_FRAME if modality is Modality.VIDEO else Role.SOURCE)
    return [*wanted, *_OTHER_ROLES[field.kind]]
