"""A file lost with its disk: card and viewer say so and why, and *Fetch again* brings it back, on both storages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kaimedia.media.open_storage import open_storage
from kaimedia.media.storage import Storage
from tests.e2e.api_tasks import make, media_of
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.viewer import card, opened
from tests.storages import remote_place

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("s3"), pytest.mark.timeout(240)]
ONLY_SOMETIMES = [pytest.mark.slow, pytest.mark.exhaustive]
LOST, INTACT = "A lost paper boat", "A paper boat that stays"


@pytest.fixture
def media_settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    if request.param == "folder":
        return {"KAIMEDIA_MEDIA_URL": str(tmp_path / "app" / "media")}
    return remote_place(request, request.param).settings()


@pytest.fixture
def app(tmp_path: Path, media_settings: dict[str, str]) -> Iterator[App]:
    running = start_app(tmp_path / "app", KAIMEDIA_SANDBOX_SPEED="60", **media_settings)
    yield running
    stop_app(running)


@pytest.fixture
def storage(app: App, media_settings: dict[str, str], tmp_path: Path) -> Storage:
    options = {name: value for name, value in media_settings.items() if name != "KAIMEDIA_MEDIA_URL"}
    return open_storage(media_settings["KAIMEDIA_MEDIA_URL"], tmp_path / "temp", options)


@pytest.mark.parametrize("media_settings", ["folder", pytest.param("s3", marks=ONLY_SOMETIMES)], indirect=True)
def test_a_lost_file_is_said_and_comes_back(
    request: pytest.FixtureRequest, app: App, storage: Storage, page: Page
) -> None:
    make(app, LOST, INTACT)
    (item,) = media_of(app, LOST)
    stem = item["url"].rpartition("/")[2].rpartition(".")[0]
    gone = [name for name in storage.files() if name.startswith(stem)]
    storage.delete(gone)
    assert len(gone) == 3
    page.goto("/gallery")
    lost = card(page, LOST)
    expect(lost).to_contain_text("The file is gone")
    expect(lost.get_by_role("button").first).to_have_accessible_name(f"{LOST} (the file is gone)")
    expect(card(page, INTACT)).not_to_contain_text("gone")
    expect(page.get_by_text("1 result has no file in the media storage")).to_be_visible(timeout=60_000)

    dialog = opened(page, LOST)
    expect(dialog).to_contain_text("no longer in the media storage: it was removed, or the disk was erased")
    expect(dialog).to_contain_text("keeps it until")
    expect(dialog.locator(".missing")).to_have_text("The file is no longer in the media storage.")
    dialog.get_by_role("button", name="Fetch again").click()
    back = card(page, LOST)
    expect(back.locator("img.in").first).to_be_visible(timeout=60_000)
    expect(back).not_to_contain_text("The file is gone")
    assert set(gone) <= storage.files().keys()
    if request.node.get_closest_marker("exhaustive"):  # the next comparison is 20 s later
        expect(page.get_by_text("1 result has no file in the media storage")).to_be_hidden(timeout=90_000)
