"""Signatures of webhooks, against the example that Standard Webhooks publishes."""

from __future__ import annotations

import pytest

from kaimedia.webhooks.signature import headers, key_of, new_secret

# https://github.com/standard-webhooks/standard-webhooks, the test vector of its libraries
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_example() -> None:
    assert headers(ID, TIMESTAMP, BODY, SECRET) == {
        "webhook-id": ID,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": SIGNATURE,
    }


def test_without_a_secret_there_is_no_signature() -> None:
    assert set(headers(ID, TIMESTAMP, BODY, None)) == {"webhook-id", "webhook-timestamp"}


def test_a_new_secret_is_random_and_usable() -> None:
    first, second = new_secret(), new_secret()
    assert first != second and len(key_of(first)) == 32


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_?" * 9])
def test_what_is_not_a_secret(secret: str) -> None:
    with pytest.raises(ValueError):
        key_of(secret)
