"""`import` and `unsaved`."""

from __future__ import annotations

from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.cli.conftest import Cli
from tests.contract.sandbox.wire import body
from tests.elsewhere import Make


def test_import_waits_and_says_what_became_of_each_id(cli: Cli, sandbox: EmbeddedSandbox, make_elsewhere: Make) -> None:
    veo = make_elsewhere("veo", body("veo", "a comet"))
    fox = make_elsewhere("gpt4o", body("gpt4o", "a fox"))
    result = cli("import", "-", "--wait", "--json", stdin=f"{veo}\n{fox}, nothing")
    assert result.code == 1
    assert [each["outcome"] for each in result.document["results"]] == ["imported", "imported", "not_found"]
    task = cli("get", result.document["results"][0]["task_id"], "--json").document
    assert (task["status"], task["model"], task["prompt"]) == ("completed", "veo3_fast", "a comet")
    assert task["imported_at"] and task["result_urls"]
    again = cli("import", veo)
    assert again.code == 0 and "known" in again.out and "It is here already." in again.out
    assert cli("import", veo, "--family", "tarot").code == 2


def test_unsaved_results_are_listed_and_fetched(cli: Cli) -> None:
    assert "Every result is saved." in cli("unsaved").out
    made = cli("generate", "x [fault:dead_link]", "--wait", "--timeout", "3", "--json")
    task_id = made.document["task_id"]
    (item,) = cli("unsaved", "--json").document["items"]
    assert item["task"]["task_id"] == task_id and item["is_being_fetched"]
    assert "more" in cli("unsaved").out
    assert cli("unsaved", task_id).code == 2
    still = cli("unsaved", task_id, "--fetch", "--timeout", "1", "--json")
    assert still.code == 3 and still.document["tasks"][0]["task_id"] == task_id


def test_the_facts_about_a_lost_reply_and_the_choices(cli: Cli) -> None:
    made = cli("generate", "x [fault:create_accepted_reset]", "--wait", "--json")
    task_id = made.document["task_id"]
    shown = cli("resolve", task_id)
    assert shown.code == 0 and "sent      between" in shown.out and "price     6 credits" in shown.out
    assert f"resolve {task_id} PROVIDER_TASK_ID" in shown.out and f"dismiss {task_id}" in shown.out
    assert cli("resolve", task_id, "--json").document["price_credits"] == 6.0
    done = cli("generate", "a boat", "--wait", "--json").document["task_id"]
    assert cli("resolve", done).code == 1
