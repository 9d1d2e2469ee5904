"""Tables of the Spending page as HTML, in which a bar can show a share."""

from __future__ import annotations

from collections.abc import Sequence

from kaimedia.ui.ui_text import escaped


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, total: Sequence[str] = ()) -> str:
    """A table with a caption for screen readers. The first column is text, the others are numbers.

    Cells are HTML; `total` is a last row that sums the others.
    """
    columns = "".join(f'<th scope="col">{escaped(name)}</th>' for name in head)
    body = "".join(_row(row) for row in rows)
    foot = f"<tfoot>{_row(total)}</tfoot>" if total else ""
    return (
        f'<div class="k-table" role="region" aria-label="{escaped(caption)}" tabindex="0"><table>'
        f"<caption>{escaped(caption)}</caption><thead><tr>{columns}</tr></thead>"
        f"<tbody>{body}</tbody>{foot}</table></div>"
    )


def _row(cells: Sequence[str]) -> str:
    first, *others = cells
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'


def named(label: str, share: float = 0.0, kind: str = "") -> str:
    """The first cell of a row: its name above a bar; `share` is 0–1, `kind` colors the bar."""
    width = f"{100 * min(1.0, max(0.0, share)):.1f}"
    attribute = f' data-kind="{escaped(kind)}"' if kind else ""
    bar = f'<i class="k-share"{attribute} style="width:{width}%"></i>' if share else ""
    return f"<span>{escaped(label)}</span>{bar}"


def amount(text: str, money: str = "") -> str:
    """A number, with money below it."""
    return f"{escaped(text)}{f'<small>{escaped(money)}</small>' if money else ''}"
