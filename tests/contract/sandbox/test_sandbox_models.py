"""The list of models and what belongs to one: envelopes, filters, the shared limit, removed and added ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kaimedia.errors import ConfigError
from kaimedia.models import catalogue
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.protocol.server import create_app
from tests.contract.sandbox.wire import Wire

ID = "nano-banana-2"
SLASHED = "kling/v2-5-turbo-text-to-video-pro"
TOO_OFTEN = "Your call frequency is too high. Please try again later."


def asked(wire: Wire, path: str = "", **query: str) -> dict[str, Any]:
    """The envelope, a second after the last request."""
    wire.clock.advance(1.0)
    envelope: dict[str, Any] = wire.get(f"/api/v1/models{path}", params=query).json()
    return envelope


def ids(wire: Wire, **query: str) -> list[str]:
    data = asked(wire, **query)["data"]
    assert data["total"] == len(data["models"])
    return [each["model"] for each in data["models"]]


def test_the_list_has_every_model_that_is_sold(wire: Wire) -> None:
    envelope = asked(wire)
    assert (envelope["code"], envelope["msg"]) == (200, "success")
    found = {each["model"]: each for each in envelope["data"]["models"]}
    sold = {model_id for spec in catalogue.MODELS if spec.retirement is None for model_id in spec.listed_ids}
    assert found.keys() == {*sold, "suno/generate-music", "claude-haiku-4-5"}
    assert "sora-2-text-to-video" not in found
    assert found[SLASHED] == {
        "model": SLASHED,
        "slug": SLASHED,
        "title": "Kling 2.5 Turbo API",
        "provider": "Kling",
        "taskType": ["Text to Video"],
        "description": catalogue.get("kling-2.5-turbo").tagline,
        "pricingDesc": "42 credits ($0.210) with duration_s 5. 84 credits ($0.420) with duration_s 10",
    }


def test_the_filters_may_be_combined_and_may_match_nothing(wire: Wire) -> None:
    videos = ids(wire, taskType="Text to Video,Image to Video")
    assert SLASHED in videos and ID not in videos
    assert ids(wire, provider="kling", q="v2-5-turbo", taskType="Text to Video") == [SLASHED]
    assert ids(wire, q="no such model") == []


def test_a_schema_is_an_openapi_document_of_one_model(wire: Wire) -> None:
    data = asked(wire, f"/{SLASHED}/schema")["data"]
    assert data["model"] == SLASHED
    document = data["openapi"]
    body = document["paths"]["/api/v1/jobs/createTask"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/create%20task"}
    schemas = document["components"]["schemas"]
    assert schemas["create task"]["properties"]["model"]["enum"] == [SLASHED]
    assert schemas["input"]["required"] == ["prompt"]
    assert schemas["input"]["properties"]["duration"] == {"type": "string", "enum": ["5", "10"], "default": "5"}


def test_a_model_with_an_endpoint_of_its_own_has_no_document(wire: Wire) -> None:
    assert asked(wire, "/veo-3-1/schema")["data"] == {"model": "veo-3-1", "openapi": None}


def test_price_and_success_rate(wire: Wire) -> None:
    price = asked(wire, "/suno/generate-music/price")
    assert price["data"] == {"model": "suno/generate-music", "pricingDesc": None}
    assert asked(wire, f"/{ID}/price")["data"]["pricingDesc"].startswith("8 credits ($0.040) per image")
    assert asked(wire, f"/{ID}/success-rate")["data"] == {"model": ID, "points": []}


@pytest.mark.parametrize("what", ["schema", "price", "success-rate"])
def test_an_unknown_id_is_a_404_in_the_envelope(wire: Wire, what: str) -> None:
    wire.clock.advance(1.0)
    answer = wire.get(f"/api/v1/models/no/such/{what}")
    assert answer.status_code == 200
    assert (answer.json()["code"], answer.json()["data"]) == (404, None)
    assert answer.json()["msg"].startswith("The model name you specified is not supported.")


def test_all_four_share_one_request_a_second(wire: Wire) -> None:
    assert asked(wire)["code"] == 200
    refused = wire.get(f"/api/v1/models/{ID}/schema")
    assert refused.status_code == 200
    assert refused.json() == {"code": 429, "msg": TOO_OFTEN, "data": None}
    assert asked(wire, f"/{ID}/schema")["code"] == 200


def test_a_key_is_needed(wire: Wire) -> None:
    answer = wire.get("/api/v1/models", headers={"Authorization": ""})
    assert answer.json()["code"] == 401 and "data" not in answer.json()


def test_an_id_vanishes_and_a_new_one_appears_and_can_be_used(open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(removed_models=(ID,), added_models={"acme/lumen-2": SLASHED})
    found = ids(wire)
    assert ID not in found and "acme/lumen-2" in found
    assert asked(wire, f"/{ID}/schema")["code"] == 404
    document = asked(wire, "/acme/lumen-2/schema")["data"]["openapi"]
    assert document["components"]["schemas"]["create task"]["properties"]["model"]["enum"] == ["acme/lumen-2"]
    record = wire.finish("market", "A lumen", model="acme/lumen-2", duration="5", aspect_ratio="16:9")
    assert (record["model"], record["state"]) == ("acme/lumen-2", "success")
    assert '"model": "acme/lumen-2"' in record["param"]


def test_the_list_can_be_changed_while_it_runs(open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(removed_models=(ID,))
    assert wire.post("/_sandbox/models", json={"added": {"acme/lumen-2": ID}}).status_code == 200
    assert {ID, "acme/lumen-2"} < set(ids(wire))
    wrong = wire.post("/_sandbox/models", json={"added": {"acme/lumen-3": "no such id"}})
    assert wrong.status_code == 422 and "no such model" in wrong.json()["error"]
    assert wire.post("/_sandbox/models", json={"removed": "all"}).status_code == 422
    assert wire.post("/_sandbox/models", data={"removed": "all"}).status_code == 415
    assert {ID, "acme/lumen-2"} < set(ids(wire))


def test_a_copy_of_an_unknown_model_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="no such model"):
        create_app(SandboxOptions(added_models={"acme/lumen-2": "no such id"}))
