"""The MCP server: which tools, resources and prompts there are, and who calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from mcp import MCPError
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
)

from kaimedia import __version__
from kaimedia.errors import InvalidRequest, KaimediaError, NotFound
from kaimedia.mcp_server import catalog, generating, media, prompts, resources, waiting
from kaimedia.mcp_server.call import Call, Identify, call_of
from kaimedia.mcp_server.tool import ProblemOut, Tool, refused

T = TypeVar("T")
Context = ServerRequestContext[Any]
MOST_FILES_AT_ONCE = 2  # each takes tens of MB of memory

INSTRUCTIONS = """\
A studio that generates images and videos, with a gallery of everything made so far.
1. list_models and describe_model: what can be made, and with which settings.
2. quote: the price. Generations cost the owner money, unless the studio runs on its sandbox.
3. generate_image or generate_video, with an idempotency_key: returns a task at once.
4. wait_for_task until its status is “completed” or “failed”; call it again if it returns earlier.
5. get_media shows a result; act_on_media edits, animates, extends or upscales it.
Never send a failed or slow request again by yourself: read its task first. Errors have a code and say the next step."""

_TOOLS: tuple[Tool[Any], ...] = (*catalog.TOOLS, *generating.TOOLS, *waiting.TOOLS, *media.TOOLS)


class StudioHandlers:
    """Answers the requests of one transport, whose callers `identify` knows."""

    def __init__(self, identify: Identify) -> None:
        self._identify = identify
        self._tools = {tool.name: tool for tool in _TOOLS}
        self._files = anyio.CapacityLimiter(MOST_FILES_AT_ONCE)
        self._listed = ListToolsResult(tools=[tool.listed() for tool in _TOOLS])

    async def list_tools(self, _context: Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
        """All tools, whatever the token allows: a call says what is missing."""
        return self._listed

    async def call_tool(self, context: Context, params: CallToolRequestParams) -> CallToolResult:
        """The result of a tool; errors are results, too."""
        tool = self._tools.get(params.name)
        if tool is None:
            step = f"The tools are: {', '.join(self._tools)}."
            return refused(ProblemOut(code="not_found", message=f"There is no tool “{params.name}”.", next_step=step))
        return await tool.call(lambda: call_of(context, self._identify), params.arguments or {})

    async def list_resources(self, context: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        """The models, and the items of the gallery."""
        return await self._read(context, lambda call: resources.listed(call, params.cursor if params else None))

    async def list_templates(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """The addresses of resources."""
        return resources.templates()

    async def read_resource(self, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """A file or a document; more files at once than `MOST_FILES_AT_ONCE` wait for each other."""
        uri = str(params.uri)
        limiter = self._files if resources.is_file(uri) else None
        return await self._read(context, lambda call: resources.read(call, uri), limiter)

    async def list_prompts(self, context: Context, _params: PaginatedRequestParams | None) -> ListPromptsResult:
        """The styles."""
        return await self._read(context, prompts.listed)

    async def get_prompt(self, context: Context, params: GetPromptRequestParams) -> GetPromptResult:
        """A style with its subject."""
        return await self._read(context, lambda call: prompts.filled(call, params.name, params.arguments or {}))

    async def _read(
        self, context: Context, answer: Callable[[Call], T], limiter: anyio.CapacityLimiter | None = None
    ) -> T:
        """Run it on a worker thread; every caller may read. Raises MCPError for an error of the app."""
        try:
            call = await anyio.to_thread.run_sync(call_of, context, self._identify)
            return await anyio.to_thread.run_sync(answer, call, limiter=limiter)
        except KaimediaError as error:
            is_theirs = isinstance(error, NotFound | InvalidRequest)
            data = {"code": error.code, "next_step": error.next_step}
            raise MCPError(INVALID_PARAMS if is_theirs else INTERNAL_ERROR, error.message, data) from error


def make_server(identify: Identify) -> Server[Any]:
    """A server for one transport."""
    handlers = StudioHandlers(identify)
    return Server(
        "kaimedia",
        version=__version__,
        title="Kai.ai Media Generator",
        instructions=INSTRUCTIONS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
        on_list_prompts=handlers.list_prompts,
        on_get_prompt=handlers.get_prompt,
    )
