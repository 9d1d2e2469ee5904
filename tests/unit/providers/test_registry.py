"""Providers and wire formats that are not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kaimedia.errors import InvalidRequest, RequestRejected
from kaimedia.models import catalogue
from kaimedia.providers import registry
from kaimedia.providers.base import Account
from kaimedia.providers.kie.families.codecs import codec_of


def test_an_unknown_provider_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="no provider “gone”") as raised:
        registry.entry_of("gone")
    assert raised.value.field == "model" and not raised.value.retryable


def test_a_task_of_an_unregistered_provider_can_still_be_shown_and_saved() -> None:
    assert (registry.label_of("gone"), registry.location_of("gone")) == ("gone", "at gone")
    assert registry.account_of("gone") == Account() and not registry.is_free("gone")


def test_an_unknown_wire_format_is_refused_before_anything_is_sent() -> None:
    spec = replace(catalogue.get("veo3_fast"), family="veo9")
    with pytest.raises(RequestRejected, match=r"unknown wire format, “veo9”\. Nothing was sent"):
        codec_of(spec)


def test_an_account_does_not_print_its_key() -> None:
    assert "secret" not in repr(Account("https://api.example", "https://up.example", "secret"))
