"""Set a prompt in type: choose fonts per character, break lines, find the largest size that fits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_FONTS = Path(__file__).resolve().parents[4] / "static" / "fonts"
_FILES = (
    "geist-latin-wght-normal.woff2",
    "geist-latin-ext-wght-normal.woff2",
)  # the first font that has a character draws it
_ELLIPSIS = "…"
_NOT_A_CHARACTER = "\uffff"  # no font has it, so it renders as the font's glyph for missing characters
LINE_HEIGHT = 1.12  # of the font size
MAX_LINES = 7
_MAX_WORDS = 250  # more never fit
_SIZES = 31  # steps between the smallest and the largest size tried


@dataclass(frozen=True)
class Setting:
    """Lines that fit a box. `size_px` is the font size."""

    lines: tuple[str, ...]
    size_px: float

    @property
    def height_px(self) -> float:
        """From the top of the first line to the bottom of the last."""
        return len(self.lines) * self.size_px * LINE_HEIGHT


def drawable(text: str) -> str:
    """The part of a prompt that our fonts can draw, with spaces collapsed; "" if they lack too much of it."""
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    usable = "".join(character for character in plain if character == " " or _font_of(character) is not None)
    letters = sum(character.isalnum() for character in plain)
    is_mostly_there = letters and sum(character.isalnum() for character in usable) >= 0.8 * letters
    return re.sub(r" +([,.;:!?])", r"\1", " ".join(usable.split())) if is_mostly_there else ""


def fit(text: str, width_px: float, height_px: float, smallest_px: float, largest_px: float, weight: int) -> Setting:
    """The largest type in which the text fits the box, with lines of even length; truncated with … if needed."""
    fitting: Setting | None = None
    low, high = 0, _SIZES
    while low <= high:  # binary search: where larger type fits, smaller type fits too
        step = (low + high) // 2
        size_px = smallest_px + (largest_px - smallest_px) * step / _SIZES
        lines = _wrapped(text, width_px, size_px, weight)
        setting = Setting(tuple(lines), size_px)
        if lines and len(lines) <= MAX_LINES and setting.height_px <= height_px:
            fitting, low = setting, step + 1
        else:
            high = step - 1
    if fitting is None:
        return Setting(tuple(_cut(text, width_px, height_px, smallest_px, weight)), smallest_px)
    even = _evened(text, list(fitting.lines), width_px, fitting.size_px, weight)
    return Setting(tuple(even), fitting.size_px)


def length_px(text: str, size_px: float, weight: int) -> float:
    """The width of a line."""
    return sum(_font(at, round(size_px, 2), weight).getlength(run) for at, run in _runs(text))


def draw_line(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size_px: float, weight: int) -> None:
    """Draw one line in white; `at` is its left end on the baseline."""
    x, y = at
    for number, run in _runs(text):
        font = _font(number, round(size_px, 2), weight)
        draw.text((x, y), run, font=font, fill=255, anchor="ls")
        x += font.getlength(run)


def _wrapped(text: str, width_px: float, size_px: float, weight: int) -> list[str]:
    """Lines filled one after the other; empty when a word is wider than the box."""
    lines: list[str] = []
    for word in text.split():
        if length_px(word, size_px, weight) > width_px:
            return []
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length_px(longer, size_px, weight) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _evened(text: str, lines: list[str], width_px: float, size_px: float, weight: int) -> list[str]:
    """The same number of lines in the narrowest box they fit in, so that the last line is not a single word."""
    best, narrow, wide = lines, 0.0, width_px
    for _ in range(8):
        middle = (narrow + wide) / 2
        tried = _wrapped(text, middle, size_px, weight)
        if tried and len(tried) == len(lines):
            best, wide = tried, middle
        else:
            narrow = middle
    return best


def _cut(text: str, width_px: float, height_px: float, size_px: float, weight: int) -> list[str]:
    most = max(1, min(MAX_LINES, int(height_px // (size_px * LINE_HEIGHT))))
    words = [_shortened(word, width_px, size_px, weight) for word in text.split()[:_MAX_WORDS]]
    lines = _wrapped(" ".join(words), width_px, size_px, weight)
    if len(lines) <= most and len(words) < _MAX_WORDS:
        return lines
    most = min(most, len(lines))
    last = lines[most - 1].split()
    while len(last) > 1 and length_px(" ".join(last) + _ELLIPSIS, size_px, weight) > width_px:
        last.pop()
    return [*lines[: most - 1], " ".join(last).rstrip(",;:.-–—") + _ELLIPSIS]


def _shortened(word: str, width_px: float, size_px: float, weight: int) -> str:
    if length_px(word, size_px, weight) <= width_px:
        return word
    fits, most = 1, len(word)
    while fits < most:  # binary search: a prompt may be one word of thousands of characters
        middle = (fits + most + 1) // 2
        if length_px(word[:middle] + _ELLIPSIS, size_px, weight) <= width_px:
            fits = middle
        else:
            most = middle - 1
    return word[:fits] + _ELLIPSIS


def _runs(text: str) -> list[tuple[int, str]]:
    """Runs of text drawn by the same font, with that font's number."""
    runs: list[tuple[int, str]] = []
    for character in text:
        found = _font_of(character)
        number = runs[-1][0] if runs and character == " " else found or 0
        if runs and runs[-1][0] == number:
            runs[-1] = (number, runs[-1][1] + character)
        else:
            runs.append((number, character))
    return runs


@lru_cache(maxsize=4096)
def _font_of(character: str) -> int | None:
    """The number of the first font that has the character; None if no font has it."""
    if not character.isprintable():
        return None
    for number in range(len(_FILES)):
        font = _font(number, 32.0, 400)
        if bytes(font.getmask(character)) != bytes(font.getmask(_NOT_A_CHARACTER)):
            return number
    return None


@lru_cache(maxsize=256)
def _font(number: int, size_px: float, weight: int) -> ImageFont.FreeTypeFont:
    # Basic layout: not every build of Pillow has Raqm, and the same prompt must give the same pixels everywhere.
    font = ImageFont.truetype(str(_FONTS / _FILES[number]), size_px, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([weight])
    return font


def blank(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A black sheet of one channel to draw lines on."""
    sheet = Image.new("L", (width, height), 0)
    return sheet, ImageDraw.Draw(sheet)
