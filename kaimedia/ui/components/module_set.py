"""JavaScript modules that import each other: read from their files, and joined into one text where needed."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

IMPORT = re.compile(r"^import \{([^}]*)\} from '(\.{1,2}/[^']+)'\n?", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|let|class|function|async function) (\w+))", re.MULTILINE)
# What `joined` cannot translate: default and namespace imports, renamed names, lists of exports.
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
# Lines that are nothing but comment. No text of several lines in our modules has lines that begin like this.
COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:[^*]|\*(?!/))*\*/)[ \t]*\n", re.MULTILINE)
DEFAULT = re.compile(r"^export default ", re.MULTILINE)


@dataclass(frozen=True)
class ModuleSet:
    """A component's entry module and all modules it imports, directly or not.

    `texts` maps a module's path, relative to the entry's folder, to its text; what a module imports comes
    before it, so the entry is last.
    """

    entry: str
    texts: Mapping[str, str]

    def joined(self) -> str:
        """All modules as the text of one.

        Each imported module becomes a function, so that two modules may use the same name. Comments are left out:
        Streamlit sends an inline text again with every change of the component's data.
        """
        parts = ["const modules = {}", *(_wrapped(path, text) for path, text in self.texts.items())]
        return "\n".join(parts)


def read(entry: Path, *, generated: Mapping[str, str] | None = None) -> ModuleSet:
    """The modules that `entry` needs; `generated` maps the paths of modules without a file to their texts.

    Raises ValueError for an import circle and for an `import` or `export` that `ModuleSet.joined` cannot translate,
    OSError for a missing file.
    """
    known = generated or {}
    found: dict[str, str] = {}

    def visit(path: str, importers: tuple[str, ...]) -> None:
        if path in importers:
            raise ValueError(f"import circle: {' -> '.join((*importers, path))}")
        if path in found:
            return
        text = known[path] if path in known else (entry.parent / path).read_text(encoding="utf-8")
        _check(path, text, is_entry=not importers)
        for _, target in IMPORT.findall(text):
            visit(posixpath.normpath(posixpath.join(posixpath.dirname(path), target)), (*importers, path))
        found[path] = text

    visit(entry.name, ())
    return ModuleSet(entry.name, found)


def styles_module(folder: Path, first: Sequence[str] = ()) -> str:
    """A module with the constant `STYLES`: all CSS files of `folder`, those named in `first` before the others."""
    others = sorted({path.stem for path in folder.glob("*.css")} - set(first))
    styles = "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in (*first, *others))
    return f"export const STYLES = {json.dumps(styles, ensure_ascii=False)}\n"


def _check(path: str, text: str, *, is_entry: bool) -> None:
    rest = EXPORT.sub("", IMPORT.sub("", text))
    if is_entry:
        rest = DEFAULT.sub("", rest, count=1)
    if strange := OTHER.search(rest):
        raise ValueError(f"{path}: {strange[0]!r}")
    renamed = [names for names, _ in IMPORT.findall(text) if " as " in names]
    if renamed:
        raise ValueError(f"{path}: imports under another name: {renamed[0].strip()}")


def _wrapped(path: str, text: str) -> str:
    """A module's text with imports from and exports to `modules`."""

    def imported(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[2]))
        return f"const {{{match[1]}}} = modules[{json.dumps(target)}]\n"

    exported = EXPORT.findall(text)
    body = COMMENT.sub("", EXPORT.sub("", IMPORT.sub(imported, text)))
    if DEFAULT.search(body):
        return body
    return f"modules[{json.dumps(path)}] = (() => {{\n{body}return {{ {', '.join(exported)} }}\n}})()"
