"""Checks the JavaScript, where Node.js is installed: `python tools/javascript.py lint | format | types | test`.

`lint` and `format` run Biome, `types` TypeScript on the JSDoc types, in the versions of `package.json`; npx downloads
them at the first use. `test` runs `tests/js` with Node.js alone. Without Node.js nothing is checked, which is not an
error: the app and all other tools work without it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def command(job: str) -> list[str]:
    """The command line for a job, to be run in the checkout; KeyError for an unknown job."""
    versions = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]

    def npx(package: str, *arguments: str) -> list[str]:
        return ["npx", "--yes", "--package", f"{package}@{versions[package]}", "--", *arguments]

    commands = {
        "lint": npx("@biomejs/biome", "biome", "check"),
        "format": npx("@biomejs/biome", "biome", "check", "--write"),
        "types": npx("typescript", "tsc", "--project", "."),
        "test": ["node", "--test", *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("tests/js/*.test.js")))],
    }
    return commands[job]


def main(jobs: list[str]) -> int:
    """Run the jobs; the exit code of the first that fails, 0 if Node.js is missing."""
    for job in jobs:
        line = command(job)
        if shutil.which(line[0]) is None:
            print(f"JavaScript: {job} skipped, Node.js is not installed", file=sys.stderr)
        elif code := subprocess.run(line, cwd=ROOT, check=False).returncode:
            return code
        else:
            print(f"JavaScript: {job} passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
