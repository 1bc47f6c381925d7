"""A squat in closed form, and a report about it that no analysis had a part in."""

import numpy as np

from fitlab.analysis.measures import measure_curves
from fitlab.analysis.report import Report
from fitlab.analysis.results import Advice, Comparison, Deviation, Phase, Repetition, Verdict
from fitlab.exercises import find_exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17

FPS = 30.0
PAUSE, DOWN, BOTTOM, UP = 0.5, 1.2, 0.4, 1.1  # seconds
REPETITION = round((DOWN + BOTTOM + UP) * FPS)
CYCLE = round(PAUSE * FPS) + REPETITION


def squatter(depth: np.ndarray, knees_in: float = 0.0, lean_deg: float = 38.0, size: float = 1.0) -> PoseSequence:
    """A person who faces +y and squats by ``depth`` (T,) in [0, 1]; 1 has the thighs horizontal."""
    shank, thigh, trunk = 0.42 * size, 0.44 * size, 0.5 * size
    lean, back, fold = (np.radians(angle) * depth for angle in (32, 85, lean_deg))
    knee = np.stack([0 * depth, shank * np.sin(lean), 0.09 + shank * np.cos(lean)], -1)  # (T, 3)
    hip = knee + thigh * np.stack([0 * depth, -np.sin(back), np.cos(back)], -1)
    up = np.stack([0 * depth, np.sin(fold), np.cos(fold)], -1)
    thorax = hip + trunk * up
    left = np.array([-1.0, 0, 0])
    joints = {"pelvis": hip, "spine": hip + 0.5 * trunk * up, "thorax": thorax}
    joints["nose"] = thorax + size * (0.12 * up + np.array([0, 0.09, 0.03]))
    joints["head_top"] = thorax + 0.27 * size * (0.7 * up + np.array([0, 0, 0.3]))
    reach = np.radians(20 + 65 * depth)
    arm = np.stack([0 * depth, np.sin(reach), -np.cos(reach)], -1)
    for name, sign in (("left", 1), ("right", -1)):
        joints[f"{name}_hip"] = hip + sign * 0.1 * size * left
        joints[f"{name}_knee"] = knee + sign * (0.16 * size - knees_in * depth[:, None]) * left
        joints[f"{name}_ankle"] = sign * 0.15 * size * left + np.array([0, 0, 0.09]) + 0 * knee
        joints[f"{name}_shoulder"] = thorax + sign * 0.18 * size * left
        joints[f"{name}_elbow"] = joints[f"{name}_shoulder"] + 0.29 * size * arm
        joints[f"{name}_wrist"] = joints[f"{name}_elbow"] + 0.25 * size * (arm + np.array([0, 0.2, 0.25]))
    positions = np.stack([joints[joint] for joint in H36M17.joints], axis=1)  # (T, 17, 3)
    return PoseSequence(positions, FPS, H36M17, "world", history=("made in closed form",))


def depths(repetitions: int, deepest: float = 0.9) -> np.ndarray:
    """Depth (T,) of a clip that begins and ends with a pause."""
    pause, down, bottom, up = (round(seconds * FPS) for seconds in (PAUSE, DOWN, BOTTOM, UP))
    one = np.concatenate([
        np.zeros(pause), 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, down)), np.ones(bottom),
        0.5 + 0.5 * np.cos(np.linspace(0, np.pi, up)),
    ])  # fmt: skip
    return deepest * np.concatenate([np.tile(one, repetitions), np.zeros(pause)])


def squat_report(repetitions: int = 5, *, exercise: bool = True, athlete: bool = True) -> Report:
    """A report with knees that fall inward in the 2nd and 4th repetition, and a rule that cannot be told."""
    depth = depths(repetitions)
    frames = len(depth)
    pause, down, bottom = (round(seconds * FPS) for seconds in (PAUSE, DOWN, BOTTOM))
    starts = [pause + i * CYCLE for i in range(repetitions)]
    faulty = [i for i in range(repetitions) if i in (1, 3)] if exercise else []
    knees_in = np.zeros(frames)
    for i in faulty:
        knees_in[starts[i] : starts[i] + REPETITION] = 0.11
    user = squatter(depth)
    bent = user.positions.copy()
    for joint, sign in (("left_knee", 1), ("right_knee", -1)):
        bent[:, H36M17.index(joint), 0] += sign * knees_in * depth
    user = user.replace("knees pushed inward", positions=bent)

    known = find_exercise("squat")
    curves = {name: curve.values for name, curve in measure_curves(user, known).items()}
    phases = []
    for i, start in enumerate(starts):
        edges = [start, start + down, start + down + bottom, start + REPETITION]
        parts = (("going down", "out"), ("bottom", "turn"), ("going up", "back"))
        phases += [Phase(n, r, i, a, b) for (n, r), a, b in zip(parts, edges[:-1], edges[1:], strict=True)]
    found = [
        Verdict("knees_inward", "yes" if i in faulty else "no",
                "knees 8.2 cm inside the ankles, 3 cm are allowed" if i in faulty else "0.9 cm, 3 cm are allowed",
                "knees", "bottom", "cm", i, 8.2 if i in faulty else 0.9, 5.2, 1.5, 0.6 if i in faulty else 0.0, 0.97,
                start + down, start + down + bottom)
        for i, start in enumerate(starts)
    ]  # fmt: skip
    whole = [
        Verdict("knees_inward", "yes", f"in {len(faulty)} of {repetitions} repetitions", "knees", "bottom", "cm",
                None, 8.2, 5.2, 1.5, 0.6, 0.97),
        Verdict("too_shallow", "no", "thighs 8° above horizontal, 15° are allowed", "hips", "bottom", "deg",
                None, 8, -7, 5, 0, 0.9),
        Verdict("trunk_forward", "cannot_tell", "52° is within 5° of the limit of 50°", "trunk", "bottom", "deg",
                None, 52, 2),
    ]  # fmt: skip
    comparison = None
    if athlete:
        ghost = squatter(depths(repetitions, 1.0), lean_deg=30).positions.copy()
        inside = np.zeros(frames, bool)
        for start in starts:
            inside[start : start + REPETITION] = True
        ghost[~inside] = np.nan
        figures = {"head": (7.1, 15.2, 48), "trunk": (6.4, 9.8, 41), "arms": (4.2, 8.8, 33), "hips": (9.1, 15.5, 52),
                   "knees": (13.8, 24.0, 61), "feet": (2.2, 4.1, 12)}  # fmt: skip
        history = ("made in closed form", "retime", "align", "scale")
        comparison = Comparison(
            groups={group: Deviation(*numbers) for group, numbers in figures.items()},
            per_repetition={g: np.tile([n[0], n[2]], (repetitions, 1)).astype(float) for g, n in figures.items()},
            angles={group: np.where(inside, n[0], np.nan) for group, n in figures.items()},
            distances={group: np.where(inside, n[2], np.nan) for group, n in figures.items()},
            reference=PoseSequence(ghost, FPS, H36M17, "world", history=history),
            frames=np.where(inside, np.arange(frames), -1),
        )  # fmt: skip
    everywhere = tuple(range(repetitions))
    advice = (
        Advice("Push your knees outward: they fall 8 cm inward in repetitions 2 and 4.", "knees_inward", "knees",
               tuple(faulty), 0, 0, 0.8),
        Advice("The depth is good: the thighs are nearly level every time.", None, "hips", everywhere, 0, 0, 0.2),
    )  # fmt: skip
    return Report(
        exercise=known if exercise else None,
        user=user,
        trimmed=(starts[0], starts[-1] + REPETITION),
        drive=np.nanmean(curves["knee_angle"], axis=1),
        drive_name="knee_angle" if exercise else "motion",
        drive_unit="deg" if exercise else "",
        curves=curves if exercise else {},
        units={name: measure.unit for name, measure in known.measures.items()} if exercise else {},
        repetitions=tuple(Repetition(i, s, s + REPETITION, s + down + bottom // 2) for i, s in enumerate(starts)),
        phases=tuple(phases),
        verdicts=tuple(whole) if exercise else (),
        findings=tuple(found) if exercise else (),
        statistics={"mean_duration_s": REPETITION / FPS, "known_share": 1.0, "range_knee_angle_deg": float("nan")},
        comparison=comparison,
        advice=advice if exercise else (),
    )  # fmt: skip
