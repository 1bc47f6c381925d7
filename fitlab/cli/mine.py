"""``fitlab mine``: out of unlabelled clips the frames that are most worth labelling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fitlab.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from omegaconf import DictConfig

    from fitlab.skeletons import Skeleton


def main(cfg: DictConfig) -> None:
    """Writes the run folder ``<paths.runs>/mine/<name>`` and says what is in it."""
    from omegaconf import ListConfig, OmegaConf

    from fitlab.cli.sweeps import run_folder
    from fitlab.detectors import load_detector
    from fitlab.devices import require_device
    from fitlab.files import require_replaceable, write_text
    from fitlab.mining.folder import WRITTEN, must_hold_no_labels, write_mined
    from fitlab.mining.lookalikes import Catalogue
    from fitlab.mining.miner import mine

    if cfg.video is None:
        raise InputError("video must be a video, or several, got nothing; write fitlab mine video=set.mp4")
    videos = list(cfg.video) if isinstance(cfg.video, ListConfig) else [cfg.video]
    folder = run_folder(cfg.paths.runs, "mine", cfg.name or Path(videos[0]).resolve().stem)
    must_hold_no_labels(folder)  # told before an hour of work
    require_replaceable(folder, WRITTEN)
    require_device(cfg.device)
    detector = load_detector(cfg.detector, cfg.device)
    mined = mine(
        videos,
        detector,
        second=None if cfg.second is None else load_detector(cfg.second, cfg.device),
        known=known_poses(list(cfg.known), detector.skeleton),
        n=cfg.n,
        every_s=cfg.every_s,
    )
    table = write_mined(mined, folder, Catalogue() if cfg.lookalikes else None)
    write_text(folder / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True))
    print(summary(table, len(mined.frames)), folder, sep="\n")


def known_poses(labels: Sequence[str], skeleton: Skeleton) -> np.ndarray | None:
    """(M, K, 2): the labelled people of COCO files; None without files."""
    import numpy as np

    from fitlab.datasets import coco_people

    found = [person.keypoints for path in labels for person in coco_people.load(path, skeleton=skeleton)]
    return np.stack(found) if found else None


def summary(table: pd.DataFrame, looked_at: int) -> str:
    """How many frames were proposed, and the first of each family with what speaks for it."""
    lines = [f"{len(table)} of {looked_at} frames are most worth labelling"]
    for family, rows in table.groupby("family"):
        first = rows.iloc[0]
        lines.append(f"  family {family}, {len(rows)} frames, such as {first['clip']} at {first['time_s']:.1f} s:")
        lines.append(f"    {first['why']}")
    return "\n".join(lines)
