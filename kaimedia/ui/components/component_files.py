"""Serves a large component's modules as one file named by its content hash.

Browsers fetch it once and cache it. An inline script would be sent again with every change of the component's data,
and a request for each of some forty modules took twenty times as long as one for all.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kaimedia.ui.components import module_set
from kaimedia.ui.components.module_set import ModuleSet

PREFIX = "app/components"
LOADER = Path(__file__).resolve().with_name("module_loader.js")
RETRY = re.compile(r"^again-\d+/")  # added by the loader
NAME = re.compile(r"[a-z-]+-[0-9a-f]{16}\.js")
# Imported when a browser asks this process for a file that another one named: of several behind a proxy, only some may
# have drawn a page yet.
OFFERING = (
    "kaimedia.ui.components.comparison",
    "kaimedia.ui.components.mask_painter",
    "kaimedia.ui.components.media_grid",
    "kaimedia.ui.first_paint",
    "kaimedia.ui.generate.model_picker",
)
_texts: dict[str, str] = {}


def add(name: str, modules: ModuleSet) -> str:
    """Register `modules`, joined, with `serve`; returns the name of their file below `PREFIX`."""
    text = modules.joined()
    file = f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.js"
    _texts[file] = text
    return file


def loader(file: str) -> str:
    """A small script that loads a registered file and mounts its component."""
    address = f"export const FOLDER = {json.dumps(f'{PREFIX}/')}\nexport const FILE = {json.dumps(file)}\n"
    return module_set.read(LOADER, generated={"module_file.js": address}).joined()


def offer(name: str, modules: ModuleSet) -> str:
    """Register `modules` with `serve`; returns the small script that loads them."""
    return loader(add(name, modules))


async def serve(request: Request) -> Response:
    """Serve a component's file, cached for a year; 404 for others."""
    name = RETRY.sub("", request.path_params["path"])
    if name not in _texts and NAME.fullmatch(name):
        await run_in_threadpool(_offer_all)
    text = _texts.get(name)
    if text is None:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type="text/javascript", headers=headers)


def _offer_all() -> None:
    for module in OFFERING:
        importlib.import_module(module)
