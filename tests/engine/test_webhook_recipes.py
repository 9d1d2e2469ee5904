"""The code of docs/webhooks.md that checks signatures, run against a real delivery."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.webhook_receiver import Received, WebhookReceiver
from kaimedia.config import Config, WebhookSetting
from kaimedia.context import AppContext
from kaimedia.webhooks.signature import new_secret

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECRET, OTHER = new_secret(), new_secret()


def recipe(language: str) -> str:
    """The only block of code in that language."""
    [block] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(block)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """A receiver that accepts everything."""
    made = WebhookReceiver()
    yield made
    made.stop()


@pytest.fixture
def config(config: Config, receiver: WebhookReceiver) -> Config:
    """Settings with an endpoint, whose host is trusted."""
    return replace(config, trusted_hosts=(receiver.host,), webhook=WebhookSetting(receiver.url, SECRET, "json"))


@pytest.fixture
def delivered(context: AppContext, receiver: WebhookReceiver) -> Received:
    """A real delivery."""
    context.studio.webhooks.test(context.studio.webhooks.endpoints()[0].id)
    return receiver.received[0]


def variants(delivered: Received) -> list[tuple[dict[str, str], bytes, str]]:
    """The delivery, and what must be refused: another secret, body, id, time, and a replay."""
    headers = dict(delivered.headers)
    old = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    return [
        (headers, delivered.body, SECRET),
        (headers, delivered.body, OTHER),
        (headers, delivered.body + b" ", SECRET),
        ({**headers, "webhook-id": "evt_other"}, delivered.body, SECRET),
        ({**headers, "webhook-signature": "v1,AAAA"}, delivered.body, SECRET),
        (old, delivered.body, SECRET),
    ]


def test_python(delivered: Received) -> None:
    space: dict[str, Any] = {}
    exec(recipe("python"), space)
    assert [space["is_genuine"](*each) for each in variants(delivered)] == [True, *[False] * 5]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_javascript(delivered: Received, tmp_path: Path) -> None:
    (tmp_path / "recipe.mjs").write_text(recipe("js"), encoding="utf-8")
    cases = [[headers, body.decode(), secret] for headers, body, secret in variants(delivered)]
    run = f"""
        import {{ isGenuine }} from './recipe.mjs';
        const found = {json.dumps(cases)}.map(([headers, body, secret]) =>
          isGenuine(headers, Buffer.from(body), secret));
        console.log(JSON.stringify(found));
    """
    (tmp_path / "run.mjs").write_text(run, encoding="utf-8")
    result = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [True, *[False] * 5]
