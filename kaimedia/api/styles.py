"""`/api/styles`: text and settings that go around a prompt. A request chooses one by `style`."""

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

MOST_TEXT = 1498  # with the period and blank that join it to a prompt, what a style may add
# Tabs and line ends are text here; something must be seen.
_CONTROL = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"
_BLANK = r"\u0009\u000a\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TEXT = f"^[^{_CONTROL}]*[^{_CONTROL}{_BLANK}][^{_CONTROL}]*$"


class StyleOut(Out):
    """One style; what it does not set is null."""

    id: str = Field(description="What `style` of a request takes; the name is taken as well.")
    name: str
    type: Modality | None = Field(description="Null for a style that suits both kinds.")
    prompt: str = Field(description="`{prompt}` is where the prompt goes.")
    is_own: bool = Field(description="False for a style that ships with the product.")
    model: str | None = Field(description="The model it is meant for; a request names its own.")
    aspect_ratio: str | None
    duration: int | None = Field(description="Seconds.")
    n_variants: int | None
    params: dict[str, Any]

    @classmethod
    def of(cls, style: Preset) -> StyleOut:
        """The style as the API shows it."""
        settings = style.settings
        return cls(
            id=style.id,
            name=style.name,
            type=None if style.kind == "both" else Modality(style.kind),
            prompt=style.prompt,
            is_own=not style.is_ours,
            model=settings.model,
            aspect_ratio=settings.aspect_ratio,
            duration=settings.duration_s,
            n_variants=settings.variants,
            params=dict(settings.params),
        )


class StyleProblem(Out):
    """A style file that is left out, and why."""

    file: str
    line: int
    detail: str


class Styles(Out):
    """Every style, the person's own first, and the files that could not be used."""

    items: list[StyleOut]
    problems: list[StyleProblem]


class NewStyle(BaseModel):
    """A style to be saved."""

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
            max_length=MOST_TEXT,
            pattern=_TEXT,
            description="`{prompt}`, once at most, is where the prompt goes; without it the text follows the prompt.",
        ),
    ]
    replace: bool = Field(False, description="Take the place of a style of one's own that has this name.")


class StyleChange(BaseModel):
    """What a style of one's own shall be called."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"name": "Wet ink"}]})

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=ONE_LINE)]


_ID = r"^[^/\u0000-\u001f\u007f]+$"
StyleId = Annotated[str, Path(max_length=200, pattern=_ID, description="The `id` of a style.")]


@router.get("")
def list_styles(studio: CurrentStudio) -> Styles:
    """Every style, one's own first, and the style files that could not be used."""
    known = studio.presets()
    problems = [StyleProblem(file=each.file, line=each.line, detail=each.words) for each in known.problems]
    return Styles(items=[StyleOut.of(each) for each in known.items], problems=problems)


@router.post("", status_code=201)
def save_style(studio: CurrentStudio, new: NewStyle) -> StyleOut:
    """Save a style of one's own. A name that is taken is a 409; `replace` takes the place of one's own."""
    try:
        style_id = studio.save_style(new.name, new.text, replace=new.replace)
    except InvalidRequest as error:
        if error.field != "name":
            raise
        raise Conflict(error.message, field="name", next_step=error.next_step) from error
    return StyleOut.of(studio.style(style_id))


@router.patch("/{style_id}")
def rename_style(studio: CurrentStudio, style_id: StyleId, change: StyleChange) -> StyleOut:
    """Rename a style of one's own; its id stays. A name that is taken is a 409."""
    studio.rename_style(style_id, change.name)
    return StyleOut.of(studio.style(style_id))


@router.delete("/{style_id}")
def delete_style(studio: CurrentStudio, style_id: StyleId) -> StyleOut:
    """Delete a style of one's own; its file moves to the folder `deleted` beside the others. Answers what it was."""
    was = StyleOut.of(studio.style(style_id))
    studio.delete_style(style_id)  # by its id alone: a name that equals an old id is another style
    return was
