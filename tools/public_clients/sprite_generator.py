"""`ai-sprite-image-generator`: a library with the API's address in its code, so `redirect_fetch.mjs` changes it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.processes import clean_environment
from tools.public_clients.call import Call, Ending, model_of
from tools.public_clients.inputs import KEY
from tools.public_clients.recorder import Recorder

PACKAGE, VERSION = "ai-sprite-image-generator", "1.0.7"
_REDIRECT = Path(__file__).with_name("redirect_fetch.mjs")
_WITHIN_S = 120.0
# The package's own examples: its defaults, and one with a ratio and a format.
_OPTIONS = (
    {"rows": 2, "columns": 2},
    {"rows": 1, "columns": 3, "aspectRatio": "16:9", "resolution": "1K", "outputFormat": "jpg"},
)


def run(folder: Path, scratch: Path, recorder: Recorder) -> Iterator[Call]:
    """Make a sheet of images with each set of options; the client downloads and cuts it itself."""
    module = (folder / "node_modules" / PACKAGE / "dist" / "index.js").as_uri()
    for number, options in enumerate(_OPTIONS):
        before = len(recorder.exchanges)
        out = scratch / f"sprites-{number}"
        usual = {"outputPath": str(out), "pollIntervalMs": 200, "verbose": False}
        program = (
            f"import {{ generateImages }} from {json.dumps(module)};"
            f"const made = await generateImages('{KEY}', 'a lighthouse', {json.dumps({**usual, **options})});"
            "const errors = made.errors.map(each => String(each.error));"
            "console.log(JSON.stringify({images: made.imagePaths.length, errors}));"
        )
        done = subprocess.run(
            ["node", "--import", _REDIRECT.as_uri(), "--input-type=module", "--eval", program],
            env=clean_environment(SANDBOX_URL=recorder.url),
            capture_output=True,
            encoding="utf-8",
            timeout=_WITHIN_S,
        )
        exchanges = tuple(recorder.exchanges[before:])
        lines = done.stdout.strip().splitlines()
        made = (
            json.loads(lines[-1]) if done.returncode == 0 and lines else {"images": 0, "errors": [done.stderr[-200:]]}
        )
        is_whole = made["images"] == options["rows"] * options["columns"] and not made["errors"]
        ending = Ending.WORKS if is_whole else Ending.UNEXPECTED
        note = f"{made['images']} images cut" if is_whole else str(made)
        yield Call(PACKAGE, model_of(exchanges, PACKAGE), ending, note, exchanges)
