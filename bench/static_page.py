"""The lower bound for the gallery: plain HTML with the same thumbnails in the same places, served by uvicorn."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

FOLDER = Path(os.environ.get("BENCH_FOLDER", "."))
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Plain</title><style>{}</style><main>'
PLACED = "body{margin:0;background:#0b0b10}img{position:absolute;object-fit:cover;border-radius:10px}"
FLOWING = "body{margin:80px 24px;background:#0b0b10}main{display:flex;flex-wrap:wrap;gap:10px}img{border-radius:10px}"
ROW_PX = 236
KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}


def placed(cells: Iterable[tuple[str, float, float, float, float]]) -> str:
    """A page of (path, left, top, width, height) in pixels."""
    spots = (
        f'<img src="{html.escape(path)}" alt="" style="left:{left}px;top:{top}px;width:{width}px;height:{height}px">'
        for path, left, top, width, height in cells
    )
    return HEAD.format(PLACED) + "\n".join(spots) + "</main></html>"


def flowing(files: Iterable[tuple[str, int, int]]) -> str:
    """A page of all (name, width, height), lazily loaded."""
    spots = (
        f'<img src="/static/media/{name}" alt="" loading="lazy" width="{ROW_PX * width // height}" height="{ROW_PX}">'
        for name, width, height in files
    )
    return HEAD.format(FLOWING) + "\n".join(spots) + "</main></html>"


async def _page(request: Request) -> FileResponse:
    return FileResponse(FOLDER / "pages" / Path(request.path_params["name"]).name, media_type="text/html")


async def _media(request: Request) -> FileResponse:
    return FileResponse(FOLDER / "media" / Path(request.path_params["name"]).name, headers=KEPT)


app = Starlette(routes=[Route("/pages/{name}", _page), Route("/static/media/{name}", _media)])
