"""Signed media URLs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kaimedia.security.signing import SLOT_S, Signer

NAME = "image_20261122T101530Z_" + "a" * 32 + ".png"
NOW = 1_795_000_000.0
signer = Signer(b"k" * 32)


def test_a_signature_is_valid_for_one_to_two_hours() -> None:
    query = signer.query(NAME, NOW)
    assert signer.is_valid(NAME, query, NOW)
    assert signer.is_valid(NAME, f"{query}&download=1", NOW)
    assert signer.is_valid(NAME, query, NOW + SLOT_S)
    assert not signer.is_valid(NAME, query, NOW + 2 * SLOT_S)


def test_a_url_stays_the_same_within_the_hour() -> None:
    start = NOW // SLOT_S * SLOT_S
    assert signer.query(NAME, start) == signer.query(NAME, start + SLOT_S - 1) != signer.query(NAME, start + SLOT_S)


def test_tampering_is_detected() -> None:
    query = signer.query(NAME, NOW)
    until, signature = (part.partition("=")[2] for part in query.split("&"))
    assert not signer.is_valid(NAME.replace("a.png", "b.png"), query, NOW)
    assert not Signer(b"l" * 32).is_valid(NAME, query, NOW)
    assert not signer.is_valid(NAME, f"until={int(until) + 1}&signature={signature}", NOW)
    assert not signer.is_valid(NAME, f"until={until}&signature={signature[:-1]}", NOW)
    assert not signer.is_valid(NAME, f"until={until}&signature=", NOW)
    assert not signer.is_valid(NAME, f"{query}&until={int(until) + 9}", NOW)
    assert not signer.is_valid(NAME, "", NOW)


@given(st.text(max_size=60), st.text(max_size=80))
def test_junk_is_invalid_and_never_fails(until: str, signature: str) -> None:
    assert not signer.is_valid(NAME, f"until={until}&signature={signature}", NOW)
    assert not signer.is_valid(NAME, until + signature, NOW)
    assert not signer.is_valid(NAME, "&" * 500 + signer.query(NAME, NOW), NOW)
