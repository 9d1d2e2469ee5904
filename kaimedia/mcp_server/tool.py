"""What a tool is, and how a call of one becomes a result; errors say what to do next."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import anyio.to_thread
from mcp_types import CallToolResult, ContentBlock, TextContent, ToolAnnotations
from mcp_types import Tool as ListedTool
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kaimedia.api.schemas import Out
from kaimedia.api.validation_messages import BODY_NAMES, findings
from kaimedia.domain.api_token import TokenScope
from kaimedia.errors import ConfigError, InvalidRequest, KaimediaError
from kaimedia.mcp_server.call import Call

log = logging.getLogger("kaimedia.mcp")
A = TypeVar("A", bound="Arguments")


class Arguments(BaseModel):
    """Base of the arguments of a tool. An unknown one is an error: a misspelled one must not be left out and paid."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class ProblemOut(Out):
    """Why a call failed, for people (`message`, `next_step`) and for programs (`code`, `field`)."""

    code: str = Field(description="Stable, unlike the texts.")
    message: str
    next_step: str | None = Field(default=None, description="What to do about it.")
    field: str | None = Field(default=None, description="The invalid argument, or the field of the model.")
    task_id: str | None = Field(default=None, description="The earlier task, for `repeated_request`.")
    seconds_ago: int | None = Field(default=None, description="How long ago that task was sent.")


class FailedCall(Out):
    """The result of a failed call."""

    error: ProblemOut


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool returns: its typed answer, or why there is none, and what is shown beside it."""

    answer: Out
    content: tuple[ContentBlock, ...] = ()

    def result(self) -> CallToolResult:
        """As the protocol has it."""
        # The text is for clients that do not read structured content.
        text = TextContent(type="text", text=self.answer.model_dump_json())
        return CallToolResult(
            content=[text, *self.content],
            structured_content=self.answer.model_dump(mode="json"),
            is_error=isinstance(self.answer, FailedCall),
        )


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """A tool. `run` works on a worker thread, `wait` on the event loop; it has one of them."""

    name: str
    title: str
    description: str
    arguments: type[A]
    answer: type[Out]
    scope: TokenScope = TokenScope.READ
    run: Callable[[Call, A], Reply] | None = None
    wait: Callable[[Call, A], Awaitable[Reply]] | None = None

    def listed(self) -> ListedTool:
        """The tool as clients see it."""
        is_reading = self.scope is TokenScope.READ
        return ListedTool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.arguments.model_json_schema(),
            output_schema=_output_schema(self.answer),
            annotations=ToolAnnotations(
                title=self.title, read_only_hint=is_reading, destructive_hint=False, open_world_hint=not is_reading
            ),
        )

    async def call(self, make_call: Callable[[], Call], given: Mapping[str, Any]) -> CallToolResult:
        """The result of a call with these arguments; an error is a result, too."""
        try:
            arguments = self.arguments.model_validate(dict(given))
            call = await anyio.to_thread.run_sync(make_call)
            if self.scope not in call.caller.scopes:
                return refused(_scope_missing(self.scope))
            if self.wait is not None:
                return (await self.wait(call, arguments)).result()
            assert self.run is not None
            return (await anyio.to_thread.run_sync(self.run, call, arguments)).result()
        except ValidationError as error:
            return refused(invalid(error))
        except KaimediaError as error:
            return refused(problem_of(error))
        except Exception:  # the server's boundary: the agent gets no details, the log gets all
            log.exception("unhandled error in the tool %s", self.name)
            step = "Try again; if it keeps failing, its owner finds the reason in the studio's log."
            return refused(ProblemOut(code="error", message="Something went wrong in the studio.", next_step=step))


def refused(problem: ProblemOut) -> CallToolResult:
    """The result of a call that failed."""
    return Reply(FailedCall(error=problem)).result()


def invalid(error: ValidationError) -> ProblemOut:
    """What is wrong with arguments, in the words of the REST API."""
    found = findings([{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)])
    message = " ".join(dict.fromkeys(message for _, message in found))
    return ProblemOut(
        code="invalid_request", message=message, next_step=InvalidRequest.facts.next_step, field=found[0][0]
    )


def problem_of(error: KaimediaError) -> ProblemOut:
    """An error of the app."""
    problem = ProblemOut(code=error.code, message=error.message, next_step=error.next_step)
    if isinstance(error, InvalidRequest):
        problem.field = BODY_NAMES.get(error.field, error.field)
    if isinstance(error, ConfigError):
        problem.field = error.setting
    return problem


def _scope_missing(needed: TokenScope) -> ProblemOut:
    return ProblemOut(
        code="scope_missing",
        message=f"This API token does not include “{needed}”, which this tool needs.",
        next_step="Ask the owner of the studio for a token that includes it; they are made in Settings.",
    )


def _output_schema(answer: type[Out]) -> dict[str, Any]:
    """The schema of an answer or of a refusal: some clients compare failed results with it, too."""
    either: Any = answer | FailedCall
    return {"type": "object", **TypeAdapter(either).json_schema(mode="serialization")}
