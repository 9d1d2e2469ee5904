"""Prompts: the styles of the studio."""

from __future__ import annotations

from mcp_types import GetPromptResult, ListPromptsResult, Prompt, PromptArgument, PromptMessage, TextContent

from kaimedia.errors import InvalidRequest
from kaimedia.mcp_server.call import Call
from kaimedia.studio import Preset

_SUBJECT = "subject"


def listed(call: Call) -> ListPromptsResult:
    """One prompt for each style."""
    subject = PromptArgument(name=_SUBJECT, description="What the image or video shows.", required=True)
    prompts = [
        Prompt(
            name=style.id,
            title=style.name,
            description=f"Generate {_what(style)} in the style “{style.name}”: {style.prompt}",
            arguments=[subject],
        )
        for style in call.studio.styles.all().items
    ]
    return ListPromptsResult(prompts=prompts)


def filled(call: Call, name: str, arguments: dict[str, str]) -> GetPromptResult:
    """What to tell the agent for a style and a subject.

    Raises:
        NotFound: there is no such style.
        InvalidRequest: the subject is missing.
    """
    style = call.studio.styles.get(name)
    subject = arguments.get(_SUBJECT, "").strip()
    if not subject:
        raise InvalidRequest("Say what the image or video shows.", field=_SUBJECT)
    tool = "generate_video" if style.kind == "video" else "generate_image"
    text = (
        f"Generate {_what(style)} of: {subject}\n\nCall {tool} with style “{style.id}” and exactly this text as the "
        "prompt; the style adds its own words. Call quote first and tell me the price, then wait for the task and show "
        "me the result."
    )
    return GetPromptResult(
        description=style.name, messages=[PromptMessage(role="user", content=TextContent(text=text))]
    )


def _what(style: Preset) -> str:
    return {"image": "an image", "video": "a video"}.get(style.kind, "an image or a video")
