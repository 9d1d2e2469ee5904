"""Files that an edit cannot use: the response says what the model takes."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kaimedia.api.openai.application import app
from kaimedia.web.mounting import ApiMount
from tests.api.conftest import HERE


@pytest.mark.parametrize("data", [b"no image at all", b"no image at all" * 1000], ids=["small", "large"])
def test_a_broken_image_is_told_only_what_the_model_takes(client: TestClient, data: bytes) -> None:
    with TestClient(Starlette(routes=[ApiMount("/v1", app)]), base_url="http://127.0.0.1", client=HERE) as openai:
        answer = openai.post(
            "/v1/images/edits", data={"prompt": "x", "model": "gpt4o-image"}, files={"image": ("a.png", data)}
        )
    assert answer.status_code == 415, answer.text
    assert "Use a PNG, JPEG or WebP up to" in answer.text
    assert "Videos" not in answer.text and "sound are" not in answer.text
