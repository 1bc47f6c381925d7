"""``fitlab analyze``: one recording in, metrics, poses and a report out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitlab.errors import InputError

if TYPE_CHECKING:
    from omegaconf import DictConfig


def main(cfg: DictConfig) -> None:
    """Analyses ``cfg.video`` and writes the run folder ``<paths.runs>/analyze/<name>``."""
    from omegaconf import OmegaConf

    from fitlab.files import write_text
    from fitlab.pipeline import analyze

    if cfg.video is None:
        raise InputError("video must be a video or a pose file, got nothing; write fitlab analyze video=user.mp4")
    analysis = analyze(
        cfg.video,
        exercise=str(cfg.exercise),
        reference=cfg.reference,
        detector=cfg.detector,
        lifter=cfg.lifter,
        device=cfg.device,
        fps=cfg.fps,
        image_size=None if cfg.image_size is None else tuple(cfg.image_size),
    )
    folder = Path(cfg.paths.runs) / "analyze" / (cfg.name or Path(cfg.video).stem)
    analysis.write(folder, overlay=cfg.overlay)
    write_text(folder / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True))
    print(summary(analysis.report.to_metrics()))
    print(f"\nreport: {folder / 'report.html'}")


def summary(metrics: dict[str, Any]) -> str:
    """The table that ends the run: repetitions, their mistakes, what to do first."""
    start, stop = metrics["trimmed"]
    lines = [f"{metrics['exercise']}: {metrics['repetitions']} repetitions between {start:.1f} s and {stop:.1f} s", ""]
    if metrics["reps"]:
        lines.append(f"{'rep':>4} {'start':>7} {'seconds':>8}  mistakes")
    for number, rep in enumerate(metrics["reps"], 1):
        found = ", ".join(f"{m['name']} ({m['severity']:.0%})" for m in rep["mistakes"]) or "-"
        lines.append(f"{number:>4} {rep['start_s']:>6.1f}s {rep['duration_s']:>8.2f}  {found}")
    if metrics["comparison"]:
        lines += ["", f"{'against the athlete':<20} {'mean':>7} {'max':>7} {'mean':>8}"]
    for group, deviation in metrics["comparison"].items():
        lines.append(
            f"{group:<20} {deviation['mean_deg']:>6.1f}° {deviation['max_deg']:>6.1f}° {deviation['mean_mm']:>5.0f} mm"
        )
    told = list(dict.fromkeys(m["advice"] for rep in metrics["reps"] for m in rep["mistakes"]))
    return "\n".join([*lines, *([""] if told else []), *told])
