"""`/api/styles`: text and settings applied to a prompt. A request selects one by `style`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.parameters import ONE_LINE, CurrentStudio
from kaimedia.api.schemas import Out
from kaimedia.domain import Modality
from kaimedia.errors import Conflict, InvalidRequest
from kaimedia.studio import Preset

router = APIRouter(prefix="/styles", tags=["styles"])

MAX_TEXT_CHARS = 1498  # plus the period and space that join it to the prompt
# Tabs and line breaks are allowed; at least one visible character is required.
_CONTROL = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"
_BLANK = r"\u0009\u000a\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TEXT = f"^[^{_CONTROL}]*[^{_CONTROL}{_BLANK}][^{_CONTROL}]*$"


class StyleOut(Out):
    """A style; values it does not set are null."""

    id: str = Field(description="The value for `style` in a request; the name works too.")
    name: str
    type: Modality | None = Field(description="Null if the style is for both types.")
    prompt: str = Field(description="`{prompt}` marks where the prompt goes.")
    is_own: bool = Field(description="False for a built-in style.")
    model: str | None = Field(description="The model it is made for; a request still chooses its own.")
    aspect_ratio: str | None
    duration: int | None = Field(description="Seconds.")
    n_variants: int | None
    params: dict[str, Any]

    @classmethod
    def of(cls, style: Preset) -> StyleOut:
        """The style as JSON."""
        settings = style.settings
        return cls(
            id=style.id,
            name=style.name,
            type=None if style.kind == "both" else Modality(style.kind),
            prompt=style.prompt,
            is_own=not style.is_builtin,
            model=settings.model,
            aspect_ratio=settings.aspect_ratio,
            duration=settings.duration_s,
            n_variants=settings.variants,
            params=dict(settings.params),
        )


class StyleProblem(Out):
    """A style file that was skipped, and why."""

    file: str
    line: int
    detail: str


class Styles(Out):
    """All styles, the user's own first, and the files that could not be read."""

    items: list[StyleOut]
    problems: list[StyleProblem]


class NewStyle(BaseModel):
    """A new style."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"name": "Blue ink", "text": "Blue ink on rough paper"}]},
    )

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=ONE_LINE)]
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_TEXT_CHARS,
            pattern=_TEXT,
            description="`{prompt}`, at most once, is where the prompt goes; without it, the text follows the prompt.",
        ),
    ]
    replace: bool = Field(False, description="Replace your own style of this name.")


class StyleChange(BaseModel):
    """A new name for a style."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"name": "Wet ink"}]})

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=ONE_LINE)]


_ID = r"^[^/\u0000-\u001f\u007f]+$"
StyleId = Annotated[str, Path(max_length=200, pattern=_ID, description="The `id` of a style.")]


@router.get("")
def list_styles(studio: CurrentStudio) -> Styles:
    """All styles, your own first, and the style files that could not be read."""
    known = studio.styles.all()
    problems = [StyleProblem(file=each.file, line=each.line, detail=each.detail) for each in known.problems]
    return Styles(items=[StyleOut.of(each) for each in known.items], problems=problems)


@router.post("", status_code=201)
def save_style(studio: CurrentStudio, new: NewStyle) -> StyleOut:
    """Save a style. If the name is taken: 409, unless `replace` is set and the style is your own."""
    try:
        style_id = studio.styles.save(new.name, new.text, replace=new.replace)
    except InvalidRequest as error:
        if error.field != "name":
            raise
        raise Conflict(error.message, field="name", next_step=error.next_step) from error
    return StyleOut.of(studio.styles.get(style_id))


@router.patch("/{style_id}")
def rename_style(studio: CurrentStudio, style_id: StyleId, change: StyleChange) -> StyleOut:
    """Rename one of your styles; its id stays. If the name is taken: 409."""
    studio.styles.rename(style_id, change.name)
    return StyleOut.of(studio.styles.get(style_id))


@router.delete("/{style_id}")
def delete_style(studio: CurrentStudio, style_id: StyleId) -> StyleOut:
    """Delete one of your styles; its file moves to the folder `deleted`. Returns the deleted style."""
    deleted = StyleOut.of(studio.styles.get(style_id))
    studio.styles.delete(style_id)  # by id only: a style whose name equals this id is a different one
    return deleted
