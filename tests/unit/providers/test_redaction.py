"""Secrets are redacted, the rest stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.providers.http.redaction import quote, redact_secrets

SECRET = "s3cr3t-0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"authorization=bearer {SECRET}",
        f"api_key={SECRET}&x=1",
        f"apiKey: '{SECRET}'",
        f'{{"token": "{SECRET}"}}',
        f"https://h.example/a?X-Amz-Signature={SECRET}&y=1",
        f"https://user:{SECRET}@h.example/a",
        f"access-token = {SECRET}",
    ],
)
def test_shapes(text: str) -> None:
    assert SECRET not in redact_secrets(text) and "•••" in redact_secrets(text)


def test_known_secrets() -> None:
    assert redact_secrets(f"the key {SECRET} is bad", SECRET) == "the key ••• is bad"
    assert redact_secrets("this is a test", "test") == "this is a test"


@pytest.mark.parametrize("text", ["Your prompt was flagged.", "https://h.example/a.png?x=1", "Token limit reached"])
def test_innocent_text_stays(text: str) -> None:
    assert redact_secrets(text) == text


@given(st.text(max_size=2000))
def test_quotes_are_one_short_line(text: str) -> None:
    quoted = quote(text)
    assert len(quoted) <= 300 and "\n" not in quoted and "\x00" not in quoted


def test_quotes_have_no_characters_that_databases_refuse() -> None:
    assert quote("failed\x00 \ud83d here") == "failed here"
