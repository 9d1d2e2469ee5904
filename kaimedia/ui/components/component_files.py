"""Serves the modules of a large component as files below a folder named by their content hash.

Browsers fetch each once and cache it. An inline script would be sent again with every change of the component's data.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kaimedia.ui.components import module_set
from kaimedia.ui.components.module_set import ModuleSet

PREFIX = "app/components"
LOADER = Path(__file__).resolve().with_name("module_loader.js")
RETRY = re.compile(r"^again-\d+/")  # added by the loader
_texts: dict[str, str] = {}


def offer(name: str, modules: ModuleSet) -> str:
    """Register `modules` with `serve`; returns a small script that loads them.

    Raises ValueError for a module outside the entry's folder.
    """
    if outside := [path for path in modules.texts if path.startswith("../")]:
        raise ValueError(f"not below the folder of {modules.entry}: {', '.join(outside)}")
    digest = hashlib.sha256(json.dumps(dict(modules.texts)).encode()).hexdigest()[:16]
    folder = f"{name}-{digest}"
    _texts.update({f"{folder}/{path}": text for path, text in modules.texts.items()})
    constants = {"FOLDER": f"{PREFIX}/{folder}/", "FILES": list(modules.texts), "ENTRY": modules.entry}
    files = "".join(f"export const {name} = {json.dumps(value)}\n" for name, value in constants.items())
    return module_set.read(LOADER, generated={"module_files.js": files}).joined()


async def serve(request: Request) -> Response:
    """Serve a registered module, cached for a year; 404 for others."""
    folder, _, path = request.path_params["path"].partition("/")
    text = _texts.get(f"{folder}/{RETRY.sub('', path)}")
    if text is None:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type="text/javascript", headers=headers)
