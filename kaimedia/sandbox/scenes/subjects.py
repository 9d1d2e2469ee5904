"""Which words ask for which scene.

Lower case; plurals are cut here as in a prompt before the two are compared.
"""

from __future__ import annotations

# Words that ask for a scene.
WORDS: dict[str, str] = {
    "aurora": ("arctic aurora borealis curtain iceland northern northernlights polar"),
    "bokeh": ("bokeh candle celebration christmas confetti dust fairy festival firework glitter lantern party sparkle"),
    "city": (
        "building city cityscape downtown hong kong london manhattan metropolis paris shanghai skyline "
        "skyscraper street tokyo town traffic urban york"
    ),
    "clouds": (
        "airplane airship angel balloon castle cloud cumulus dreamscape dreamy float floating flying "
        "heaven kite paradise plane sky weather"
    ),
    "dunes": ("arid camel desert dubai dune egypt namib oasis sahara sand wadi"),
    "flow": ("abstract background flow fluid gradient silk smooth texture wallpaper"),
    "flower": (
        "bloom blossom botanical bouquet dahlia floral flower garden lily lotus mandala orchid peony "
        "petal plant rose sunflower tulip"
    ),
    "forest": (
        "bamboo cabin camping deer elf enchanted fairy-tale fairytale firefly forest grove jungle park pine "
        "rainforest spruce tree wood woodland"
    ),
    "glass": ("cathedral cell church crystal gem glass kaleidoscope mosaic stained stainedglass tile voronoi window"),
    "ink": (
        "acrylic agate brush fluid geode ink liquid marble marbled oil paint painting pour smoke swirl "
        "watercolor watercolour"
    ),
    "neon": ("80s arcade cyber grid neon outrun retro retrowave synthwave vaporwave"),
    "paper": (
        "animal baby bear bird boy butterfly cat character child contour couple dancer dog dragon elephant "
        "face family fox girl horse king kitten layered-paper lion man map origami owl paper papercut people "
        "person portrait puppy queen rabbit robot tiger topographic warrior woman"
    ),
    "planet": (
        "alien asteroid astronaut cosmic cosmos galaxy giant jupiter mars nebula orbit planet rocket saturn "
        "space spaceship starship universe"
    ),
    "poster": (
        "bauhaus constructivist design geometric geometry graphic icon logo mid-century minimalist "
        "modernist mosaic pattern poster shape tile"
    ),
    "reef": (
        "aquarium coral deep-sea diver diving dolphin fish jellyfish lagoon mermaid octopus reef "
        "seabed shark submarine turtle underwater whale"
    ),
    "ridges": ("alp canyon cliff fog highland hill himalaya landscape mountain peak ridge valley volcano"),
    "spheres": (
        "3d ball bottle bubble cup food fruit orb pearl perfume product render shoe sneaker sphere studio tea toy watch"
    ),
    "waves": ("hokusai ocean sea seascape surf tsunami ukiyo ukiyo-e wave woodblock"),
}

# Words that merely fit it.
HINTS: dict[str, str] = {
    "aurora": ("lake light mirror night norway ridge sky star water winter"),
    "bokeh": ("bar blur depth evening glow light magic night rain romantic wedding"),
    "city": (
        "architecture bridge cafe car cyberpunk dusk future futuristic harbor harbour light neon night rain "
        "reflection river rooftop window"
    ),
    "clouds": ("above air blue dawn dream dusk pastel soft sun sunrise sunset wind"),
    "dunes": ("caravan dry gold golden heat hot landscape sun sunset wind"),
    "flow": ("calm color colour diffuse dream minimal music ripple soft wind"),
    "flower": ("dark fragrance leaf love macro nature perfume spring summer wedding"),
    "forest": ("autumn fog green light magic mist misty morning nature path trail wolf"),
    "glass": ("colorful colourful jewel lead light pane pattern shard"),
    "ink": ("abstract art canvas coffee flow gogh lava molten stroke texture van"),
    "neon": ("album car cyberpunk electric game laser music night sun"),
    "paper": ("cave craft cut cute fashion funny kid layer layered old young"),
    "planet": ("dark drifting gas moon night ring ringed sci-fi science star world"),
    "poster": ("art cover flat grid illustration primary print retro swiss vector"),
    "reef": ("blue bubble caustic deep light ocean pool ray sea swim water"),
    "ridges": ("dawn eagle hiking layered mist misty nature snow sun sunrise wolf"),
    "spheres": (
        "abstract backdrop chrome commercial cosmetic glossy metal minimal photography polished seamless shadow soft"
    ),
    "waves": ("beach boat coast japan japanese ship storm sun tide washi water"),
}
