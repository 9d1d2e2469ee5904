"""The timeouts of uploads to a bucket."""

from __future__ import annotations

import pytest

from kaimedia.media.s3 import PART_BYTES, UPLOADS_AT_ONCE
from kaimedia.media.s3_clients import upload_timeout_s

SLOW_UPLINK_BYTES_PER_S = 0.25e6 / 8


@pytest.mark.parametrize("size_bytes", [0, 20_000, 1_000_000, PART_BYTES])
def test_a_slow_uplink_is_enough_for_as_many_uploads_as_run_at_once(size_bytes: int) -> None:
    assert UPLOADS_AT_ONCE * size_bytes / SLOW_UPLINK_BYTES_PER_S < upload_timeout_s(size_bytes) - 30
