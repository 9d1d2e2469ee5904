"""`@felores/kie-ai-mcp-server`: an MCP server whose two base URLs are set by environment variables."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.processes import clean_environment
from tools.public_clients.call import Call, Ending, model_of, undownloaded
from tools.public_clients.inputs import KEY
from tools.public_clients.mcp_session import McpSession
from tools.public_clients.recorder import CALLBACK_PATH, Recorder

PACKAGE, VERSION = "@felores/kie-ai-mcp-server", "5.0.0"
_CALLS = Path(__file__).with_name("calls.json")
_FETCH_1080P = "veo3_get_1080p_video"
_TRIES, _PAUSE_S = 10, 0.2
_WAIT = {"timeout_seconds": 5, "interval_seconds": 1}


def run(folder: Path, scratch: Path, recorder: Recorder, inputs: Mapping[str, str], only: str | None) -> Iterator[Call]:
    """Each call of `calls.json`: create, wait, download."""
    command = ["node", str(folder / "node_modules" / PACKAGE / "dist" / "index.js")]
    environment = clean_environment(
        KIE_AI_API_KEY=KEY,
        KIE_AI_BASE_URL=f"{recorder.url}/api/v1",
        KIE_AI_FILE_UPLOAD_BASE_URL=recorder.url,
        KIE_AI_CALLBACK_URL=f"{recorder.url}{CALLBACK_PATH}",
        KIE_AI_CALLBACK_URL_FALLBACK=f"{recorder.url}{CALLBACK_PATH}",  # else another host is called
        KIE_AI_ALLOW_DIRECT_GENERATION="true",
        KIE_AI_DB_PATH=str(scratch / "tasks.db"),
    )
    session = McpSession(command, environment, scratch / "mcp.log")
    links = dict(inputs)
    try:
        for call in json.loads(_CALLS.read_text(encoding="utf-8")):
            if only is None or only in call["tool"]:
                yield _called(session, recorder, call, links)
    finally:
        session.close()


def _called(session: McpSession, recorder: Recorder, call: Mapping[str, Any], links: dict[str, str]) -> Call:
    before = len(recorder.exchanges)
    arguments = _filled(call["arguments"], links)
    created = session.call(call["tool"], arguments)
    task_id = _task_id(created)
    if call["tool"] == _FETCH_1080P:
        urls, problem = _fetched(session, arguments)
    elif task_id:
        if name := call.get("as"):
            links[f"$task:{name}"] = task_id
        waited = session.call("wait_for_task", {"task_id": task_id, **_WAIT})
        urls, problem = waited.get("result_urls") or [], str(waited.get("error") or waited.get("message"))
    else:
        urls, problem = [], str(created.get("error") or created)
    problem = undownloaded(urls) if urls else problem
    exchanges = tuple(recorder.exchanges[before:])
    model = model_of(exchanges, call["tool"])
    if not problem:
        ending = Ending.UNEXPECTED if "differs" in call else Ending.WORKS
        return Call(PACKAGE, model, ending, f"{len(urls)} file{'s' if len(urls) > 1 else ''}", exchanges)
    ending = Ending.DIFFERS if "differs" in call else Ending.UNEXPECTED
    return Call(PACKAGE, model, ending, f"{problem.rstrip('.')}. {call.get('differs', '')}", exchanges)


def _task_id(created: Mapping[str, Any]) -> str:
    """The id in a tool's answer, which some tools pass on as the API gave it."""
    data = created.get("data") or (created.get("response") or {}).get("data") or {}
    return str(created.get("task_id") or data.get("taskId") or "")


def _fetched(session: McpSession, arguments: Mapping[str, Any]) -> tuple[list[str], str]:
    """The link of a video's 1080p version, which takes a while; otherwise what the API said."""
    said = ""
    for _ in range(_TRIES):
        response = session.call(_FETCH_1080P, arguments).get("response") or {}
        if url := (response.get("data") or {}).get("resultUrl"):
            return [url], ""
        said = str(response.get("msg"))
        time.sleep(_PAUSE_S)
    return [], said


def _filled(value: Any, links: Mapping[str, str]) -> Any:
    """The arguments with links and task ids in place of the names that begin with `$`."""
    if isinstance(value, dict):
        return {name: _filled(each, links) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, links) for each in value]
    return links.get(value, value) if isinstance(value, str) else value
