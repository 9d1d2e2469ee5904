"""The words that name a scene's subject, and words that hint at it.

All lower case; both these words and those of a prompt are turned into the singular before they are compared.
"""

from __future__ import annotations

# Words that name a scene's subject.
WORDS: dict[str, str] = {
    "aurora": ("arctic aurora borealis curtain iceland northern northernlights polar"),
    "bokeh": ("bokeh confetti glitter sparkle"),
    "city": (
        "building city cityscape downtown hong kong london manhattan metropolis paris shanghai skyline "
        "skyscraper street tokyo town urban york"
    ),
    "clouds": ("balloon cloud cloudscape cumulus dreamscape heaven sky"),
    "dunes": ("arid desert dubai dune egypt namib oasis sahara sand wadi"),
    "flow": ("abstract background flow fluid gradient silk texture wallpaper"),
    "flower": (
        "blossom botanical bouquet dahlia floral flower garden lily lotus mandala orchid peony petal "
        "rose sunflower tulip"
    ),
    "forest": ("forest grove jungle pine rainforest spruce tree wood woodland"),
    "glass": ("glass kaleidoscope mosaic stained stainedglass tile voronoi"),
    "ink": ("agate fluid geode ink liquid marble marbled smoke"),
    "neon": ("cyber grid neon outrun retrowave synthwave vaporwave"),
    "paper": ("contour layered-paper origami paper papercut topographic"),
    "planet": ("cosmic cosmos galaxy jupiter mars nebula orbit planet saturn space universe"),
    "poster": ("bauhaus constructivist geometric geometry mid-century modernist mosaic pattern tile"),
    "reef": ("aquarium coral deep-sea fish lagoon reef seabed underwater"),
    "ridges": ("alp canyon cliff fog highland hill himalaya landscape mountain peak ridge valley"),
    "spheres": ("3d ball bubble orb pearl sphere"),
    "waves": ("ocean sea seascape surf wave"),
}

# Words that fit it: they decide between two scenes, and may end the noun phrase ("bauhaus poster").
HINTS: dict[str, str] = {
    "aurora": ("lake light mirror night norway ridge sky star water winter"),
    "bokeh": ("bar blur depth evening glow light magic night rain romantic wedding"),
    "city": (
        "alley avenue architecture bridge cafe car cyberpunk dusk future futuristic harbor "
        "harbour light neon night rain reflection river rooftop window"
    ),
    "clouds": ("above air tower blue dawn dream dusk pastel soft sun sunrise sunset wind"),
    "dunes": ("caravan dry gold golden heat hot landscape sun sunset wind"),
    "flow": ("calm color colour diffuse dream minimal music ripple soft wind"),
    "flower": ("dark fragrance leaf love macro nature perfume spring summer wedding"),
    "forest": ("autumn fog green light magic mist misty morning nature path trail wolf"),
    "glass": ("wall window panel colorful colourful jewel lead light pane pattern shard"),
    "ink": ("abstract art canvas coffee flow gogh lava molten stroke texture van"),
    "neon": ("skyline album car cyberpunk electric game laser music night sun"),
    "paper": ("cave craft cut cute fashion funny kid layer layered old young"),
    "planet": ("system dark drifting gas moon night ring ringed sci-fi science star world"),
    "poster": ("composition design poster art cover flat grid illustration primary print retro swiss vector"),
    "reef": ("blue bubble caustic deep light ocean pool ray sea swim water"),
    "ridges": ("range dawn eagle hiking layered mist misty nature snow sun sunrise wolf"),
    "spheres": (
        "abstract backdrop bath chrome commercial cosmetic glossy metal minimal photography polished seamless "
        "shadow soft"
    ),
    "waves": ("beach boat coast japan japanese ship storm sun tide washi water"),
}

# Words that only say how or how much of the subject is shown: what follows "of" is the subject then.
_FRAMES = (
    "abstraction acrylic aerial big bird's-eye blackandwhite carpet charcoal cinematic close close-up closeup collage "
    "detailed digital drawing drone eye field film gouache group high illustration image ink-wash large long macro "
    "minimal minimalist oil painting pair panorama panoramic pastel pencil photo photograph photography picture "
    "portrait poster print render rendering row scene shot sketch small still study top up view watercolor "
    "watercolour wide woodblock"
)
FRAMES: frozenset[str] = frozenset(_FRAMES.split())
