"""What schemathesis cannot know: what an image is, and that a deleted item can be restored from the trash."""

from __future__ import annotations

import io

import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis import Case, CheckContext, Response
from schemathesis.specs.openapi.checks import use_after_free

RESTORE = "/media/{media_id}/restore"


def _image(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(out, kind)
    return out.getvalue()


for _kind in ("png", "jpeg", "webp"):
    schemathesis.openapi.media_type(f"image/{_kind}", st.just(_image(_kind)))


@schemathesis.check
def use_after_free_unless_restored(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """The built-in check, for items that were not restored before this request."""
    wanted = (case.path_parameters or {}).get("media_id")
    for earlier in ctx.internals.find_all_cases():
        answer = ctx.internals.find_response(case_id=earlier.id)
        is_restore = earlier.path.endswith(RESTORE) and answer is not None and answer.status_code == 200
        if is_restore and (earlier.path_parameters or {}).get("media_id") == wanted:
            return None
    found: bool | None = use_after_free(ctx, response, case)
    return found
