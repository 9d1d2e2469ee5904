"""Models that make videos."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kaimedia.domain import Modality, Role
from kaimedia.models.inputs import InputSlot
from kaimedia.models.spec import MarketInput, ModelSpec, Param, Price, Refusal, Retirement

_PRICES_AS_OF = date(2026, 9, 24)
_DEADLINE_S = 2100
_POLL_S = (10.0, 20.0)
_TEN_MB = 10_000_000  # documented as "10 MB": the smaller reading is the safe one

_PNG_JPEG = ("image/png", "image/jpeg")
_FIRST = InputSlot(Role.FIRST_FRAME, "First frame")
_LAST = InputSlot(Role.LAST_FRAME, "Last frame", needs=Role.FIRST_FRAME)

_VEO_PARAMS = (
    Param("resolution", "Resolution", "choice", default="720p", choices=("720p", "1080p", "4k")),
    Param(
        "enable_translation",
        "Translate to English",
        "flag",
        default=True,
        help="Veo understands English best. Other languages are translated before they are used.",
    ),
    Param(
        "watermark",
        "Watermark",
        "text",
        default="",
        max_chars=60,
        help="Text drawn on the video. Leave empty for none.",
        advanced=True,
    ),
)

_RUNWAY_PARAMS = (
    Param("quality", "Quality", "choice", default="720p", choices=("720p", "1080p")),
    Param(
        "watermark",
        "Watermark",
        "text",
        default="",
        max_chars=60,
        help="Text drawn on the video. Leave empty for none.",
        advanced=True,
    ),
)

_KLING_PARAMS = (
    Param(
        "negative_prompt",
        "Negative prompt",
        "text",
        default="",
        # The pages disagree (500, 2,496, 2,500); the smallest is accepted by all of them.
        max_chars=500,
        help="What the video should not show.",
        advanced=True,
    ),
    Param(
        "cfg_scale",
        "Prompt adherence",
        "number",
        default=0.5,
        minimum=0.0,
        maximum=1.0,
        step=0.1,
        help="Low gives the model more freedom; high follows the prompt closely.",
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
        refusals=tuple(
            Refusal(
                when={"first_input": Role.REFERENCE, "duration_s": duration_s},
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
        id="runway",
        label="Runway",
        tagline="Cinematic motion, every format",
        modality=Modality.VIDEO,
        family="runway",
        remote_name="runway",
        aspect_ratios=("16:9", "9:16", "1:1", "4:3", "3:4"),
        durations_s=(5, 10),
        default_duration_s=5,
        prompt_max_chars=1800,
        inputs=(replace(_FIRST, sets_aspect=True),),
        params=_RUNWAY_PARAMS,
        refusals=(
            Refusal(
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
        id="sora2",
        label="Sora 2",
        tagline="Longer scenes from text or an image",
        modality=Modality.VIDEO,
        family="market",
        remote_name="sora-2-text-to-video",
        remote_name_with_reference="sora-2-image-to-video",
        aspect_ratios=("16:9", "9:16"),
        durations_s=(10, 15),
        default_duration_s=10,
        prompt_max_chars=5000,
        inputs=(replace(_FIRST, max_bytes=_TEN_MB),),
        params=(Param("remove_watermark", "Remove the watermark", "flag", default=True),),
        market_input=MarketInput(
            aspect_values={"16:9": "landscape", "9:16": "portrait"},
            duration="n_frames",  # seconds as text, despite its name
            inputs={Role.FIRST_FRAME: "image_urls"},
            lists=frozenset({Role.FIRST_FRAME}),
        ),
        typical_s=(120, 300),
        deadline_s=_DEADLINE_S,
        poll_s=_POLL_S,
        # Only the 10 s price was ever listed.
        price=Price(table=(({"duration_s": 10}, 30.0),), as_of=date(2026, 6, 30)),
        retirement=Retirement(
            on=date(2026, 6, 11),
            replacement="veo3_fast",
            reason="The provider has responded “This interface is temporarily paused” since then.",
        ),
        source="docs.kie.ai, Sora 2 pages as of mid-2026; since removed",
    ),
    ModelSpec(
        id="kling-2.5-turbo",
        label="Kling 2.5 Turbo",
        tagline="Best for animating an image",
        modality=Modality.VIDEO,
        family="market",
        remote_name="kling/v2-5-turbo-text-to-video-pro",
        remote_name_with_reference="kling/v2-5-turbo-image-to-video-pro",
        aspect_ratios=("16:9", "9:16", "1:1"),
        durations_s=(5, 10),
        default_duration_s=5,
        prompt_max_chars=2500,
        inputs=(
            replace(_FIRST, types=_PNG_JPEG, max_bytes=_TEN_MB, sets_aspect=True),
            replace(_LAST, types=_PNG_JPEG, max_bytes=_TEN_MB),
        ),
        market_input=MarketInput(inputs={Role.FIRST_FRAME: "image_url", Role.LAST_FRAME: "tail_image_url"}),
        params=_KLING_PARAMS,
        typical_s=(60, 300),
        deadline_s=_DEADLINE_S,
        poll_s=_POLL_S,
        price=Price(table=(({"duration_s": 5}, 42.0), ({"duration_s": 10}, 84.0)), as_of=_PRICES_AS_OF),
        source="docs.kie.ai, Kling 2.5 Turbo pages and price list, state of 2026-10",
    ),
)
