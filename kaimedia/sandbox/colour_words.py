"""Words that steer colour, and the palettes drawn by hand."""

from __future__ import annotations

# Six sRGB values each: deep, dusk, body, glow, light, accent.
CURATED: dict[str, str] = {
    "ukiyo": "0d2a3f 1f5c70 5aa79b f0b66a fbeccb d8412f",
    "iris": "221a4d 47349a 7d5fd0 f59bb0 ffdcae 6f3fd0",
    "sunset": "2a0f3a 7b1e5a d8445a f98c4f ffe0a3 ffce54",
    "ember": "1c0708 5a0f14 b3261e f07c1c fbe0a0 ffb62e",
    "magenta": "07041c 2b0a55 8a14a8 ff3fa4 ffe08a 41d6ff",
    "ultraviolet": "060420 1d0f6b 4a22e0 c04bff ffd0f2 ff7a59",
    "aurora": "04101f 0b2a48 0f6b62 48e08b d9ffd8 a46cff",
    "polar": "050a22 14265f 2a62b8 5fd4e8 e4fbff 8dff9e",
    "rose": "18060f 4f0f2b a62a55 e8829b fde4de ffc46b",
    "jade": "04130f 0c3a36 1f7a6b 7cc9a6 eef6dc ff7a5c",
    "mist": "1b2330 3d4c61 7b8ea3 bcc8d1 f0efe8 f2b38a",
    "lavender": "241d3a 4e4378 8b7cb8 c9b8dc f7eef5 ffd8a0",
    "desert": "3a1512 8a3b22 d17b3f f1b872 fff0d2 5fb7c4",
    "clay": "2b1a17 6b3f34 b3735b e0b394 f8ecdf 3f7d7a",
    "lagoon": "031a2b 06415e 0c86a0 4fd0c9 e3fff4 ffb86b",
    "cobalt": "060d2e 12297a 2a5bd7 7aa8f7 eaf3ff ffcf4d",
    "bauhaus": "0a1030 8f0f14 d62a1e f28c0f f7dd7a 1f4fa8",
    "primary": "15161c 1d3f8f d9352a f2b81c f4eee0 2f8f6b",
    "forest": "07140f 14382a 3b7350 9dbf7a f4f2cf ffb35c",
    "bone": "2a2722 6b645a a89f90 d5cdbd f6f1e6 c96f4a",
    "mono": "0b0b0d 2e2e33 75757c bdbdc2 f7f7f5 e8e8e4",
    "silver": "14171c 3a4048 7d858f bfc5cb f6f8f9 d9dee3",
    "sepia": "1d1510 4a3626 8d6b4c cfae86 f6e8cf e2c08d",
    "candy": "3b1d5c 7d3fa8 e86aa6 ffb3a7 fff0d6 3fc7c9",
    "opal": "2c3a63 6a7fc0 b79ed6 f3b9c9 fff4e6 6fd6c4",
    "gold": "1a1208 4d330f a8761c e6bd55 fff3c9 1f6f78",
    "nebula": "05030f 24104a 6b2a8a e0608a ffd9b0 4fb3ff",
    "dawn": "1f2347 54427f b56a9a f7a48b ffe6c4 ffd27a",
    "blossom": "3a1230 8a3566 d8739a f7b7c3 fff1ec 7fb28a",
    "autumn": "1f0d0a 5d2314 a8471c e08a2c f8dfa4 3f6b5c",
    "glacier": "0a1c33 1f4a73 5d93b8 a9d3e4 f3fbff ff9e80",
    "peacock": "04161f 0a4750 138a86 57c9a0 f5efb8 f0567a",
}

# Lightness, share of the asked chroma, share of the hue sweep: deep, dusk, body, glow, light.
BODY: tuple[tuple[float, float, float], ...] = (
    (0.17, 0.55, -1.0),
    (0.35, 0.85, -0.6),
    (0.56, 1.0, 0.0),
    (0.76, 0.85, 0.6),
    (0.95, 0.25, 1.0),
)

# OKLCH hue in degrees, chroma.
HUES: dict[str, tuple[float, float]] = {
    "red": (27, 0.20), "crimson": (20, 0.19), "scarlet": (31, 0.21), "ruby": (15, 0.19), "maroon": (20, 0.12),
    "vermilion": (35, 0.20), "burgundy": (12, 0.12), "coral": (32, 0.16), "orange": (55, 0.17), "amber": (72, 0.15),
    "copper": (48, 0.11), "bronze": (65, 0.09), "brown": (55, 0.07), "chocolate": (48, 0.06), "gold": (85, 0.13),
    "golden": (85, 0.13), "yellow": (102, 0.16), "lemon": (108, 0.15), "lime": (125, 0.19), "olive": (112, 0.09),
    "green": (147, 0.17), "emerald": (157, 0.15), "mint": (167, 0.10), "jade": (163, 0.11), "teal": (192, 0.10),
    "turquoise": (187, 0.11), "cyan": (205, 0.12), "aqua": (200, 0.11), "azure": (240, 0.13), "blue": (257, 0.17),
    "cobalt": (262, 0.18), "navy": (262, 0.10), "sapphire": (264, 0.18), "indigo": (277, 0.18),
    "violet": (295, 0.19), "purple": (304, 0.18), "lavender": (298, 0.09), "lilac": (310, 0.09), "plum": (330, 0.10),
    "magenta": (330, 0.22), "fuchsia": (335, 0.22), "pink": (355, 0.14), "silver": (250, 0.015),
    "grey": (250, 0.008), "gray": (250, 0.008),
}

# A colour right before one of these belongs to the light alone: "a red sun" does not make the sea red.
LIGHT_SOURCES = frozenset({"sun", "moon", "star", "sunrise", "sunset"})

# What is added to lightness, what multiplies chroma.
MOODS: dict[str, tuple[float, float]] = {
    "night": (-0.05, 1.0), "midnight": (-0.07, 1.0), "dark": (-0.06, 0.95), "moody": (-0.05, 0.9),
    "moonlit": (-0.05, 0.9), "pastel": (0.14, 0.62), "soft": (0.05, 0.85), "pale": (0.12, 0.6),
    "bright": (0.05, 1.1), "neon": (0.0, 1.25), "vivid": (0.0, 1.2), "vibrant": (0.0, 1.2), "muted": (0.0, 0.6),
    "faded": (0.05, 0.6), "vintage": (0.0, 0.7), "minimal": (0.04, 0.75), "monochrome": (0.0, 0.0),
    "noir": (-0.04, 0.0), "grayscale": (0.0, 0.0), "greyscale": (0.0, 0.0), "blackandwhite": (0.0, 0.0),
}

# Seasons and hours with palettes of their own.
GROUPS: dict[str, tuple[str, ...]] = {
    "sunset": ("sunset", "ember", "dawn", "iris", "desert"),
    "dusk": ("iris", "sunset", "dawn", "nebula", "lavender"),
    "sunrise": ("dawn", "sunset", "opal", "desert"),
    "dawn": ("dawn", "opal", "lavender", "sunset"),
    "fire": ("ember", "autumn", "sunset"),
    "lava": ("ember", "autumn", "sunset"),
    "autumn": ("autumn", "desert", "gold", "ember"),
    "winter": ("glacier", "polar", "mist", "cobalt"),
    "ice": ("glacier", "polar", "opal", "cobalt"),
    "snow": ("glacier", "mist", "opal", "polar"),
    "spring": ("blossom", "opal", "jade", "candy"),
    "summer": ("lagoon", "sunset", "candy", "primary"),
    "tropical": ("lagoon", "peacock", "candy", "sunset"),
    "sepia": ("sepia", "bone", "clay"),
    "vintage": ("sepia", "clay", "ukiyo", "bone"),
    "candy": ("candy", "blossom", "opal"),
    "cyberpunk": ("magenta", "ultraviolet", "nebula", "polar"),
    "monochrome": ("mono", "silver"),
    "noir": ("mono", "silver"),
    "blackandwhite": ("mono", "silver"),
    "night": ("cobalt", "nebula", "polar", "ultraviolet", "iris"),
    "midnight": ("cobalt", "ultraviolet", "polar", "nebula"),
}
