"""A provider with a key of its own, registered from outside as an extension would, and used through the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, GenerationRequest, Phase, ProviderName, Reference, Role, TaskChange
from kaimedia.errors import AuthFailed, CreditsExhausted, InvalidRequest
from kaimedia.jobs.key_check import KeyProblem
from kaimedia.providers import registry
from kaimedia.studio.task_texts import next_step
from kaimedia.ui import ui_text
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.pictureworks.entry import PICTUREWORKS
from tests.pictureworks.extension import KEY as KEY_SETTING
from tests.pictureworks.extension import MODEL, registered
from tests.pictureworks.service import KEY, Service, running
from tests.ui.conftest import button, choose_model, grid, open_page, picker, texts

REQUEST = GenerationRequest(model=MODEL.id, prompt="A red kite", aspect_ratio="1:1")
Open = Callable[..., AppContext]


@pytest.fixture
def service() -> Iterator[Service]:
    """A running service of a provider that is registered as an extension would do it."""
    with registered(), running() as server:
        yield server


@pytest.fixture
def open_app(service: Service, open_with: Open) -> Open:
    """Opens an app, seen by the pages, with this key of the provider in the environment."""
    return lambda key, **options: open_with({KEY_SETTING.name: key} if key else {}, **options)


def test_generate_shows_its_true_prices(service: Service, open_app: Open) -> None:
    context = open_app(KEY)
    app = choose_model(open_page(), MODEL.id)
    shown = texts(app)
    assert MODEL.id in [model["id"] for model in picker(app)["models"]]
    assert "About 5 credits" in shown and "About 5 credits, based on the list price of" in shown
    assert "Free in the sandbox" not in shown and "$" not in shown
    assert ui_text.sandbox_line([PICTUREWORKS.name]) in shown
    assert picker(app)["note"].endswith("nothing is charged in the sandbox, unlike at PictureWorks.")
    app.text_area(key="prompt").set_value("A red kite").run()
    button(app, "generate").click().run()
    assert not app.exception
    (task,) = context.studio.tasks.page().items
    assert (task.provider, task.model, task.credits_estimated) == ("pictureworks", MODEL.id, 5)
    done = wait_for_phase(context, task.task_id, Phase.DONE)
    assert (done.credits_actual, len(service.created)) == (5, 1)
    (drawn,) = grid(open_page(), "stage_grid")["items"]
    assert (drawn["prompt"], drawn["model"]) == ("A red kite", "PictureWorks One")
    assert "spent today: 5 credits" in texts(choose_model(open_page(), MODEL.id)).replace("about ", "").lower()


def test_credits_of_two_providers_are_not_added_up(open_app: Open) -> None:
    context = open_app(KEY)
    first = context.studio.tasks.submit(REQUEST)
    wait_for_phase(context, first.task_id, Phase.DONE)
    (item,) = context.studio.gallery.of_task(first.task_id)
    reference = context.studio.references.from_media("gpt4o-image", item.id)
    second = context.studio.tasks.submit(image_request(references=(reference,)))
    wait_for_phase(context, second.task_id, Phase.DONE)
    found = context.studio.gallery.details(item.id)
    assert len(found.family) == 2 and found.family_credits is None
    both = [REQUEST, image_request()]
    assert {name: price.credits for name, price in context.studio.batches.prices(both).items()} == {
        "pictureworks": 5,
        "sandbox": 6,
    }


def test_the_balance_of_each_provider_is_read_in_the_background(service: Service, open_app: Open) -> None:
    context = open_app(KEY, run_engine=False)
    service.balance = 42
    account = context.studio.account
    wait_for(lambda: account.balance_of("pictureworks").balance_credits == 42.0, "its balance")
    assert account.state().check.balance_credits is None  # that of the other provider
    assert account.balance_of("kie").balance_credits is None  # no key


def test_what_its_balance_cannot_pay_is_refused(service: Service, open_app: Open) -> None:
    context = open_app(KEY, run_engine=False)
    service.balance = 4
    with pytest.raises(CreditsExhausted, match="your balance at PictureWorks is 4 credits"):
        context.studio.tasks.submit(REQUEST)
    assert context.studio.tasks.page().total == 0 and service.balance_reads == 1


def test_a_provider_that_reports_no_balance_is_not_asked_for_it(service: Service, open_app: Open) -> None:
    registry.register(replace(registry.entry_of(PICTUREWORKS.name), reports_balance=False))
    context = open_app(KEY)
    account = context.studio.account
    assert account.ask_balance(PICTUREWORKS.name) is None
    assert account.balance_of(PICTUREWORKS.name).checked_at is None
    service.balance = 4
    wait_for_phase(context, context.studio.tasks.submit(REQUEST).task_id, Phase.DONE)
    assert service.balance_reads == 0


def test_an_input_is_refused_where_there_are_no_uploads(open_app: Open) -> None:
    registry.register(replace(registry.entry_of(PICTUREWORKS.name), takes_uploads=False))
    context = open_app(KEY, run_engine=False)
    reference = Reference(url="https://x.example/a.png", role=Role.REFERENCE)
    with pytest.raises(InvalidRequest, match="PictureWorks takes no input files"):
        context.studio.tasks.submit(replace(REQUEST, references=(reference,)))
    assert context.studio.tasks.page().total == 0


def test_another_providers_balance_is_not_shown_for_it(open_app: Open) -> None:
    context = open_app(KEY, provider="kie", kie_api_key="a-key-of-some-length", run_engine=False)
    context.providers.note_balance(4820.0)
    app = choose_model(open_page(), MODEL.id)
    assert "<span>About 5 credits</span>" in texts(app) and "4,820" not in texts(app)
    assert "credits ($0.03) of your 4,820" in texts(choose_model(app, "gpt4o-image"))


def test_without_a_key_nothing_is_queued_and_the_button_says_why(service: Service, open_app: Open) -> None:
    context = open_app(None)
    app = choose_model(open_page(), MODEL.id)
    assert button(app, "generate").disabled
    assert "No PictureWorks key is set. Set PICTUREWORKS_API_KEY and restart." in texts(app)
    assert ui_text.sandbox_line() in texts(app)  # nothing of it can be charged
    assert not button(choose_model(app, "gpt4o-image"), "generate").disabled
    with pytest.raises(AuthFailed, match="No PictureWorks key is set") as raised:
        context.studio.tasks.submit(REQUEST)
    assert raised.value.next_step == "Set PICTUREWORKS_API_KEY and restart. Nothing was sent."
    assert context.studio.tasks.page().total == 0 and not service.created


def test_a_missing_key_of_kie_does_not_stop_it(open_app: Open) -> None:
    open_app(KEY, provider="kie", run_engine=False)
    assert not button(choose_model(open_page(), MODEL.id), "generate").disabled
    assert button(choose_model(open_page(), "gpt4o-image"), "generate").disabled


def test_a_rejected_key_is_remembered_for_this_provider_alone(service: Service, open_app: Open) -> None:
    context = open_app("another-key-0123456789")
    task = wait_for_phase(context, context.studio.tasks.submit(REQUEST).task_id, Phase.FAILED)
    assert (task.error_code, task.may_have_cost, service.refused) == (ErrorCode.BAD_KEY, False, 1)
    assert next_step(task) == "Check the key in PICTUREWORKS_API_KEY and restart, then try again."
    app = choose_model(open_page(), MODEL.id)
    assert button(app, "generate").disabled
    assert "PictureWorks rejected the key. Correct PICTUREWORKS_API_KEY and restart." in texts(app)
    with pytest.raises(AuthFailed, match="PictureWorks rejected the key"):
        context.studio.tasks.submit(REQUEST)
    assert not button(choose_model(app, "gpt4o-image"), "generate").disabled
    assert service.refused == 1


def test_with_the_sandbox_chosen_by_setting_nothing_is_charged(service: Service, open_app: Open) -> None:
    context = open_app(KEY, provider=ProviderName.SANDBOX)
    app = choose_model(open_page(), MODEL.id)
    assert "KAIMEDIA_PROVIDER is sandbox, so nothing is sent to PictureWorks." in texts(app)
    assert button(app, "generate").disabled
    with pytest.raises(AuthFailed, match="KAIMEDIA_PROVIDER"):
        context.studio.tasks.submit(REQUEST)
    assert context.providers.state_for(MODEL).problem is KeyProblem.SANDBOX_ONLY and not service.created


def _sent(context: AppContext) -> str:
    """A task that the provider has accepted."""
    task = context.studio.tasks.submit(REQUEST)
    sent = {"phase": Phase.WAITING, "provider_task_id": "abc", "accepted_at": task.created_at}
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset({Phase.QUEUED}), sent), task.created_at)
    return task.task_id


def test_a_queued_task_names_its_provider(open_app: Open) -> None:
    _sent(open_app(KEY, run_engine=False))
    assert "Queued at PictureWorks" in " ".join(each.label for each in open_page().status)


def test_a_sent_task_of_an_unregistered_provider_waits_and_is_shown(open_app: Open) -> None:
    context = open_app(KEY, run_engine=False)
    task_id = _sent(context)
    registry.unregister(PICTUREWORKS.name)
    change = context.engine.handlers.poll(context.studio.tasks.get(task_id))
    assert change.fields.get("phase", Phase.WAITING) is Phase.WAITING and "error_code" not in change.fields
    assert "Queued at pictureworks" in " ".join(each.label for each in open_page().status)


def test_nothing_is_queued_for_an_unregistered_provider(open_app: Open) -> None:
    context = open_app(KEY, run_engine=False)
    registry.unregister(PICTUREWORKS.name)
    assert not choose_model(open_page(), MODEL.id).exception
    with pytest.raises(InvalidRequest, match="There is no provider “pictureworks”"):
        context.studio.tasks.submit(REQUEST)
    assert context.studio.tasks.page().total == 0
