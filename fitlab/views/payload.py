"""What the front end of the player gets: a JSON-able dictionary and one binary block.

Python decides what is shown; the JavaScript under ``player/src`` only draws it.  Long arrays travel
in the block as int16 with a scale, 0.1 mm or finer for a person within 3 m; -32768 is missing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fitlab.analysis.measures import measure_curves
from fitlab.analysis.report import Report
from fitlab.analysis.results import Verdict
from fitlab.errors import InputError
from fitlab.geometry import body_axes
from fitlab.poses import PoseSequence
from fitlab.skeletons import GROUPS, Skeleton
from fitlab.views import palette
from fitlab.views.ghosts import GHOSTS, standing_by
from fitlab.views.wording import cards, hold_note, provenance, statistic, subtitle, unit_sign, words

MISSING = -32768
_LARGEST = 32767

_TREE = """
    pelvis spine<pelvis thorax<spine nose head<thorax head_top<thorax
    left_shoulder<thorax left_elbow<left_shoulder left_wrist<left_elbow left_hand<left_wrist
    right_shoulder<thorax right_elbow<right_shoulder right_wrist<right_elbow right_hand<right_wrist
    left_hip<pelvis left_knee<left_hip left_ankle<left_knee
    left_heel<left_ankle left_big_toe<left_ankle left_toes<left_ankle
    right_hip<pelvis right_knee<right_hip right_ankle<right_knee
    right_heel<right_ankle right_big_toe<right_ankle right_toes<right_ankle
"""


def _body() -> Skeleton:
    pairs = [entry.partition("<")[::2] for entry in _TREE.split()]
    joints = tuple(joint for joint, _ in pairs)
    return Skeleton("shown", joints, tuple(joints.index(parent) if parent else -1 for _, parent in pairs))


BODY = _body()
"""The joints that the player draws as a body; a layout without hips and knees is drawn as it is."""


@dataclass
class Block:
    """Arrays one after the other as int16; ``specs`` says where each lies, its shape and its scale."""

    parts: list[bytes] = field(default_factory=list)
    specs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, values: np.ndarray) -> str:
        """Packs ``values`` (any shape, NaN = missing) under ``name`` and returns ``name``."""
        values = np.asarray(values, np.float64)
        known = np.isfinite(values)
        scale = max(float(np.abs(values[known]).max(initial=0.0)), 1e-6) / _LARGEST
        stored = np.full(values.shape, MISSING, "<i2")
        stored[known] = np.rint(values[known] / scale)
        offset = sum(map(len, self.parts))
        self.specs[name] = {"offset": offset, "shape": list(values.shape), "scale": scale}
        self.parts.append(stored.tobytes())
        return name

    def bytes(self) -> bytes:
        """The whole block."""
        return b"".join(self.parts)


def poses_payload(
    user: PoseSequence, reference: PoseSequence | None = None, better: PoseSequence | None = None
) -> tuple[dict[str, Any], bytes]:
    """Payload and block of poses alone.

    Parameters
    ----------
    user : PoseSequence in world, camera or body space
    reference, better : PoseSequence, optional
        Ghosts, an athlete and the person corrected: as many frames as ``user``, in the same space.

    Raises
    ------
    InputError
        If the poses are 2D, or a ghost does not go with them.
    """
    ghosts = {name: seq for name, seq in (("reference", reference), ("better", better)) if seq is not None}
    for name, ghost in ghosts.items():
        if (len(ghost), ghost.space) != (len(user), user.space):
            raise InputError(
                f"{name} must have the user's {len(user)} frames in {user.space} space, got {len(ghost)} in "
                f"{ghost.space} space; analyse both and give the player the report"
            )
    block = Block()
    payload = _stage(user, ghosts, block) | {"title": "Poses", "trimmed": [0, len(user)]}
    return payload | {name: [] for name in ("repetitions", "mistakes", "advice", "curves")}, block.bytes()


def report_payload(
    report: Report, title: str | None = None, better: PoseSequence | None = None
) -> tuple[dict[str, Any], bytes]:
    """Payload and block of a whole report.

    Parameters
    ----------
    title : str, optional
        Default: the exercise's.
    better : PoseSequence, optional
        A second ghost: the person without the mistakes, see :func:`fitlab.views.ghosts.corrected`.
    """
    block = Block()
    ghosts = {} if report.comparison is None else {"reference": standing_by(report.comparison.reference)}
    stage = _stage(report.user, ghosts if better is None else ghosts | {"better": better}, block)
    payload = stage | {
        "title": title or (report.exercise.title if report.exercise else "Movement"),
        "subtitle": subtitle(report),
        "cards": cards(report),
        "trimmed": [int(frame) for frame in report.trimmed],
        "repetitions": _repetitions(report),
        "mistakes": [_moment(report, finding, stage["joints"]) for finding in _moments(report)],
        "holds": _holds(report),
        "advice": [{"text": entry.text, "mistake": entry.mistake} for entry in report.advice],
        "verdicts": [{"title": words(v.mistake), "state": v.state, "reason": v.reason} for v in report.verdicts],
        "curves": _curves(report, block),
        "comparison": _comparison(report),
        "statistics": [statistic(n, v, report.drive_name, report.drive_unit) for n, v in report.statistics.items()],
        "provenance": provenance(report),
    }
    return payload, block.bytes()


def _stage(user: PoseSequence, ghosts: Mapping[str, PoseSequence], block: Block) -> dict[str, Any]:
    """What the 3D view needs: joints, bones, positions of all, where the person faces, colours."""
    people = {name: _on_floor(seq, user) for name, seq in {"user": user, **ghosts}.items()}
    skeleton = _shown_skeleton(user)
    shown = {who: seq.to(skeleton) for who, seq in people.items()}
    seen = [k for k in range(len(skeleton)) if not shown["user"].missing[:, k].all()]
    for who, seq in shown.items():
        block.add(who, seq.positions[:, seen])
    return {
        "fps": user.fps,
        "frames": len(user),
        "facing_deg": _facing(people["user"]),
        "joints": [skeleton.joints[k] for k in seen],
        "bones": [[seen.index(a), seen.index(b)] for a, b in skeleton.bones if a in seen and b in seen],
        "palette": {"light": dict(palette.LIGHT), "dark": dict(palette.DARK)},
        "video": None,
        "ghosts": [
            {"name": name, "label": label, "legend": legend} for name, label, legend in GHOSTS if name in ghosts
        ],
        "arrays": block.specs,
    }


def _shown_skeleton(seq: PoseSequence) -> Skeleton:
    """BODY where the layout has legs, else the layout itself (separate markers)."""
    return BODY if {"left_hip", "right_hip", "left_knee", "right_knee"} <= set(seq.skeleton.joints) else seq.skeleton


def _on_floor(seq: PoseSequence, user: PoseSequence) -> PoseSequence:
    """``seq`` with z up and the lowest point that ``user`` ever reaches at z = 0; world space stays as it is."""
    if seq.space == "world":
        return seq
    if seq.space == "image":
        raise InputError("poses must be 3D (world, camera or body space), got image space; lift them first")
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) if seq.space == "camera" else np.eye(3)  # z up
    lowest = np.nanmin((user.positions @ turn.T)[..., 2], initial=np.inf)
    raised = np.array([0, 0, -lowest if np.isfinite(lowest) else 0])
    return seq.replace("shown", positions=seq.positions @ turn.T + raised, space="world")


def _facing(seq: PoseSequence) -> float:
    """Direction in which the person mostly faces: degrees from x, counter-clockwise seen from above."""
    if not {"left_hip", "right_hip", "left_shoulder", "right_shoulder"} <= set(seq.skeleton.joints):
        return 0.0
    forward = body_axes(seq)[:, 1, :2]
    known = forward[np.isfinite(forward).all(axis=1)]
    if not len(known):
        return 0.0
    x, y = known.mean(axis=0)
    return math.degrees(math.atan2(y, x))


def _repetitions(report: Report) -> list[dict[str, Any]]:
    per_repetition = report.comparison.per_repetition if report.comparison else {}
    return [
        {
            "start": int(repetition.start),
            "stop": int(repetition.stop),
            "full": repetition.full,
            "mean_deg": _number(_mean([table[repetition.index, 0] for table in per_repetition.values()])),
            "phases": [
                {"name": phase.name, "start": int(phase.start), "stop": int(phase.stop)}
                for phase in report.phases
                if phase.repetition == repetition.index
            ],
        }
        for repetition in report.repetitions
    ]


def _holds(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "start": int(hold.start),
            "stop": int(hold.stop),
            "repetition": int(hold.repetition),
            "duration_s": _number(hold.duration_s),
            "clean_s": _number(hold.clean_s),
            "note": hold_note(hold),
            "breaks": [
                {"title": words(broken.mistake), "start": int(broken.start), "stop": int(broken.stop)}
                for broken in hold.breaks
            ],
        }
        for hold in report.holds
    ]


def _moments(report: Report) -> list[Verdict]:
    """The mistakes in order of time."""
    return sorted(report.mistakes(), key=lambda finding: finding.start)


def _moment(report: Report, finding: Verdict, joints: list[str]) -> dict[str, Any]:
    repetition = None if finding.repetition is None else report.repetitions[finding.repetition]
    middle = (finding.start + finding.stop) // 2
    at_turn = repetition is not None and finding.start <= repetition.turn < finding.stop
    members = GROUPS.get(finding.joint_group, ())
    return {
        "name": finding.mistake,
        "title": words(finding.mistake),
        "repetition": finding.repetition,
        "start": int(finding.start),
        "stop": max(int(finding.stop), int(finding.start) + 1),
        "frame": int(repetition.turn if repetition is not None and at_turn else middle),
        "severity": _number(finding.severity),
        "reason": finding.reason,
        "joints": [k for k, j in enumerate(joints) if j.removeprefix("left_").removeprefix("right_") in members],
    }


def _curves(report: Report, block: Block) -> list[dict[str, Any]]:
    """One chart per measure, and the drive where it is none of them; the athlete's curve where there is one."""
    athlete = {}
    if report.comparison and report.exercise:
        athlete = measure_curves(report.comparison.reference, report.exercise)
    rules = report.exercise.mistakes if report.exercise else ()
    signals = dict(report.curves)
    if report.drive_name and report.drive_name not in signals:
        signals = {report.drive_name: report.drive} | signals
    charts = []
    for name, values in signals.items():
        values = np.asarray(values)
        sides = [("You", "user")] if values.ndim == 1 else [("Left", "left"), ("Right", "right")]
        columns = values.reshape(len(values), -1).T
        lines = [
            {"label": label, "paint": paint, "array": block.add(f"curve {name} {paint}", column)}
            for (label, paint), column in zip(sides, columns, strict=True)
        ]
        if name in athlete:
            array = block.add(f"curve {name} reference", athlete[name].mean)
            lines.append({"label": "Athlete", "paint": "reference", "array": array})
        unit = unit_sign(report.units.get(name, report.drive_unit))
        mistakes = [rule.name for rule in rules if rule.measure == name]
        charts.append({"name": name, "title": words(name), "unit": unit, "lines": lines, "mistakes": mistakes})
    return charts


def _comparison(report: Report) -> list[dict[str, Any]]:
    if report.comparison is None:
        return []
    allowed = report.exercise.tolerances if report.exercise else {}
    return [
        {
            "group": group,
            "mean_deg": _number(deviation.mean_deg),
            "max_deg": _number(deviation.max_deg),
            "mean_mm": _number(deviation.mean_mm),
            "tolerance_deg": _number(deviation.allowed_deg(allowed[group]) if group in allowed else math.nan),
        }
        for group, deviation in report.comparison.groups.items()
    ]


def _mean(values: list[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _number(value: float) -> float | None:
    """A number that JSON can hold."""
    return round(float(value), 4) if math.isfinite(value) else None
