"""`python -m kaimedia mcp`: the MCP server over stdin and stdout, for an agent on this machine."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import sys
import threading
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.stdio import stdio_server

from kaimedia import log as logs
from kaimedia import runtime
from kaimedia.api.parameters import LOCAL, Caller
from kaimedia.domain import utc_now
from kaimedia.errors import ConfigError, KaimediaError
from kaimedia.mcp_server.call import is_over_stdio, origin
from kaimedia.mcp_server.server import make_server

log = logging.getLogger("kaimedia.mcp")
SETTING = "KAIMEDIA_MCP_TOKEN"


def serve() -> int:
    """Serve until stdin closes; returns the exit code. SIGTERM and SIGINT end the process with exit code 0.

    stdout carries messages only, the log goes to stderr. It opens the same studio as the app, beside it or alone: tasks
    run here, too. Clients wait only seconds for the first answer, so it is opened meanwhile; if that fails, each call
    says why.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=_end, args=(stopping,), name="end on a signal", daemon=True).start()
    try:
        config = runtime.current_config()
        logs.setup(config.log_level, as_json=config.log_json)
        logs.hide(config.mcp_token)
        origin.set((config.public_url or "").rstrip("/"))
        is_over_stdio.set(True)
        runtime.current.is_server = False
        threading.Thread(target=_open, name="open the studio", daemon=True).start()
        anyio.run(_serve, _Identity(config.mcp_token))
    except KaimediaError as error:
        print(f"{error.message} {error.next_step}", file=sys.stderr)
        return 1
    finally:
        # Clients send SIGTERM two seconds after closing stdin; `_end` then waits until this is done, because a paid
        # call that is being sent needs its reply.
        runtime.close(for_good=True)
    return 0


def _end(stopping: threading.Event) -> None:
    """Wait for a signal, close the studio, and end the process.

    It cannot end by itself: the thread that reads stdin does not return before the client writes or closes it.
    """
    stopping.wait()
    try:
        runtime.close(for_good=True)
        log.info("stopped")
    finally:
        logging.shutdown()
        os._exit(0)


def _open() -> None:
    try:
        runtime.context()
    except KaimediaError as error:  # the next call tries again
        log.error("cannot open: %s %s", error.message, error.next_step)


class _Identity:
    """Whoever started this process: the API token of the setting, or the agents of this machine without one.

    They can already read the database and the key, so they need no token; with one, its scopes and limits apply.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, _context: ServerRequestContext[Any]) -> Caller:
        if self._token is None:
            return Caller(LOCAL, utc_now())
        scopes = runtime.studio().tokens.scopes_of(self._token)
        if scopes is None:
            raise ConfigError(
                "This API token is not valid, or no longer valid.",
                setting=SETTING,
                next_step=f"Create one in Settings and set {SETTING} to it, or remove the setting.",
            )
        return Caller(hashlib.sha256(self._token.encode()).hexdigest(), utc_now(), scopes)


async def _serve(identify: _Identity) -> None:
    server = make_server(identify)
    async with stdio_server() as (received, sent):
        await server.run(received, sent, server.create_initialization_options())
