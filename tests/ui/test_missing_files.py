"""The gallery says that files have gone, and why."""

from __future__ import annotations

import pytest

from kaimedia.context import AppContext
from tests.conftest import image_request, wait_for
from tests.finished import finished
from tests.ui.conftest import open_page, texts


@pytest.mark.every_storage
def test_missing_files_are_said_with_the_reason_and_what_to_do(ui_context: AppContext) -> None:
    items = [finished(ui_context, image_request(f"boat {number}"))[1][0] for number in range(3)]
    listing = ui_context.studio.trash.missing_listing
    assert "in the media storage" not in texts(open_page("gallery"))
    wait_for(listing.settled, "the first comparison")
    ui_context.storage.delete([str(item.filename) for item in items[:2]])
    ui_context.studio.gallery.delete([items[1].id])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kaimedia.studio.missing_listing.IS_FRESH_S", -1.0)
        wait_for(lambda: listing.count() == 1, "a comparison")
    shown = texts(open_page("gallery"))
    assert "1 result has no file in the media storage" in shown and "the disk was erased" in shown
    assert "free of charge" in shown
