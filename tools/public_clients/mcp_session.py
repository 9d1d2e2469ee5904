"""A session with an MCP server over its standard input and output: one JSON-RPC message a line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_PROTOCOL = "2025-06-18"


class McpSession:
    """Starts the server, which ends with the session.

    Raises:
        RuntimeError: the server ended, or answered with a protocol error.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log.open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
        )
        self._last_id = 0
        client = {"name": "public-clients", "version": "1"}
        self._ask("initialize", {"protocolVersion": _PROTOCOL, "capabilities": {}, "clientInfo": client})
        self._send({"method": "notifications/initialized"})

    def tools(self) -> list[dict[str, Any]]:
        """The tools the server offers."""
        found: list[dict[str, Any]] = self._ask("tools/list", {})["tools"]
        return found

    def call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What a tool answers: the JSON of its first text, or the text as `error`."""
        result = self._ask("tools/call", {"name": tool, "arguments": dict(arguments)})
        text = next((part["text"] for part in result["content"] if part["type"] == "text"), "")
        try:
            found = json.loads(text)
        except ValueError:
            found = {"success": False, "error": text}
        return found if isinstance(found, dict) else {"success": False, "error": text}

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.communicate()
        self._log.close()

    def _ask(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if message.get("id") == self._last_id and "method" not in message:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result
        raise RuntimeError(f"the server ended, see {self._log.name}")

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()
