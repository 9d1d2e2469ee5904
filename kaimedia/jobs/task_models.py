"""The model of a stored task: it may have changed, or be gone, since the task was queued."""

from __future__ import annotations

from kaimedia.domain import ListedModel, Task
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.models.schema_form import form_of
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate
from kaimedia.providers.registry import label_of


def check_unchanged(models: ModelCatalog, spec: ModelSpec, task: Task) -> None:
    """Check that a request still means what it meant when it was queued; for models made from the provider's schema.

    A changed schema would drop renamed fields from the body and fill new ones with a value that nobody chose.

    Raises:
        InvalidRequest: the model can no longer be used, or the request is not what its form would make now.
    """
    if catalogue.find(spec.id) is not None:
        return
    schema = f"{label_of(spec.provider)}’s schema of {spec.label}"
    if not models.listing(spec).is_sendable:
        raise InvalidRequest(f"{schema} can no longer be used, so this was not sent.", field="model")
    try:
        valid = validate(spec, task.request)
    except InvalidRequest as error:
        raise InvalidRequest(f"{_changed(schema)} {error.message}", field=error.field) from error
    if valid != task.request:
        raise InvalidRequest(_changed(schema), field="model")


def to_time_polls(models: ModelCatalog, task: Task) -> ModelSpec:
    """The task's model; if there is no longer any of that id, one with the usual times of its modality."""
    try:
        return models.get(task.model)
    except InvalidRequest:
        listed = ListedModel(task.model, modality=task.modality)
        return form_of(listed, None, model_id=task.model, makers=(), as_of=task.created_at.date()).spec


def _changed(schema: str) -> str:
    return f"{schema} has changed since this was queued, so it was not sent."
