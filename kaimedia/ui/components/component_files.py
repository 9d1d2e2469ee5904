"""Serves a large component's script as one file named by its content hash, so browsers fetch it once and cache it.

Streamlit sends an inline script again with every change of the component's data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

PREFIX = "app/components"
# Browsers cache a failed module import until the page is closed, so each retry uses a different URL.
LOADER = """
const source = new URL('%s', document.baseURI).href
let loading
let failures = 0
const load = () => {
  if (loading) return loading
  const mine = import(failures ? `${source}?again=${failures}` : source)
  loading = mine
  mine.catch(() => { if (loading === mine) { loading = null; failures += 1 } })
  return mine
}
const say = (parent, text) => {
  const note = parent.querySelector('.note')
  if (!note) return
  note.hidden = !text
  note.textContent = text
}
export default function (args) {
  let isOver = false
  let leave
  let timer
  const begin = tries => load().then(script => {
    if (isOver) return
    if (tries) say(args.parentElement, '')
    leave = script.default(args)
  }, () => {
    if (isOver) return
    say(args.parentElement, 'This part of the page did not load. Trying again…')
    timer = setTimeout(begin, Math.min(30000, 1000 * 2 ** tries), tries + 1)
  })
  begin(0)
  return () => { isOver = true; clearTimeout(timer); leave?.() }
}
"""
_bodies: dict[str, str] = {}


def joined(folder: Path, ending: str, first: Sequence[str]) -> str:
    """All files of `folder` with that extension as one text; the base files come `first`."""
    others = sorted({path.stem for path in folder.glob(f"*.{ending}")} - set(first))
    return "\n".join((folder / f"{name}.{ending}").read_text(encoding="utf-8") for name in (*first, *others))


def script(folder: Path, *, first: Sequence[str], first_styles: Sequence[str]) -> str:
    """Scripts and styles of `folder` as one module; the styles are its constant `STYLES`."""
    styles = json.dumps(joined(folder, "css", first_styles), ensure_ascii=False)
    return f"const STYLES = {styles}\n{joined(folder, 'js', first)}"


def offer(name: str, body: str) -> str:
    """Register `body` with `serve`; returns a small script that loads it."""
    file = f"{name}-{hashlib.sha256(body.encode()).hexdigest()[:16]}.js"
    _bodies[file] = body
    return LOADER % f"{PREFIX}/{file}"


async def serve(request: Request) -> Response:
    """Serve a registered script, cached for a year; 404 for others."""
    body = _bodies.get(request.path_params["name"])
    if body is None:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(body, media_type="text/javascript", headers=headers)
