"""The app with only the six models of its first version: `python bench/few_models.py --server.port=8502`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streamlit.web import cli

from kaimedia.models import catalogue

FEW = ("gpt4o-image", "veo3_fast", "veo3", "runway", "sora2", "kling-2.5-turbo")

if __name__ == "__main__":
    for spec in catalogue.all_models():
        if spec.id not in FEW:
            catalogue.unregister(spec.id)
    cli.main(["run", "app.py", *sys.argv[1:]])
