"""The request of a step that continues from an item of the gallery."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.domain import GenerationRequest, Media
from kaimedia.errors import InvalidRequest
from kaimedia.mcp_server.call import Call
from kaimedia.mcp_server.requests import request_of
from kaimedia.mcp_server.tool import Arguments
from kaimedia.models.next_steps import STEPS, NextStep, Way

_NOT_FIELDS = ("media_id", "action", "prompt", "model")


def continued(
    call: Call, item: Media, step: NextStep, wish: Arguments, *, model: str | None, prompt: str | None
) -> GenerationRequest:
    """The request of `step`, with the other arguments of `wish`; by default with the best model for it.

    Raises:
        ValidationError, InvalidRequest: a field is not valid, or the step or the model cannot be used; says which can.
        NotFound: the item's file is missing.
    """
    way = _way(call, item, step, model)
    if prompt is None:
        prompt = item.prompt if STEPS[step].keeps_prompt else ""
    request = request_of(call, wish, way.model.id, prompt, leave_out=_NOT_FIELDS)
    if way.task_field is not None:
        params = {**request.params, way.task_field.name: call.studio.next_steps.provider_task_id(item)}
        return replace(request, params=params)
    if way.slot is None:
        return request
    inputs = call.studio.references
    use = inputs.last_frame if step is NextStep.LAST_FRAME else inputs.from_media
    return replace(request, references=(use(way.model.id, item.id, way.slot.role), *request.references))


def _way(call: Call, item: Media, step: NextStep, model: str | None) -> Way:
    possible = call.studio.next_steps.possible(item)
    if step not in possible:
        said = f"This item can: {', '.join(possible)}." if possible else "Wait until the item is finished."
        raise InvalidRequest(f"“{step}” is not possible for item {item.id}.", field="action", next_step=said)
    ways = call.studio.next_steps.ways(step, item)
    if model is None:  # the model that made the item, if it can; one that continues its task comes first
        return min(ways, key=lambda way: (way.task_field is None, way.model.id != item.model))
    found = next((way for way in ways if way.model.id == model), None)
    if found is None:
        known = ", ".join(way.model.id for way in ways[:10])
        raise InvalidRequest(f"“{model}” cannot do this.", field="model", next_step=f"Use one of: {known}.")
    return found
