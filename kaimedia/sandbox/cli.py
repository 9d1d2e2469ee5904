"""The standalone sandbox: `python -m kaimedia sandbox`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from kaimedia import log
from kaimedia.errors import ConfigError
from kaimedia.sandbox.embedded import listen, server_for
from kaimedia.sandbox.options import MEDIA, SandboxOptions

_DEFAULT_PORT = 8765


def run(argv: Sequence[str]) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code, 2 for invalid options."""
    args = _parser().parse_args(argv)
    log.setup("warning")
    try:
        server = server_for(_options(args))
        listener = listen(args.host, args.port)
    except ConfigError as error:
        print(f"sandbox: {error.message}", file=sys.stderr)
        return 2
    host, port = listener.getsockname()[:2]
    print(f"kie.ai sandbox: http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    try:
        asyncio.run(server.serve(sockets=[listener]))
    except KeyboardInterrupt:  # uvicorn re-raises the signal after a clean shutdown
        return 0
    finally:
        listener.close()
    return 0 if server.started else 1


def _options(args: argparse.Namespace) -> SandboxOptions:
    faults = tuple(spec for group in args.faults for spec in group.split(",") if spec.strip())
    return SandboxOptions(
        api_key=args.key,
        speed=args.speed,
        seed=args.seed,
        faults=faults,
        credits=args.credits,
        media=args.media,
        journal=args.journal,
        media_folder=args.media_folder,
        hmac_key=args.hmac_key,
        creates_per_10s=args.creates_per_10s or None,
        sora_paused=args.sora_paused,
        removed_models=tuple(args.remove_model),
        added_models=dict(args.add_model),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kaimedia sandbox", description="A server that speaks kie.ai's protocol and charges nothing."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help="0 picks a free port (default: %(default)s)")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster than real time")
    parser.add_argument("--seed", type=int, default=0, help="seed for the images and the random faults")
    parser.add_argument("--faults", action="append", default=[], help="comma list, see docs/sandbox.md; repeatable")
    parser.add_argument("--credits", type=float, default=10000.0, help="initial balance")
    parser.add_argument("--media", choices=MEDIA, default="full", help="draft: small videos; small: tiny files")
    parser.add_argument("--media-folder", type=Path, help="folder for results and uploads")
    parser.add_argument("--journal", type=Path, help="file that preserves tasks and balance across restarts")
    parser.add_argument("--key", help="the only accepted bearer key (default: any)")
    parser.add_argument("--hmac-key", help="key for signing callbacks")
    parser.add_argument("--creates-per-10s", type=int, default=20, help="tasks accepted in any 10 s, 0 for no limit")
    parser.add_argument("--sora-paused", action="store_true", help="Sora 2 responds that it is paused")
    parser.add_argument(
        "--remove-model", action="append", default=[], metavar="ID", help="leave an id out of the list of models"
    )
    parser.add_argument(
        "--add-model",
        action="append",
        type=_added,
        default=[],
        metavar="NEW=ID",
        help="add an unknown id to the list of models, a copy of a known one",
    )
    return parser


def _added(text: str) -> tuple[str, str]:
    new_id, equals, like = text.partition("=")
    if not new_id or not equals or not like:
        raise argparse.ArgumentTypeError("write NEW=ID, two ids")
    return new_id, like
