"""Run public kie.ai clients, unmodified, against the sandbox, over every image and video model they know.

`python -m tools.public_clients` installs pinned versions from the npm registry into a folder (a temporary one, or
`--folder` to install only once), starts the sandbox and prints a table and totals; the exit code is 1 when a call ends
otherwise than `calls.json` says. `--record PATH` writes what the clients sent and got, for
`tests/contract/sandbox/test_sandbox_public_clients.py`. Needs Node.js 20 and npm.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Sandbox
from tools.public_clients import mcp_server, sprite_generator
from tools.public_clients.call import Call, Ending
from tools.public_clients.creates import creates
from tools.public_clients.inputs import make_inputs
from tools.public_clients.recorder import Recorder

_PACKAGES = {mcp_server.PACKAGE: mcp_server.VERSION, sprite_generator.PACKAGE: sprite_generator.VERSION}
_SPEED = 50.0


def main() -> int:
    """Install, run, print."""
    args = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="public-clients-") as temporary:
        folder = (args.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        _install(folder)
        with _recorded_sandbox(Path(temporary)) as recorder:
            inputs = make_inputs(recorder.url)
            calls = [
                *mcp_server.run(folder, Path(temporary), recorder, inputs, args.only),
                *(() if args.only else sprite_generator.run(folder, Path(temporary), recorder)),
            ]
    _print_table(calls)
    if args.record:
        entries = [json.dumps(entry, ensure_ascii=False) for entry in creates(calls, recorder.url, inputs)]
        args.record.write_text("[\n " + ",\n ".join(entries) + "\n]\n", encoding="utf-8")
    return 1 if any(call.ending is Ending.UNEXPECTED for call in calls) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run public kie.ai clients against the sandbox.")
    parser.add_argument("--folder", type=Path, help="install here, and use what is installed (default: temporary)")
    parser.add_argument("--only", help="only the tools whose name has this text")
    parser.add_argument("--record", type=Path, help="write the requests and answers to this file")
    return parser


def _install(folder: Path) -> None:
    """Install what is missing. Packages with native parts may run their install scripts, and only those."""
    if all((folder / "node_modules" / name / "package.json").exists() for name in _PACKAGES):
        return
    package = {"private": True, "dependencies": _PACKAGES, "allowScripts": {"sqlite3": True}}
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
    command = ["npm", "install", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=folder, env=_with_headers(), check=True, stdout=sys.stderr)


def _with_headers() -> dict[str, str]:
    """The environment with Node.js's own headers, so that native parts build where none can be downloaded."""
    node = shutil.which("node")
    prefix = Path(node).resolve().parents[1] if node else None
    if prefix and (prefix / "include" / "node" / "node.h").exists():
        return {"npm_config_nodedir": str(prefix), **os.environ}
    return dict(os.environ)


@contextmanager
def _recorded_sandbox(folder: Path) -> Iterator[Recorder]:
    sandbox = Sandbox(folder, speed=_SPEED)
    recorder = Recorder(sandbox.url)
    try:
        yield recorder
    finally:
        recorder.close()
        sandbox.process.terminate()
        sandbox.process.wait()


def _print_table(calls: list[Call]) -> None:
    for call in calls:
        print(f"{call.client:22}  {call.model:42}  {call.ending.value:18}  {call.note}"[:220].rstrip())
    for client in dict.fromkeys(call.client for call in calls):
        own = [call for call in calls if call.client == client]
        endings = Counter(call.ending.value for call in own)
        models = {call.model for call in own}
        worked = {call.model for call in own if call.ending is Ending.WORKS}
        counts = ", ".join(f"{count} {ending}" for ending, count in sorted(endings.items()))
        print(f"{client}: {len(own)} calls ({counts}); {len(worked)} of {len(models)} models worked")


if __name__ == "__main__":
    sys.exit(main())
