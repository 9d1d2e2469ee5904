"""What the form makes as a batch: a request for each prompt of the text or the CSV file, with several seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kaimedia.domain import MAX_BATCH_TASKS, GenerationRequest, Modality
from kaimedia.errors import InvalidRequest
from kaimedia.models.model_catalog import SHIPPED, ModelCatalog
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.models.transfer import carried
from kaimedia.presets import Preset
from kaimedia.studio import Studio, prompt_choices, prompt_table
from kaimedia.studio.seeds import seed_param, with_seeds
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import chosen_inputs, draft


@dataclass(frozen=True, slots=True)
class BatchDraft:
    """The requests without seeds, one for each of `prompts`; empty with a `problem` or without a prompt."""

    requests: tuple[GenerationRequest, ...] = ()
    prompts: tuple[str, ...] = ()  # without the style's text
    seeds: int = 1
    problem: InvalidRequest | None = None
    models: ModelCatalog = SHIPPED

    @property
    def total(self) -> int:
        """The number of tasks."""
        return len(self.requests) * self.seeds

    def with_seeds(self) -> tuple[GenerationRequest, ...]:
        """All requests, those of a prompt after each other; every call chooses other seeds."""
        return tuple(each for request in self.requests for each in with_seeds(request, self.seeds, None, self.models))


def is_on() -> bool:
    """True while the form makes a batch."""
    return state.batch_on.get()


def takes_seeds(spec: ModelSpec) -> bool:
    """True if the model has a seed with the chosen inputs."""
    return seed_param(spec, chosen_inputs.references(spec)) is not None


def read(studio: Studio, spec: ModelSpec) -> BatchDraft:
    """The batch as the form stands; requests made from the prompt are not validated yet."""
    style = draft.preset(studio, spec.modality)
    seeds = state.batch_seeds.get() if takes_seeds(spec) else 1
    try:
        requests = _requests(spec, style, studio.catalog.lookup)
        _check(requests, seeds, studio.catalog.lookup)
    except InvalidRequest as problem:
        return BatchDraft(seeds=seeds, problem=problem)
    own = [(style.within(request.prompt) if style else None) or request.prompt for request in requests]
    return BatchDraft(tuple(requests), tuple(own), seeds, models=studio.catalog.lookup)


def summary(batch: BatchDraft) -> str:
    """What it makes: "6 prompts × 3 seeds = 18 tasks, 72 images"; "" without a prompt."""
    count = len(batch.requests)
    if not count:
        return ""
    text = ui_text.counted(count, "prompt")
    if batch.seeds > 1:
        text += f" × {batch.seeds} seeds = {ui_text.counted(batch.total, 'task')}"
    images = sum(request.variants for request in batch.requests) * batch.seeds
    is_image = all(batch.models.get(request.model).modality is Modality.IMAGE for request in batch.requests)
    return f"{text}, {images:,} images" if is_image and images > batch.total else text


def _requests(spec: ModelSpec, style: Preset | None, models: ModelCatalog) -> list[GenerationRequest]:
    def around(prompt: str) -> str:
        return style.around(prompt) if style and prompt else prompt

    file = state.batch_file.get()
    if file is not None:
        return prompt_table.requests_of(file.data, spec.id, lambda each: _base(spec, each), around, models)
    base = draft.request(spec)
    return [replace(base, prompt=around(prompt)) for prompt in _prompts(spec)]


def _base(spec: ModelSpec, each: ModelSpec) -> GenerationRequest:
    """What a row for the model `each` starts from: the form's settings that it takes, and all inputs that it takes.

    A model of the other modality has its own defaults, not what was chosen for it at another time.
    """
    current = draft.request(spec)
    if each.id == spec.id:
        return replace(current, prompt="")
    chosen = current if each.modality is spec.modality else GenerationRequest(spec.id, prompt="", aspect_ratio="")
    return replace(carried(chosen, spec, each, chosen_inputs.references(each)), prompt="")


def _prompts(spec: ModelSpec) -> list[str]:
    if spec.prompt_use is PromptUse.NONE:
        return [""]
    found = prompt_choices.prompts(state.prompt.get())
    return found or ([""] if spec.prompt_use is PromptUse.OPTIONAL else [])


def _check(requests: list[GenerationRequest], seeds: int, models: ModelCatalog) -> None:
    total = len(requests) * seeds
    if total > MAX_BATCH_TASKS:
        raise InvalidRequest(
            f"{ui_text.counted(len(requests), 'prompt')} × {seeds} seeds make {total:,} tasks; "
            f"up to {MAX_BATCH_TASKS} are possible.",
            field="seeds",
        )
    for request in requests if seeds > 1 else ():
        spec = models.get(request.model)
        if seed_param(spec, request.references) is None:
            raise InvalidRequest(f"{spec.label} takes no seed. Set the number of seeds to 1.", field="seeds")
