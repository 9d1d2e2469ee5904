"""What each product costs, in credits (kie.ai's price lists of 2026-06-30 and 2026-09-24)."""

from __future__ import annotations

GPT4O_PER_IMAGE = 6.0
VEO = {
    ("veo3_lite", "720p"): 30.0,
    ("veo3_lite", "1080p"): 35.0,
    ("veo3_lite", "4k"): 150.0,
    ("veo3_fast", "720p"): 60.0,
    ("veo3_fast", "1080p"): 65.0,
    ("veo3_fast", "4k"): 180.0,
    ("veo3", "720p"): 250.0,
    ("veo3", "1080p"): 255.0,
    ("veo3", "4k"): 370.0,
}
VEO_UPGRADE = {"1080p": 5.0, "4k": 120.0}
RUNWAY = {(5, "720p"): 12.0, (10, "720p"): 30.0, (5, "1080p"): 30.0}
ALEPH = 110.0
FLUX_KONTEXT = {"flux-kontext-pro": 5.0, "flux-kontext-max": 10.0}
