"""What schemathesis cannot know of our API: a deleted item may be brought back from the trash."""

from __future__ import annotations

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.specs.openapi.checks import use_after_free

RESTORE = "/media/{media_id}/restore"


@schemathesis.check
def use_after_free_unless_restored(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """The built-in check, for items that no successful restore came upon before this call."""
    wanted = (case.path_parameters or {}).get("media_id")
    for earlier in ctx.internals.find_all_cases():
        answer = ctx.internals.find_response(case_id=earlier.id)
        is_restore = earlier.path.endswith(RESTORE) and answer is not None and answer.status_code == 200
        if is_restore and (earlier.path_parameters or {}).get("media_id") == wanted:
            return None
    found: bool | None = use_after_free(ctx, response, case)
    return found
