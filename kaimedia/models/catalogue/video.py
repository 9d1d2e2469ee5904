"""Models that make videos and have endpoints of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kaimedia.domain import Modality, Role
from kaimedia.models.inputs import InputSlot
from kaimedia.models.params import Param, ParamKind, SharedAs
from kaimedia.models.prices import Price
from kaimedia.models.rules import Rule, RuleKind
from kaimedia.models.spec import Capability, ModelSpec, Rank

_PRICES_AS_OF = date(2026, 9, 24)
_DEADLINE_S = 2100
_POLL_S = (10.0, 20.0)

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
                help="The provider's ID of a Veo task that was not made in 1080p or 4K.",
            ),
            Param("tier", "Quality", ParamKind.CHOICE, default="fast", choices=("fast", "quality")),
        ),
        typical_s=None,
        deadline_s=_DEADLINE_S,
        poll_s=_POLL_S,
        price=Price(table=(({"tier": "fast"}, 60.0), ({"tier": "quality"}, 250.0)), as_of=_PRICES_AS_OF),
        source="docs.kie.ai, Veo 3.1 API (extend) and price list, state of 2026-10",
    ),
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
        inputs=(replace(_FIRST, sets_aspect=True),),
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
        price=Price(table=(({}, None),), as_of=_PRICES_AS_OF, note="The price list has no row for it."),
        source="docs.kie.ai, Runway API (extend), state of 2026-10",
    ),
)
