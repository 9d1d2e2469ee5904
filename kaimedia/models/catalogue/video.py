"""Models that make videos and have endpoints of their own."""

from __future__ import annotations

from datetime import date

from kaimedia.domain import Modality, Role
from kaimedia.models.catalogue.veo import VEO_MODELS
from kaimedia.models.inputs import InputSlot
from kaimedia.models.params import Param, ParamKind, SharedAs
from kaimedia.models.prices import USD_PER_CREDIT, Price
from kaimedia.models.rules import Rule, RuleKind
from kaimedia.models.spec import Capability, ModelSpec, Rank

_PRICES_AS_OF = date(2026, 9, 24)
_DEADLINE_S = 2100
_POLL_S = (10.0, 20.0)

_RUNWAY_PARAMS = (
    Param(
        "quality", "Quality", ParamKind.CHOICE, default="720p", choices=("720p", "1080p"), shared_as=SharedAs.RESOLUTION
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

VIDEO_MODELS: tuple[ModelSpec, ...] = (
    *VEO_MODELS,
    ModelSpec(
        id="runway",
        label="Runway",
        tagline="Cinematic motion, every format",
        modality=Modality.VIDEO,
        family="runway",
        remote_name="runway",
        maker="Runway",
        capabilities=(Capability.TEXT_TO_VIDEO, Capability.IMAGE_TO_VIDEO),
        aspect_ratios=("16:9", "9:16", "1:1", "4:3", "3:4"),
        durations_s=(5, 10),
        default_duration_s=5,
        prompt_max_chars=1800,
        inputs=(InputSlot(Role.FIRST_FRAME, "First frame", sets_aspect=True),),
        params=_RUNWAY_PARAMS,
        rules=(
            Rule(
                RuleKind.FORBID,
                when={"quality": "1080p", "duration_s": 10},
                field="quality",
                message="Runway makes 10 s videos in 720p only. Choose 720p, or 5 s for 1080p.",
            ),
        ),
        typical_s=(60, 240),
        deadline_s=_DEADLINE_S,
        poll_s=_POLL_S,
        price=Price(
            table=(
                ({"duration_s": 5, "quality": "720p"}, 12.0),
                ({"duration_s": 10, "quality": "720p"}, 30.0),
                ({"duration_s": 5, "quality": "1080p"}, 30.0),
            ),
            as_of=_PRICES_AS_OF,
            usd_per_credit=USD_PER_CREDIT,
        ),
        source="docs.kie.ai, Runway API and price list, state of 2026-10",
    ),
    ModelSpec(
        id="runway-extend",
        label="Runway Extend",
        tagline="Extends a Runway video",
        modality=Modality.VIDEO,
        family="runway",
        remote_name="runway/extend",
        listed_as="runway/extend-ai-video",
        maker="Runway",
        rank=Rank.UTILITY,
        capabilities=(Capability.EXTEND,),
        aspect_ratios=(),
        prompt_max_chars=1800,
        params=(
            Param(
                "task_id",
                "Earlier task",
                ParamKind.TASK,
                is_required=True,
                of_models=("runway", "runway/extend"),
                help="The provider's ID of a Runway task.",
            ),
            *_RUNWAY_PARAMS,
        ),
        typical_s=None,
        deadline_s=_DEADLINE_S,
        poll_s=_POLL_S,
        price=Price(
            table=(({}, None),),
            as_of=_PRICES_AS_OF,
            usd_per_credit=USD_PER_CREDIT,
            note="The price list has no row for it.",
        ),
        source="docs.kie.ai, Runway API (extend), state of 2026-10",
    ),
)
