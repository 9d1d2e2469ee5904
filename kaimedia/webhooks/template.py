"""Formats of chat services, as data files: what body each wants for an event."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kaimedia.domain.webhook import STANDARD_FORMAT, WebhookEvent

FOLDER = Path(__file__).resolve().parent / "templates"
NAMES = frozenset({"title", "model", "prompt", "links", "link", "error", "next_step"})  # in texts, without "text"
LINKS = frozenset({"links", "link"})  # never shortened: one that does not fit is left out
MOST_VALUE_CHARS = 200  # of one value from outside: a prompt may be very long
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_DISCORD = re.compile(r"([\\*_~`|>#\[\]()<:-])")
_AFTER_AT = "@\u200b"  # a zero-width space: then it is no mention


class Template(BaseModel):
    """One format. Texts are filled in first, escaped value by value; then `{text}` in body and headers.

    A `body` of None sends the text alone. A line or header that is empty once filled in is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    content_type: str
    escape: Literal["none", "discord", "slack"]
    most_chars: int = Field(ge=500)
    titles: dict[WebhookEvent, str]
    texts: dict[WebhookEvent, str]
    body: dict[str, Any] | None = None
    headers: dict[str, str] = {}

    @model_validator(mode="after")
    def _is_complete(self) -> Template:
        if set(self.titles) != set(WebhookEvent) or set(self.texts) != set(WebhookEvent):
            raise ValueError("needs a title and a text for every event")
        for text in (*self.texts.values(), *self.headers.values()):
            if unknown := set(_PLACEHOLDER.findall(text)) - NAMES:
                raise ValueError(f"unknown placeholder: {', '.join(sorted(unknown))}")
        return self

    def render(self, event: WebhookEvent, values: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
        """Body and headers. `values` has every name of `NAMES` but the title; `links` are separated by spaces."""
        plain = {name: _one_line(value) for name, value in values.items() if name not in LINKS}
        plain |= {"title": self.titles[event], "link": values["link"] if len(values["link"]) <= self.most_chars else ""}
        links = _CONTROL.sub(" ", values["links"]).split()
        text = self._text(event, plain, links)
        while links and len(text) > self.most_chars:
            links.pop()
            text = self._text(event, plain, links)
        text = text[: self.most_chars]
        headers = {name: _filled(value, {**plain, "links": " ".join(links)}) for name, value in self.headers.items()}
        body = text if self.body is None else json.dumps(_with_text(self.body, text), ensure_ascii=False)
        found = {name: value for name, value in headers.items() if value and value.isascii() and value.isprintable()}
        return body.encode(), {"Content-Type": self.content_type, **found}

    def _text(self, event: WebhookEvent, plain: Mapping[str, str], links: Sequence[str]) -> str:
        escape = _ESCAPES[self.escape]
        shown = {name: value if name in LINKS else escape(value) for name, value in plain.items()}
        lines = _filled(self.texts[event], {**shown, "links": " ".join(links)}).splitlines()
        return "\n".join(line for line in lines if line.strip())


@functools.cache
def template(name: str) -> Template:
    """The template of that name, read once.

    Raises:
        KeyError: there is none.
    """
    file = FOLDER / f"{name}.toml"
    if name not in _names():
        raise KeyError(name)
    return Template.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))


def formats() -> tuple[str, ...]:
    """Every format, the standard one first."""
    return (STANDARD_FORMAT, *_names())


@functools.cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _with_text(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {name: _with_text(each, text) for name, each in value.items()}
    return text if value == "{text}" else value


def _one_line(value: str) -> str:
    line = _CONTROL.sub(" ", value).strip()
    return line if len(line) <= MOST_VALUE_CHARS else f"{line[: MOST_VALUE_CHARS - 1]}…"


def _discord(value: str) -> str:
    return _DISCORD.sub(r"\\\1", value).replace("@", _AFTER_AT)


def _slack(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_ESCAPES: Mapping[str, Callable[[str], str]] = {"none": str, "discord": _discord, "slack": _slack}
