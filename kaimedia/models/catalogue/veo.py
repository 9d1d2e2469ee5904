"""Google's Veo: models that make videos, and steps that continue one of its tasks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kaimedia.domain import Modality, Role
from kaimedia.models.inputs import InputSlot
from kaimedia.models.params import Param, ParamKind, SharedAs
from kaimedia.models.prices import USD_PER_CREDIT, Price
from kaimedia.models.rules import Rule, RuleKind
from kaimedia.models.spec import Capability, ModelSpec, PromptUse, Rank

_PRICES_AS_OF = date(2026, 9, 24)
_DEADLINE_S = 2100
_POLL_S = (10.0, 20.0)

_VEO_1080P, _VEO_4K = "veo/get-1080p-video", "veo/get-4k-video"

_FIRST = InputSlot(Role.FIRST_FRAME, "First frame")
_LAST = InputSlot(Role.LAST_FRAME, "Last frame", needs=Role.FIRST_FRAME)

_VEO_PARAMS = (
    Param(
        "resolution",
        "Resolution",
        ParamKind.CHOICE,
        default="720p",
        choices=("720p", "1080p", "4k"),
        shared_as=SharedAs.RESOLUTION,
    ),
    Param(
        "enable_translation",
        "Translate to English",
        ParamKind.FLAG,
        default=True,
        help="Veo understands English best. Other languages are translated before they are used.",
    ),
    Param(
        "watermark",
        "Watermark",
        ParamKind.TEXT,
        default="",
        max_chars=60,
        help="Text drawn on the video. Leave empty for none.",
        advanced=True,
    ),
)

_VEO_UPGRADE = ModelSpec(
    id="",
    label="",
    tagline="",
    modality=Modality.VIDEO,
    family="veo_upgrade",
    remote_name="",
    maker="Google",
    rank=Rank.UTILITY,
    aspect_ratios=(),
    prompt_use=PromptUse.NONE,
    typical_s=None,
    deadline_s=_DEADLINE_S,
    poll_s=_POLL_S,
    price=Price((), _PRICES_AS_OF),
    source="docs.kie.ai, Veo 3.1 API (1080P and 4K) and price list, state of 2026-10",
)


def _upgraded(by: str, *resolutions: str) -> Param:
    """The field for the task of a video to get in more pixels, once; one made in these has them already."""
    return Param(
        "task_id",
        "Earlier task",
        ParamKind.TASK,
        is_required=True,
        of_models=("veo3_fast", "veo3"),
        unless={"resolution": resolutions},
        closed_by=(by,),
        help="The provider's ID of a finished Veo 3.1 task.",
    )


VEO_MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        id="veo3_fast",
        label="Veo 3.1 Fast",
        tagline="Quick drafts with sound",
        modality=Modality.VIDEO,
        family="veo",
        remote_name="veo3_fast",
        listed_as="veo-3-1",
        maker="Google",
        better="veo3",
        rank=Rank.FEATURED,
        capabilities=(
            Capability.TEXT_TO_VIDEO,
            Capability.IMAGE_TO_VIDEO,
            Capability.FIRST_LAST_FRAME,
            Capability.REFERENCE_TO_VIDEO,
        ),
        aspect_ratios=("16:9", "9:16"),
        durations_s=(4, 6, 8),
        default_duration_s=8,
        # The provider documents no limit for Veo; 4,000 is ours.
        prompt_max_chars=4000,
        inputs=(
            _FIRST,
            _LAST,
            InputSlot(
                Role.REFERENCE,
                "Reference image",
                maximum=3,
                excludes=(Role.FIRST_FRAME, Role.LAST_FRAME),
                help="Things or people to show in the video.",
            ),
        ),
        params=_VEO_PARAMS,
        rules=tuple(
            Rule(
                RuleKind.FORBID,
                when={"has_reference": True, "duration_s": duration_s},
                field="duration_s",
                message="Veo 3.1 Fast makes 8 s videos from reference images. Choose 8 s.",
            )
            for duration_s in (4, 6)
        ),
        typical_s=(60, 180),
        deadline_s=_DEADLINE_S,
        poll_s=_POLL_S,
        price=Price(
            table=(({"resolution": "720p"}, 60.0), ({"resolution": "1080p"}, 65.0), ({"resolution": "4k"}, 180.0)),
            as_of=_PRICES_AS_OF,
            usd_per_credit=USD_PER_CREDIT,
        ),
        source="docs.kie.ai, Veo 3.1 API and price list, state of 2026-10",
    ),
    ModelSpec(
        id="veo3",
        label="Veo 3.1 Quality",
        tagline="Highest fidelity, with sound",
        modality=Modality.VIDEO,
        family="veo",
        remote_name="veo3",
        listed_as="veo-3-1",
        maker="Google",
        rank=Rank.FEATURED,
        capabilities=(
            Capability.TEXT_TO_VIDEO,
            Capability.IMAGE_TO_VIDEO,
            Capability.FIRST_LAST_FRAME,
        ),
        aspect_ratios=("16:9", "9:16"),
        durations_s=(4, 6, 8),
        default_duration_s=8,
        prompt_max_chars=4000,  # ours, as for Veo 3.1 Fast
        inputs=(_FIRST, _LAST),
        params=_VEO_PARAMS,
        typical_s=(120, 300),
        deadline_s=_DEADLINE_S,
        poll_s=_POLL_S,
        price=Price(
            table=(({"resolution": "720p"}, 250.0), ({"resolution": "1080p"}, 255.0), ({"resolution": "4k"}, 370.0)),
            as_of=_PRICES_AS_OF,
            usd_per_credit=USD_PER_CREDIT,
        ),
        source="docs.kie.ai, Veo 3.1 API and price list, state of 2026-10 (one list has 380 for 4K from text)",
    ),
    ModelSpec(
        id="veo-3.1-extend",
        label="Veo 3.1 Extend",
        tagline="Extends a Veo video",
        modality=Modality.VIDEO,
        family="veo",
        remote_name="veo/extend",
        maker="Google",
        rank=Rank.UTILITY,
        capabilities=(Capability.EXTEND,),
        aspect_ratios=(),
        prompt_max_chars=4000,  # ours, as for Veo 3.1 Fast
        params=(
            Param(
                "task_id",
                "Earlier task",
                ParamKind.TASK,
                is_required=True,
                of_models=("veo3_fast", "veo3", "veo/extend"),
                unless={"resolution": ("1080p", "4k")},
                closed_by=(_VEO_1080P,),
                help="The provider's ID of a Veo task that was not made or fetched in 1080p or 4K.",
            ),
            Param("tier", "Quality", ParamKind.CHOICE, default="fast", choices=("fast", "quality")),
        ),
        typical_s=None,
        deadline_s=_DEADLINE_S,
        poll_s=_POLL_S,
        price=Price(
            table=(({"tier": "fast"}, 60.0), ({"tier": "quality"}, 250.0)),
            as_of=_PRICES_AS_OF,
            usd_per_credit=USD_PER_CREDIT,
        ),
        source="docs.kie.ai, Veo 3.1 API (extend) and price list, state of 2026-10",
    ),
    replace(
        _VEO_UPGRADE,
        id="veo-3.1-1080p",
        label="Veo 3.1 in 1080p",
        tagline="Gets a Veo video in 1080p; it can then no longer be extended",
        remote_name=_VEO_1080P,
        capabilities=(Capability.GET_1080P,),
        params=(_upgraded(_VEO_1080P, "1080p", "4k"),),
        notes=("A video that was fetched in 1080p can no longer be extended.",),
        typical_s=(60, 180),
        poll_s=(20.0, 30.0),
        price=Price(table=(({}, 5.0),), as_of=_PRICES_AS_OF, usd_per_credit=USD_PER_CREDIT),
    ),
    replace(
        _VEO_UPGRADE,
        id="veo-3.1-4k",
        label="Veo 3.1 in 4K",
        tagline="Gets a Veo video in 4K",
        remote_name=_VEO_4K,
        capabilities=(Capability.GET_4K,),
        params=(_upgraded(_VEO_4K, "4k"),),
        typical_s=(300, 600),
        poll_s=(30.0, 30.0),
        price=Price(table=(({}, 120.0),), as_of=_PRICES_AS_OF, usd_per_credit=USD_PER_CREDIT),
    ),
)
