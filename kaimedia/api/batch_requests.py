"""Turn the bodies of a batch into its requests, and errors about those back into fields of the bodies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from kaimedia.api.reference_schema import whole_number
from kaimedia.api.request_schema import BatchBody, GenerationBody
from kaimedia.api.validation_messages import BODY_NAMES
from kaimedia.domain import MAX_BATCH_TASKS, Batch, BatchKind, GenerationRequest, Role
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Quote, Studio, prompt_choices
from kaimedia.studio.seeds import with_seeds

_ROLES = frozenset(role.value for role in Role)
_OF_BATCH = frozenset({"seeds"})


TWO_MODELS: Any = [{"prompt": "a red kite over dunes", "model": model} for model in ("veo3_fast", "sora2")]


class ManyBodies(BaseModel):
    """Bodies as for the routes that generate one, and how many tasks each of them is."""

    if TYPE_CHECKING:
        requests: list[GenerationBody]
    else:
        requests: list[BatchBody] = Field(
            min_length=1,
            max_length=MAX_BATCH_TASKS,
            description="Bodies as for the routes that generate one. A prompt's limit applies to each of its prompts.",
        )
    split_prompts: bool = Field(
        default=False,
        description="Each line of a prompt is a prompt of its own, and `{red|blue}` are choices, which multiply.",
    )
    seeds: Annotated[int, BeforeValidator(whole_number)] = Field(
        default=1,
        ge=1,
        le=MAX_BATCH_TASKS,
        description="How many random seeds for each prompt, where the model has one.",
    )


@dataclass(frozen=True, slots=True)
class BatchRequests:
    """The requests, and for each the index of the body it was made from."""

    requests: tuple[GenerationRequest, ...]
    origins: tuple[int, ...]

    def submit(self, studio: Studio, kind: BatchKind, **options: Any) -> Batch:
        """Submit them. Raises as `BatchService.submit`; the index of a field is that of the body."""
        with self._fields_of_bodies():
            return studio.batches.submit(kind, self.requests, may_wait=False, **options)

    def quote(self, studio: Studio) -> Quote:
        """What they cost. Raises as `QuoteService.of`; the index of a field is that of the body."""
        with self._fields_of_bodies():
            return studio.quotes.of(self.requests)

    @contextmanager
    def _fields_of_bodies(self) -> Iterator[None]:
        try:
            yield
        except InvalidRequest as error:
            _, index, name = (*error.field.split(".", 2), "", "")[:3]
            if index.isdecimal():
                error.field = _field(self.origins[int(index)], name)
            raise


def requests_of(many: ManyBodies, studio: Studio, caller_id: str) -> BatchRequests:
    """The requests of these bodies.

    Raises:
        InvalidRequest: naming the body and its field, or there are too many.
        NotFound: no such input or style.
    """
    requests: list[GenerationRequest] = []
    origins: list[int] = []
    for index, body in enumerate(many.requests):
        try:
            made = _made(body, studio, caller_id, split_prompts=many.split_prompts, seeds=many.seeds)
        except InvalidRequest as error:
            error.field = error.field if error.field in _OF_BATCH else _field(index, error.field)
            raise
        requests += made
        origins += [index] * len(made)
        if len(requests) > MAX_BATCH_TASKS:
            raise InvalidRequest(f"Up to {MAX_BATCH_TASKS} tasks make a batch; these are more.", field="requests")
    return BatchRequests(tuple(requests), tuple(origins))


def _made(
    body: GenerationBody, studio: Studio, caller_id: str, *, split_prompts: bool, seeds: int
) -> list[GenerationRequest]:
    prompts = prompt_choices.prompts(body.prompt) if split_prompts and body.prompt.strip() else [body.prompt]
    plain = body.request(studio, caller_id)
    styled = [plain]
    if len(prompts) != 1 or prompts[0] != body.prompt:
        style = studio.styles.get(body.style) if body.style is not None else None
        styled = [replace(plain, prompt=style.around(prompt) if style else prompt) for prompt in prompts]
    return [each for request in styled for each in with_seeds(request, seeds, models=studio.catalog.lookup)]


def _field(index: int, name: str) -> str:
    name = f"references.{name}" if name in _ROLES else BODY_NAMES.get(name, name)
    return f"requests.{index}.{name}"
