"""Makes the font of the icons our pages can show: a tenth of Streamlit's font of all Material symbols.

    pip install fonttools brotli
    python -m tools.icon_font

Run it after using a new icon; `tests/ui/test_icon_font.py` says so. Streamlit's own files are the source, so that the
icons look the same as where a host serves none of our files.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FONT = ROOT / "static" / "fonts" / "material-symbols-rounded.woff2"
NAMES = FONT.with_suffix(".txt")
SHORTCODE = re.compile(r":material/([a-z0-9_]+):")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"


def streamlit_folder() -> Path:
    """Where Streamlit is installed."""
    found = importlib.util.find_spec("streamlit")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


def symbols() -> frozenset[str]:
    """The names of all icons that Streamlit knows."""
    from streamlit.material_icon_names import ALL_MATERIAL_ICONS

    return frozenset(ALL_MATERIAL_ICONS)


def used_names() -> frozenset[str]:
    """Every text in our code that is the name of an icon, and the icons in the scripts of Streamlit's own elements.

    Some of ours are other words; leaving one out would show its name in place of the icon.
    """
    ours = {name for folder in ("kaimedia", "pages") for path in (ROOT / folder).rglob("*.py") for name in _texts(path)}
    scripts = (streamlit_folder() / "static" / "static" / "js").glob("*.js")
    theirs = {name for path in scripts for name in SHORTCODE.findall(path.read_text(encoding="utf-8"))}
    return (ours | theirs) & symbols()


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
            yield from SHORTCODE.findall(node.value)


def main() -> int:
    """Run from the command line."""
    from fontTools import subset  # type: ignore[import-not-found]  # only for this tool, so not a dependency

    names = used_names()
    (source,) = (streamlit_folder() / "static" / "static" / "media").glob("MaterialSymbols-Rounded.*.woff2")
    options = subset.Options(flavor="woff2", layout_features=["rlig"], layout_closure=False)
    font = subset.load_font(str(source), options)
    ligatures = _ligatures(font)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=LETTERS, glyphs=[ligatures[name] for name in names if name in ligatures])
    subsetter.subset(font)
    subset.save_font(font, str(FONT), options)
    NAMES.write_text("".join(f"{name}\n" for name in sorted(names & ligatures.keys())), encoding="utf-8")
    print(f"{len(names)} icons, {FONT.stat().st_size:,} bytes; missing: {sorted(names - ligatures.keys())}")
    return 0


def _ligatures(font: object) -> dict[str, str]:
    """The glyph of each name, which the font draws in place of the name's letters."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}  # type: ignore[attr-defined]
    found = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:  # type: ignore[index]
        for extension in lookup.SubTable:
            for first, each in extension.ExtSubTable.ligatures.items():
                for ligature in each:
                    name = "".join(letters[glyph] for glyph in (first, *ligature.Component))
                    found[name] = ligature.LigGlyph
    return found


if __name__ == "__main__":
    sys.exit(main())
