"""What is said about the models of a comparison before it is sent. Pure, no Streamlit."""

from __future__ import annotations

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.models.params import SharedAs
from kaimedia.models.spec import ModelSpec
from kaimedia.models.transfer import Difference, Setting, differences
from kaimedia.ui import ui_text


def note(
    before: ModelSpec,
    wanted: GenerationRequest,
    after: ModelSpec,
    given: GenerationRequest,
    problem: InvalidRequest | None = None,
    *,
    mask: str = "",
) -> str:
    """ "5 s instead of 8 s, without Enhance", or why `given` cannot be sent; "" when everything is as chosen.

    `mask` says how `after` reads a mask differently, "" if it does not.
    """
    if problem is not None:
        return problem.message
    texts = [_text(each) for each in differences(wanted, before, given, after)]
    return ", ".join(filter(None, [*texts, *_roles(before, wanted, after, given), mask]))


def _text(each: Difference) -> str:
    match each.setting:
        case Setting.ASPECT_RATIO:
            return _instead(ui_text.choice(each.given), each.wanted) if each.given else f"no choice of {each.wanted}"
        case Setting.VARIANTS:
            return _instead("1 image" if each.given == 1 else f"{each.given} images", each.wanted)
        case Setting.LENGTH:
            wanted = ui_text.length(each.wanted)
            return _instead(ui_text.length(each.given), wanted) if each.given is not None else f"no choice of {wanted}"
        case Setting.ENHANCE:
            return "without Enhance"
        case Setting.PROMPT:
            return "without the prompt"
    return _of_param(each)


def _of_param(each: Difference) -> str:
    param = each.param
    if param is not None and param.shared_as is SharedAs.SOUND:
        if each.given is None:
            return "no choice of sound"
        return "with sound" if each.given else "without sound"
    if each.given is None or param is None or param.shared_as is None:
        return f"without “{param.label if param else each.setting}”"
    return _instead(ui_text.choice(each.given), ui_text.choice(each.wanted))


def _instead(given: str, wanted: object) -> str:
    return f"{given} instead of {wanted}"


def _roles(before: ModelSpec, wanted: GenerationRequest, after: ModelSpec, given: GenerationRequest) -> list[str]:
    """What an input is used for where the other model uses it for something else."""
    found = []
    for first, second in zip(wanted.references, given.references, strict=False):
        mine, other = before.input(first.role), after.input(second.role)
        if mine is not None and other is not None and first.role is not second.role:
            found.append(f"{other.label.lower()} instead of {mine.label.lower()}")
    return list(dict.fromkeys(found))
