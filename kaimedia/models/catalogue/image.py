"""Models that make images and have endpoints of their own."""

from __future__ import annotations

from datetime import date

from kaimedia.domain import Modality, Role
from kaimedia.models.inputs import InputSlot, MaskColor, MaskRule
from kaimedia.models.prices import USD_PER_CREDIT, Price, PriceUnit
from kaimedia.models.spec import Capability, ModelSpec

_MAX_BYTES = 25 * 1024 * 1024

IMAGE_MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        id="gpt4o-image",
        label="GPT-4o Image",
        tagline="Follows detailed prompts, writes legible text",
        modality=Modality.IMAGE,
        family="gpt4o",
        remote_name="gpt4o-image",
        listed_as="4o-image-api",
        maker="OpenAI",
        capabilities=(Capability.TEXT_TO_IMAGE, Capability.EDIT, Capability.INPAINT),
        aspect_ratios=("1:1", "3:2", "2:3"),
        variants=(1, 2, 4),
        # The provider documents no limit; 4,000 is ours, long enough for users and safe to send.
        prompt_max_chars=4000,
        supports_enhance=True,
        inputs=(
            InputSlot(Role.REFERENCE, "Reference image", maximum=5, max_bytes=_MAX_BYTES),
            InputSlot(
                Role.MASK,
                "Mask",
                max_bytes=_MAX_BYTES,
                needs=Role.REFERENCE,
                alone_with=1,  # the provider ignores it beside several images
                mask=MaskRule(MaskColor.BLACK, Role.REFERENCE, same_type=True),
                help="Black is edited, white stays. It must have the size and the type of the reference image.",
            ),
        ),
        typical_s=(30, 180),
        deadline_s=600,
        poll_s=(3.0, 10.0),
        price=Price(table=(({}, 6.0),), as_of=date(2026, 9, 24), unit=PriceUnit.IMAGE, usd_per_credit=USD_PER_CREDIT),
        source="docs.kie.ai, 4o image API and price list, state of 2026-10",
    ),
)
