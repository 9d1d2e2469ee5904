"""Which of the library's migrations may run while older workers do."""

from __future__ import annotations

from kaimedia.store.job_queue.schema import migrations_after, migrations_to_run

FILES = ["03.04.00_01_pre_a.sql", "03.04.00_50_post_a.sql", "03.11.00_01_pre_b.sql", "03.11.00_50_post_b.sql"]


def test_only_newer_ones_in_order() -> None:
    assert migrations_after("03.04.00_50_post_a.sql", FILES[::-1]) == FILES[2:]
    assert migrations_after(FILES[-1], FILES) == []


def test_what_removes_something_waits_for_older_workers() -> None:
    assert migrations_to_run(FILES[2:], has_workers=True) == FILES[2:3]
    assert migrations_to_run(FILES[2:], has_workers=False) == FILES[2:]
    assert migrations_to_run(FILES[3:], has_workers=True) == []
    assert migrations_to_run(FILES[1:], has_workers=True) == [], "in order: nothing after it runs either"
