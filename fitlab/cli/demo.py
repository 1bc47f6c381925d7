"""``fitlab demo``: the whole main job on clips made on the spot, in a few minutes on two cores."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from fitlab.pipeline import Analysis
    from fitlab.synthesis import Clip


def main(cfg: DictConfig) -> None:
    """Makes an athlete and a user, analyses the user, fine-tunes a lifter, shows where the results are."""
    from omegaconf import OmegaConf

    from fitlab.cli.analyze import summary
    from fitlab.errors import SetupError
    from fitlab.pipeline import analyze
    from fitlab.settings import compose
    from fitlab.synthesis import make_clip
    from fitlab.synthesis.batch import write_clips
    from fitlab.training import run
    from fitlab.views.poster import poster

    started = time.monotonic()
    folder = Path(cfg.paths.runs) / "demo"
    recipes = OmegaConf.to_container(cfg.clips, resolve=True)
    assert isinstance(recipes, dict)

    _heading(1, "an athlete and a user squat in front of a phone")
    clips = write_clips({str(name): recipe for name, recipe in recipes.items()}, folder / "clips")
    print(*clips.values(), sep="\n")

    _heading(2, "the user's video is analysed and compared with the athlete's")
    analysis = analyze(
        clips["user"], exercise="squat", reference=clips["athlete"], detector=cfg.detector, lifter=cfg.lifter
    )
    analysis.write(folder / "analysis")
    print(summary(analysis.report))
    print(known_and_found(make_clip(**recipes["user"]), analysis))

    _heading(3, "a lifter is fine-tuned for a minute (fitlab train experiment=lifter_uiprmd does it properly)")
    run.main(compose("train", list(cfg.training)))

    _heading(4, f"done in {(time.monotonic() - started) / 60:.1f} minutes")
    try:
        print("picture:", poster(analysis.report, folder / "report.png"))
    except SetupError as error:  # the report itself needs no browser here
        print("no picture of the report:", error)
    print("report: ", folder / "analysis" / "report.html")


def known_and_found(clip: Clip, analysis: Analysis) -> str:
    """What the studio knows of the clip beside what the analysis found in its video."""
    from fitlab.metrics import p_mpjpe
    from fitlab.skeletons import COCO17, H36M17

    made = [", ".join(name for name, strength in rep.items() if strength > 0) or "-" for rep in clip.mistakes]
    said = {"yes": "{}", "cannot_tell": "{} (cannot tell)"}
    found = [
        ", ".join(
            said[verdict.state].format(verdict.mistake)
            for verdict in analysis.report.findings
            if verdict.repetition == rep.index and verdict.state in said
        )
        or "-"
        for rep in analysis.report.repetitions
    ]
    rows = max(len(made), len(found))
    made += [""] * (rows - len(made))
    found += [""] * (rows - len(found))
    lines = ["", f"{'rep':>4}  {'mistake made':<24} mistake found"]
    lines += [f"{rep:>4}  {one:<24} {other}" for rep, (one, other) in enumerate(zip(made, found, strict=True), 1)]
    seen, true = analysis.user.image, clip.image
    if seen is not None:
        pixels = np.nanmedian(np.linalg.norm(seen.to(COCO17).positions - true.positions, axis=-1))
        lines.append(f"2D joints are off by {pixels:.1f} px at the median")

    error = p_mpjpe(analysis.user.world.to(H36M17).positions, clip.world.positions)
    lines.append(f"3D joints are off by {1000 * error:.0f} mm (P-MPJPE)")
    return "\n".join(lines)


def _heading(number: int, what: str) -> None:
    print(f"\n{number}/4 {what}", flush=True)
