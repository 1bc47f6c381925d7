"""``fitlab analyze``: one recording in, metrics, poses and a report out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fitlab.errors import InputError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from fitlab.analysis.naming import Naming
    from fitlab.analysis.report import Report

_MOST_FPS = 1000
_WORTH_TELLING = 0.05
"""Probability below which an exercise is not mentioned."""


def main(cfg: DictConfig) -> None:
    """Analyses ``cfg.video`` and writes the run folder ``<paths.runs>/analyze/<name>``."""
    from omegaconf import OmegaConf

    from fitlab.cli.sweeps import run_folder
    from fitlab.exercises import exercise_files, load_exercise
    from fitlab.files import require_replaceable, write_text
    from fitlab.pipeline import ANY, AUTO, NONE, WRITTEN, analyze

    if cfg.video is None:
        raise InputError("video must be a video or a pose file, got nothing; write fitlab analyze video=user.mp4")
    _require_plain(cfg)
    folder = run_folder(cfg.paths.runs, "analyze", cfg.name or Path(cfg.video).resolve().stem)
    require_replaceable(folder, WRITTEN)  # before any work
    described = OmegaConf.to_container(cfg.exercise, resolve=True)
    assert isinstance(described, dict)
    by_word = described["name"] in (AUTO, NONE)
    if by_word and len(described) > 1:
        changed = ", ".join(sorted(str(key) for key in described if key != "name"))
        raise InputError(
            f"rules can be changed of an exercise that is named, got {changed} for exercise={described['name']}; "
            "say which, e.g. exercise=squat"
        )
    analysis = analyze(
        cfg.video,
        exercise=described["name"] if by_word else load_exercise({str(key): value for key, value in described.items()}),
        reference=cfg.reference,
        detector=cfg.detector,
        lifter=cfg.lifter,
        device=cfg.device,
        looks=cfg.looks,
        fps=cfg.fps,
        image_size=None if cfg.image_size is None else tuple(cfg.image_size),
    )
    analysis.write(folder, overlay=cfg.overlay)
    if analysis.naming is not None:  # the rules that judged
        cfg = cfg.copy()
        cfg.exercise = OmegaConf.load(exercise_files()[analysis.recognised or ANY])
    write_text(folder / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True))
    if analysis.naming is not None:
        print(recognised(analysis.naming, analysis.report.fps, analysis.reference_naming))
    print(summary(analysis.report))
    print(f"\nreport: {folder / 'report.html'}")


def _require_plain(cfg: DictConfig) -> None:
    """Raises InputError for values of another kind than are wanted, before anything is loaded."""
    from omegaconf import ListConfig

    for key in ("video", "reference"):
        if not isinstance(cfg[key], str | None):
            raise InputError(f"{key} must be one file, got {cfg[key]}; several: fitlab analyze -m {key}=a.mp4,b.mp4")
    if not isinstance(cfg.overlay, bool):
        raise InputError(f"overlay must be true or false, got {cfg.overlay!r}")
    if cfg.fps is not None and not (isinstance(cfg.fps, int | float) and 1 <= cfg.fps <= _MOST_FPS):
        raise InputError(f"fps must be a number from 1 to {_MOST_FPS}, got {cfg.fps!r}; give that of the recording")
    size = cfg.image_size
    pair = size is None or (isinstance(size, ListConfig) and len(size) == 2 and all(isinstance(n, int) for n in size))
    if not pair:
        raise InputError(f"image_size must be [width, height] in pixels, got {size}; e.g. image_size=[1920,1080]")


def recognised(naming: Naming, fps: float, reference: Naming | None = None) -> str:
    """What the motion was taken for, and what else it shows; beside what its reference was taken for."""
    from fitlab.analysis.postures import SECONDS

    likely = [f"{name} ({share:.0%})" for name, share in naming.likely if share >= _WORTH_TELLING]
    theirs = None if reference is None or reference.exercise is None else reference
    another = "if it is another, say exercise=... (fitlab exercise list)"
    shown = f"{theirs.exercise} ({theirs.probability:.0%})" if theirs else ""
    instead = "what repeats is counted, nothing is judged; name the exercise: fitlab exercise list"
    if theirs:
        instead = f"taken for {shown}, as the reference shows; {another}"
    if naming.hidden:
        lines = [f"never seen: {', '.join(naming.hidden)}, so the exercise cannot be told: {instead}"]
    elif naming.exercise is None:
        doubt = f"not sure which exercise, nearest to {', '.join(likely)}" if likely else "no known exercise"
        lines = [f"{doubt}: {instead}"]
    else:
        others = f", or {', '.join(likely[1:])}" if likely[1:] else ""
        lines = [f"recognised {likely[0]}{others}; {another}"]
        if theirs and theirs.exercise != naming.exercise:
            lines.append(f"the reference rather shows {shown}: compare with somebody who does the same exercise")
    known = naming.exercise or (theirs.exercise if theirs else None)
    for span in naming.spans:
        if span.exercise != known and span.stop - span.start >= SECONDS * fps:
            lines.append(f"from {span.start / fps:.0f} s to {span.stop / fps:.0f} s perhaps {span.exercise}")
    return "\n".join(lines)


def summary(report: Report) -> str:
    """What ends the run: repetitions and their mistakes, the difference from the athlete, what to do first."""
    from fitlab.views.wording import hold_note

    start, stop = (frame / report.fps for frame in report.trimmed)
    span = f"between {start:.1f} s and {stop:.1f} s"
    if report.exercise:
        lines = [f"{report.exercise.title}: {len(report.repetitions)} repetitions {span}"]
    else:
        lines = [f"a person {span}; no exercise was named, so nothing was counted"]
    if report.repetitions:
        lines += ["", f"{'rep':>4} {'start':>7} {'seconds':>10}  mistakes"]
    for rep in report.repetitions:
        found = [f"{verdict.mistake} (severity {verdict.severity:.0%})" for verdict in report.mistakes(rep.index)]
        unsure = [f.mistake for f in report.findings if f.repetition == rep.index and f.state == "cannot_tell"]
        told = (", ".join(found) or "-") + (f"   cannot tell: {', '.join(unsure)}" if unsure else "")
        length = f"{(rep.stop - rep.start) / report.fps:.2f}" + ("" if rep.full else " half")
        lines.append(f"{rep.index + 1:>4} {rep.start / report.fps:>6.1f}s {length:>10}  {told}")
    for number, hold in enumerate(report.holds, start=1):
        broken = ", ".join(f"{one.mistake} at {one.start / report.fps:.1f} s" for one in hold.breaks)
        told = "; ".join(filter(None, [hold_note(hold), broken]))
        lines.append(f"hold {number}: {hold.duration_s:.1f} s from {hold.start / report.fps:.1f} s, {told}")
    if report.comparison:
        lines += ["", f"{'against the athlete':<20} {'mean':>6} {'max':>7} {'mean':>8} {'athlete varies by':>18}"]
        for group, off in report.comparison.groups.items():
            varies = "" if off.band_deg != off.band_deg else f" {off.band_deg:>17.1f}°"
            lines.append(f"{group:<20} {off.mean_deg:>5.1f}° {off.max_deg:>6.1f}° {off.mean_mm:>5.0f} mm{varies}")
    lines += [""] * bool(report.advice) + [f"- {advice.text}" for advice in report.advice[:3]]
    return "\n".join(lines)
