"""A provider's key: the header it is sent in, and where it must not appear."""

from __future__ import annotations

import pytest

from kaimedia.errors import ConfigError
from kaimedia.providers.http.key import Key

TEXT = "a-key-that-nobody-should-read"


def test_it_is_sent_as_a_bearer_token_or_alone_in_another_header() -> None:
    assert Key(TEXT, label="Brushwork", setting="K").header == {"Authorization": f"Bearer {TEXT}"}
    assert Key(TEXT, label="Brushwork", setting="K", header_name="X-Its-Key").header == {"X-Its-Key": TEXT}


@pytest.mark.parametrize("text", ["", "two words", "line\nbreak", "clé"])
def test_what_cannot_be_a_header_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Key(text, label="Brushwork", setting="BRUSHWORK_API_KEY")
    assert raised.value.setting == "BRUSHWORK_API_KEY" and (not text or text not in str(raised.value))


def test_it_does_not_appear_in_texts() -> None:
    key = Key(TEXT, label="Brushwork", setting="K")
    assert TEXT not in repr(key) and TEXT not in key.redact(f"refused: {TEXT}")
    assert key.redact_body(f'{{"key":"{TEXT}"}}'.encode()) == b'{"key":"***"}'
