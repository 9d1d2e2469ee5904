"""Models from the provider's own list that change while tasks of them are queued or running."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import (
    ErrorCode,
    GenerationRequest,
    InputSchema,
    ListedModel,
    Modality,
    NoteCode,
    Phase,
    ProviderName,
    Reference,
    Role,
    SchemaProblem,
    Task,
    TaskChange,
    utc_now,
)
from kaimedia.errors import InvalidRequest, UnexpectedResponse
from kaimedia.jobs import task_models
from kaimedia.jobs.clock import TaskAges
from kaimedia.jobs.listed_models import ListedModels, shipped_ids
from kaimedia.models import schema_form, schema_node
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.models.schema_form import form_of
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.store.model_lists import ModelLists
from kaimedia.studio import next_step
from tests.conftest import wait_for
from tests.lists import KLING, LUMEN, change_list

OpenContext = Callable[..., AppContext]
NEW = ListedModel(LUMEN, "Lumen 2", "Acme", Modality.VIDEO)
PROMPT = {"type": "string"}
STEPS = {"type": "integer", "minimum": 1, "maximum": 50, "default": 20}


@pytest.fixture
def idle(config: Config, open_test_context: OpenContext, monkeypatch: pytest.MonkeyPatch) -> AppContext:
    """An app without an engine, whose sandbox's list has a new model with a prompt and a number of steps."""
    monkeypatch.setattr("kaimedia.jobs.listed_models.IS_FRESH_S", 0.1)
    context = open_test_context(config, run_engine=False)
    publish(context, {"prompt": PROMPT, "steps": STEPS})
    return context


def publish(context: AppContext, properties: dict[str, Any] | None, required: tuple[str, ...] = ("prompt",)) -> None:
    """Store what a comparison finds: the schema of the new model, None for none that can be read."""
    lists, now = context.stores.model_lists, utc_now()
    list_new(lists, NEW)
    schema = {"type": "object", "properties": properties, "required": list(required)}
    found = InputSchema(None, SchemaProblem.UNREADABLE) if properties is None else InputSchema(schema)
    lists.save_schema("sandbox", LUMEN, found, now=now)
    lists.finish("sandbox", failure="", now=now)


def list_new(lists: ModelLists, *models: ListedModel) -> None:
    lists.begin("sandbox", now=utc_now(), stale_before=utc_now())
    known = [ListedModel(model_id) for model_id in shipped_ids()]
    lists.save_list("sandbox", [*known, *models], expected=(), now=utc_now())


def queued(context: AppContext) -> Task:
    return context.studio.tasks.submit(GenerationRequest(LUMEN, "A paper boat", "", params={"steps": 30}))


def sent_after(context: AppContext, is_changed: Callable[[], bool], task: Task) -> TaskChange:
    """What comes of sending the task once the app has noticed the change."""
    wait_for(is_changed, "the changed schema", timeout_s=5)
    return context.engine.handlers.send(task)


def created(sandbox: EmbeddedSandbox) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{sandbox.base_url}/_sandbox/account") as answer:
        return list(json.load(answer)["tasks"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("properties", "required"),
    [
        ({"prompt": PROMPT, "n_steps": STEPS}, ("prompt",)),  # renamed
        ({"prompt": PROMPT, "steps": {**STEPS, "maximum": 25}}, ("prompt",)),
        ({"prompt": PROMPT, "steps": STEPS, "style": {"type": "string"}}, ("prompt", "style")),
        ({"prompt": PROMPT, "steps": STEPS, "loud": {"type": "boolean", "default": True}}, ("prompt",)),
        ({"prompt": PROMPT, "steps": STEPS, "path": {"type": "object"}}, ("prompt", "path")),
        (None, ()),
    ],
)
def test_a_task_is_not_sent_when_its_form_has_changed(
    idle: AppContext, sandbox: EmbeddedSandbox, properties: dict[str, Any] | None, required: tuple[str, ...]
) -> None:
    task, n_before = queued(idle), len(created(sandbox))
    catalog = idle.studio.catalog
    before, was_sendable = catalog.get(LUMEN), catalog.listing(catalog.get(LUMEN)).is_sendable
    publish(idle, properties, required)
    change = sent_after(
        idle,
        lambda: catalog.get(LUMEN) is not before or catalog.listing(before).is_sendable != was_sendable,
        task,
    )
    assert (change.fields["phase"], change.fields["error_code"]) == (Phase.FAILED, ErrorCode.REJECTED)
    assert not change.fields["may_have_cost"] and "kie.ai’s schema of acme/lumen-2" in change.fields["error_message"]
    failed = idle.stores.task_updater.change(replace(change, expect=frozenset({task.phase})), utc_now())
    assert next_step(failed).endswith("Nothing was charged.")
    assert len(created(sandbox)) == n_before


def test_a_task_is_sent_when_its_form_means_the_same(idle: AppContext, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, lumen_2=KLING)
    task = queued(idle)
    change = idle.engine.handlers.send(idle.studio.tasks.get(task.task_id))
    assert change.fields["phase"] is Phase.WAITING, change.fields
    assert created(sandbox)[-1]["model"] == LUMEN


def test_a_stored_request_with_fields_of_every_kind_counts_as_unchanged(idle: AppContext) -> None:
    item = {"type": "object", "properties": {"x": {"type": "number"}}}
    properties = {
        "prompt": PROMPT,
        "image_url": {"type": "string", "format": "uri"},
        "scale": {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.1},
        "names": {"type": "array", "items": {"type": "string"}},
        "paths": {"type": "array", "items": item},
        "loud": {"type": "boolean", "default": True},
        "speed": {"type": "integer", "enum": [1, 2], "default": 2},
        "ratio": {"type": "string", "enum": ["1:1", "16:9"], "default": "16:9"},
    }
    spec = form_of(NEW, {"properties": properties}, model_id=LUMEN, makers=(), as_of=date(2026, 11, 30)).spec
    assert len(spec.params) == 5 and len(spec.inputs) == 1
    idle.stores.model_lists.save_schema("sandbox", LUMEN, InputSchema({"properties": properties}), now=utc_now())
    params = {"scale": 0.30000000000000004, "names": ["a"], "paths": [{"x": 1.0}], "speed": 1}
    frame = Reference(url="https://images.example/a.png")
    request = GenerationRequest(LUMEN, " A paper boat\r\n", "", references=(frame,), params=params)
    task_id = idle.studio.tasks.submit(request).task_id
    task_models.check_unchanged(idle.studio.catalog.lookup, spec, idle.studio.tasks.get(task_id))


@pytest.mark.slow
def test_a_model_that_is_no_longer_said_to_make_videos_is_known_but_not_offered(idle: AppContext) -> None:
    task = queued(idle)
    list_new(idle.stores.model_lists, replace(NEW, modality=None))
    catalog = idle.studio.catalog
    wait_for(lambda: LUMEN not in {spec.id for spec in catalog.models()}, "the changed list", timeout_s=5)
    assert catalog.get(LUMEN).modality is Modality.VIDEO and idle.studio.model_lists.state().new == ()
    with pytest.raises(InvalidRequest, match="no longer lists it as making images or videos"):
        queued(idle)
    sent = replace(task, phase=Phase.WAITING, provider_task_id="abc", accepted_at=utc_now())
    assert idle.engine.handlers.poll(sent).fields.get("phase", Phase.WAITING) is not Phase.FAILED


def test_a_task_of_an_unknown_model_is_polled_until_its_deadline(idle: AppContext) -> None:
    sent = replace(queued(idle), model="acme/gone", phase=Phase.WAITING, provider_task_id="abc", accepted_at=utc_now())
    at_s = [0.0]
    handlers = replace(idle.engine.handlers, ages=TaskAges(lambda: at_s[0]))
    fields = handlers.poll(sent).fields
    assert fields["due_at"] > utc_now() and "error_code" not in fields
    at_s[0] = 86_400.0
    assert handlers.poll(sent).fields["error_code"] is ErrorCode.EXPIRED


def test_inputs_for_an_unknown_model_are_not_uploaded_again_and_again(idle: AppContext) -> None:
    reference = Reference(url="http://127.0.0.1:9/a.png", role=Role.SOURCE)
    request = GenerationRequest("acme/gone", "A paper boat", "", references=(reference,))
    fields = idle.engine.handlers.prepare(replace(queued(idle), model="acme/gone", request=request)).fields
    assert (fields["phase"], fields["error_code"]) == (Phase.FAILED, ErrorCode.REJECTED)


def test_one_schema_that_breaks_the_reader_does_not_hide_the_others(
    idle: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(schema: Any) -> Any:
        if schema == {"type": "broken"}:
            raise OverflowError("cannot convert float infinity to integer")
        return schema_node.Node("string", (), {})

    publish(idle, {"prompt": {"type": "broken"}})
    list_new(idle.stores.model_lists, NEW, replace(NEW, id="acme/lumen-3"))
    idle.stores.model_lists.save_schema("sandbox", "acme/lumen-3", InputSchema({"properties": {}}), now=utc_now())
    monkeypatch.setattr(schema_form.schema_node, "read", read)
    catalog = ModelCatalog(ListedModels(idle.stores.model_lists, idle.providers.current))
    assert {LUMEN, "acme/lumen-3"} <= {spec.id for spec in catalog.all_models()}
    assert catalog.listing(catalog.get(LUMEN)).schema_problem is SchemaProblem.UNREADABLE
    assert catalog.listing(catalog.get("acme/lumen-3")).is_sendable


def test_a_schema_that_cannot_be_stored_is_a_failure_of_that_model(
    idle: AppContext, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = ModelLists.save_schema

    def refusing(self: ModelLists, provider: str, model_id: str, found: InputSchema, **more: Any) -> None:
        if model_id == LUMEN:
            raise UnexpectedResponse("It has values that the database cannot store.")
        save(self, provider, model_id, found, **more)

    change_list(sandbox, lumen_2=KLING, lumen_3=KLING)
    monkeypatch.setattr(ModelLists, "save_schema", refusing)
    assert idle.studio.model_lists.compare()
    assert f"The schema of {LUMEN} could not be read" in idle.studio.model_lists.state().check.failure
    found = {each.model.id: each.input for each in idle.stores.model_lists.listings()}
    assert found["acme/lumen-3"].problem is None


def test_with_the_sandbox_by_setting_queued_tasks_of_a_charging_provider_are_not_sent(
    config: Config, open_test_context: OpenContext, sandbox: EmbeddedSandbox
) -> None:
    paid = replace(config, kie_api_key="a-key-of-kie", kie_api_url=sandbox.base_url or "")
    first = open_test_context(replace(paid, provider="kie"), run_engine=False)
    task = first.studio.tasks.submit(GenerationRequest("gpt4o-image", "A paper boat", "1:1"))
    assert task.provider == ProviderName.KIE
    first.close()
    second, n_before = open_test_context(replace(paid, provider="sandbox"), run_engine=False), len(created(sandbox))
    for step in (second.engine.handlers.prepare, second.engine.handlers.send):
        fields = step(second.studio.tasks.get(task.task_id)).fields
        assert (fields["phase"], fields["note_code"]) == (Phase.FAILED, NoteCode.SANDBOX_ONLY)
        assert fields["error_message"] == "KAIMEDIA_PROVIDER is sandbox, so nothing is sent to kie.ai."
        assert not fields["may_have_cost"]
    failed = second.stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())
    assert next_step(failed) == "Set KAIMEDIA_PROVIDER to auto and restart, then try again. Nothing was charged."
    assert len(created(sandbox)) == n_before
    sent = replace(task, phase=Phase.WAITING, provider_task_id="abc", accepted_at=utc_now())
    assert second.engine.handlers.poll(sent).fields["due_at"] is not None
