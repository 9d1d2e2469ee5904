"""`models` and `credits`."""

from __future__ import annotations

import pytest

from kaimedia.api.model_schemas import ListingOut, ModelOut
from kaimedia.cli.models import model_document
from kaimedia.cli.runner import open_app
from kaimedia.models.catalogue import MODELS
from kaimedia.models.inputs import ReferenceUse
from kaimedia.models.model_catalog import KNOWN
from kaimedia.providers.registry import label_of
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.cli.conftest import Cli

USES = {ReferenceUse.NONE: "no", ReferenceUse.OPTIONAL: "optional", ReferenceUse.REQUIRED: "required"}
KEY = "canary-credits-key-1a2b"


def test_the_table_of_models(cli: Cli) -> None:
    result = cli("models")
    head, *rows = result.out.splitlines()
    assert result.code == 0 and head.split()[:3] == ["ID", "NAME", "KIND"]
    assert [row.split()[0] for row in rows] == [spec.id for spec in MODELS]
    for row, spec in zip(rows, MODELS, strict=True):
        assert spec.label in row and f" {spec.modality.value} " in row and f" {USES[spec.reference_use]}" in row
        assert ("credits ($" in row or "not listed" in row) == (spec.price.usd_per_credit is not None)
        assert (f"retired by {label_of(spec.provider)}, use" in row) == (spec.retirement is not None)
    videos = cli("models", "--type", "video").out.splitlines()[1:]
    assert 0 < len(videos) < len(rows) and "nothing is charged" in result.err


def test_models_for_scripts_are_those_of_the_api(cli: Cli) -> None:
    items = cli("models", "--json").document["items"]
    assert [item["id"] for item in items] == [spec.id for spec in MODELS]
    assert items[0]["prices"][0]["credits"] > 0 and items[0]["reference"]["use"] in ("none", "optional", "required")
    for spec in MODELS:
        shown = ModelOut.of(spec, is_available=True, listing=ListingOut.of(KNOWN)).model_dump(mode="json")
        document = model_document(spec, is_available=True)
        assert document.pop("reference")["use"] == shown["reference"]["use"]
        assert document == {name: shown[name] for name in document}


def test_favorite_models_are_marked(cli: Cli) -> None:
    with open_app(runs_tasks=False) as context:
        context.studio.preferred_models.set_favorite("veo3_fast", is_favorite=True)
    rows = cli("models").out.splitlines()[1:]
    assert [row.split()[0] for row in rows if row.endswith("favorite")] == ["veo3_fast"]
    items = cli("models", "--json").document["items"]
    assert [item["id"] for item in items if item["is_favorite"]] == ["veo3_fast"]


def test_the_balance_of_the_sandbox(cli: Cli) -> None:
    result = cli("credits")
    assert result.code == 0 and result.out.splitlines()[0] == "provider  sandbox: nothing is charged"
    assert result.out.splitlines()[1].endswith(" credits")
    document = cli("credits", "--json").document
    assert document["provider"] == "sandbox" and document["credits"] > 0 and document["problem"] is None
    assert document["checked_at"].endswith("Z") and document["is_refreshing"] is False


def test_the_balance_of_kie(cli: Cli, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", KEY)
    monkeypatch.setenv("KIE_API_URL", sandbox.base_url or "")
    result = cli("credits")
    assert result.code == 0 and result.out.startswith("provider  kie.ai, key •••• 1a2b from environment\n")
    assert KEY not in result.out + result.err and cli("credits", "--json").document["provider"] == "kie"


def test_a_balance_nobody_tells(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIMEDIA_PROVIDER", "kie")
    missing = cli("credits", "--json")
    assert missing.code == 1 and missing.document["error"]["code"] == "bad_key"
    monkeypatch.setenv("KIE_API_KEY", KEY)
    monkeypatch.setenv("KIE_API_URL", "http://127.0.0.1:1")
    silent = cli("credits", "--json")
    assert silent.code == 1 and silent.document["error"]["code"] == "provider_unavailable"
    assert "free" in silent.document["error"]["next_step"] and KEY not in silent.out + silent.err
