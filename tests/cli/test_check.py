"""`check` compares files and gallery; `--repair` repairs without deleting anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kaimedia.media.storage import Storage
from tests.cli.conftest import Cli


@pytest.mark.every_storage
def test_check_and_repair(cli: Cli, storage: Storage, put_foreign: Callable[[Storage, str, bytes], None]) -> None:
    made = cli("generate", "a paper boat", "--wait", "--json").document
    whole = cli("check")
    assert whole.code == 0 and "1 item compared by name, size and SHA-256" in whole.out
    assert "Every file is there and unchanged." in whole.out
    (thumbnail,) = (name for name in storage.files() if name.endswith("_thumb.webp"))
    storage.delete([thumbnail])
    put_foreign(storage, "notes.txt", b"not ours")
    assert cli("check", "--quick", "--json").document["counts"] == {"thumbnail_lost": 1, "foreign": 1}
    lost = cli("check")
    assert lost.code == 1 and "1  thumbnails lost" in lost.out and thumbnail in lost.out
    repaired = cli("check", "--repair", "--json")
    assert repaired.code == 0 and repaired.document["remedies"] == {"remade": 1, "left": 1}
    assert {thumbnail, "notes.txt"} <= storage.files().keys()
    (result,) = (name for name in storage.files() if name.endswith(".png"))
    storage.delete([result])
    assert cli("check", "--repair").out.count("fetching") == 1
    again = cli("get", made["task_id"], "--wait", "--json")
    assert again.document["status"] == "completed" and storage.facts(result)
    assert cli("check").code == 0


def test_only_one_way_at_a_time(cli: Cli) -> None:
    assert cli("check", "--quick", "--repair").code == 2
