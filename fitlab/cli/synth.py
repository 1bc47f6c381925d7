"""``fitlab synth``: exercise clips with exact labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig


def main(cfg: DictConfig) -> None:
    """Writes every clip of ``cfg.clips`` into ``cfg.folder``."""
    from omegaconf import OmegaConf

    from fitlab.errors import InputError
    from fitlab.files import write_text
    from fitlab.synthesis.batch import write_clips

    recipes = OmegaConf.to_container(cfg.clips, resolve=True)
    if not isinstance(recipes, dict):
        raise InputError(f"clips must be a mapping of names to recipes, got {type(recipes).__name__}")
    folder = Path(cfg.folder)
    written = write_clips({str(name): recipe for name, recipe in recipes.items()}, folder, cfg.workers)
    write_text(folder / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True))
    for path in written.values():
        print(path)
