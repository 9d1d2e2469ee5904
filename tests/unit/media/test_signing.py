"""Signed addresses of media."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kaimedia.media.signing import SLOT_S, Signer

NAME = "image_20261122T101530Z_" + "a" * 32 + ".png"
NOW = 1_795_000_000.0
signer = Signer(b"k" * 32)


def test_it_opens_its_own_file_for_one_to_two_hours() -> None:
    query = signer.query(NAME, NOW)
    assert signer.holds(NAME, query, NOW)
    assert signer.holds(NAME, f"{query}&download=1", NOW)
    assert signer.holds(NAME, query, NOW + SLOT_S)
    assert not signer.holds(NAME, query, NOW + 2 * SLOT_S)


def test_an_address_stays_the_same_within_the_hour() -> None:
    start = NOW // SLOT_S * SLOT_S
    assert signer.query(NAME, start) == signer.query(NAME, start + SLOT_S - 1) != signer.query(NAME, start + SLOT_S)


def test_nothing_of_it_can_be_changed() -> None:
    query = signer.query(NAME, NOW)
    until, signature = (part.partition("=")[2] for part in query.split("&"))
    assert not signer.holds(NAME.replace("a.png", "b.png"), query, NOW)
    assert not Signer(b"l" * 32).holds(NAME, query, NOW)
    assert not signer.holds(NAME, f"until={int(until) + 1}&signature={signature}", NOW)
    assert not signer.holds(NAME, f"until={until}&signature={signature[:-1]}", NOW)
    assert not signer.holds(NAME, f"until={until}&signature=", NOW)
    assert not signer.holds(NAME, f"{query}&until={int(until) + 9}", NOW)
    assert not signer.holds(NAME, "", NOW)


@given(st.text(max_size=60), st.text(max_size=80))
def test_junk_never_opens_and_never_fails(until: str, signature: str) -> None:
    assert not signer.holds(NAME, f"until={until}&signature={signature}", NOW)
    assert not signer.holds(NAME, until + signature, NOW)
    assert not signer.holds(NAME, "&" * 500 + signer.query(NAME, NOW), NOW)
