"""`/api/imports`: bring tasks into this app by their ids at the provider."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.parameters import CurrentStudio
from kaimedia.api.schemas import Out
from kaimedia.domain.imports import ImportOutcome, ImportResult, ImportState
from kaimedia.models.catalogue import MODELS
from kaimedia.studio import MAX_IMPORT_IDS, import_text

router = APIRouter(prefix="/imports", tags=["imports"])

FAMILIES = ("market", "veo", "gpt4o", "runway", "aleph", "flux_kontext")  # other providers may have others


def _one_of(values: Iterable[str]) -> Callable[[dict[str, Any]], None]:
    """Say in the document which values there are; the studio decides, since models are added while it runs."""
    known = list(values)

    def write(schema: dict[str, Any]) -> None:
        schema["anyOf"] = [{"type": "string", "enum": known}, {"type": "null"}]

    return write


_Id = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]


class ImportIn(BaseModel):
    """Which tasks. Without `model` and `family`, every kind of record is tried."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"provider_task_ids": ["9f2c"], "family": "veo"}]}
    )

    provider_task_ids: list[_Id] = Field(min_length=1, max_length=MAX_IMPORT_IDS, description="As in its logs.")
    model: str | None = Field(
        default=None,
        max_length=200,
        description="A model id, where the record names none.",
        json_schema_extra=_one_of(spec.id for spec in MODELS if spec.family in FAMILIES),
    )
    family: str | None = Field(
        default=None, max_length=40, description="The kind of record.", json_schema_extra=_one_of(FAMILIES)
    )


class ImportResultOut(Out):
    """What became of one id."""

    provider_task_id: str
    outcome: ImportOutcome
    task_id: str | None = Field(description="The task here, if there is one.")
    text: str = Field(description="The outcome as a sentence, with what the provider said.")

    @classmethod
    def of(cls, result: ImportResult) -> ImportResultOut:
        """The result with the names of the API."""
        return cls(
            provider_task_id=result.provider_task_id,
            outcome=result.outcome,
            task_id=result.task_id,
            text=import_text(result),
        )


class ImportOut(Out):
    """The newest import since the start of the app."""

    is_running: bool
    total: int = Field(description="How many ids.")
    results: list[ImportResultOut] = Field(description="Of the ids looked up so far, in order.")
    problem: str | None = Field(description="Why it ended early.")

    @classmethod
    def of(cls, state: ImportState) -> ImportOut:
        """The state with the names of the API."""
        results = [ImportResultOut.of(result) for result in state.results]
        return cls(is_running=state.is_running, total=state.total, results=results, problem=state.problem)


@router.get("")
def get_import(studio: CurrentStudio) -> ImportOut:
    """The newest import, with the results so far. Poll until `is_running` is false."""
    return ImportOut.of(studio.rescue.imports.state())


@router.post("", status_code=202)
def import_tasks(studio: CurrentStudio, what: ImportIn) -> ImportOut:
    """Import tasks in the background, also ones made before this app. Free; one that is here is never added again."""
    studio.rescue.imports.begin(what.provider_task_ids, model=what.model, family=what.family)
    return ImportOut.of(studio.rescue.imports.state())
