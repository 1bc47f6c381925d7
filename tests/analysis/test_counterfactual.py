"""The least change that clears a mistake: it clears it, keeps bones and feet, and there is none smaller."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from fitlab.analysis.counterfactual import counterfactual
from fitlab.analysis.lifted import View
from fitlab.analysis.lifting_errors import MeasureError, described
from fitlab.analysis.report import analyse
from fitlab.datasets import uiprmd
from fitlab.errors import InputError
from fitlab.exercises import find_exercise, load_exercise
from fitlab.geometry import bone_lengths
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton
from tests.motions import Squats, mirrored, turned

MADE = {
    "knees_inward": Squats(repetitions=2, inward_cm=9.0),
    "too_shallow": Squats(repetitions=2, thigh_deg=45.0),
    "trunk_forward": Squats(repetitions=2, trunk_deg=75.0),
}


@pytest.fixture(scope="module")
def squat():
    return find_exercise("squat")


def cleared(seq: PoseSequence, squat, mistake: str, repetition: int = 0):
    report = analyse(seq, squat)
    finding = next(f for f in report.mistakes(repetition) if f.mistake == mistake)
    return counterfactual(seq, squat, report.repetitions[repetition], finding), report


def put_in(seq: PoseSequence, change) -> PoseSequence:
    positions = seq.to(change.poses.skeleton).positions.copy()
    inside = ~change.poses.missing
    positions[inside] = change.poses.positions[inside]
    return change.poses.replace("put in", positions=positions, confidence=np.ones(inside.shape))


@pytest.mark.parametrize("mistake", MADE)
def test_the_mistake_is_gone_and_no_other_made(squat, mistake):
    seq = MADE[mistake].poses()
    change, report = cleared(seq, squat, mistake)
    assert change is not None
    again = analyse(put_in(seq, change), squat)
    said = {f.mistake: f.state for f in again.findings if f.repetition == 0}
    assert said[mistake] == "no"
    assert "yes" not in said.values()
    assert {f.mistake for f in again.mistakes(1)} == {mistake}, "the other repetition stays as it was"
    first, last = report.repetitions[0].start, report.repetitions[0].stop
    assert change.poses.missing[:first].all() and change.poses.missing[last:].all()
    assert not change.poses.missing[first:last].any()


@pytest.mark.parametrize("mistake", MADE)
def test_bones_feet_and_the_ends_of_the_repetition_are_kept(squat, mistake):
    seq = MADE[mistake].poses()
    change, report = cleared(seq, squat, mistake)
    span = slice(report.repetitions[0].start, report.repetitions[0].stop)
    moved = np.linalg.norm(change.poses.positions[span] - seq.positions[span], axis=-1)  # (n, K)
    np.testing.assert_allclose(bone_lengths(change.poses)[span], bone_lengths(seq)[span], atol=1e-4)
    assert moved[:, [seq.skeleton.index(f"{side}_ankle") for side in ("left", "right")]].max() < 0.005
    assert moved[[0, -1]].max() < 0.02
    assert np.abs(np.diff(moved, axis=0)).max() < 0.05, "it grows and fades without a jump"


def test_what_changes_is_what_the_mistake_is_about(squat):
    knees = cleared(MADE["knees_inward"].poses(), squat, "knees_inward")[0].degrees
    assert max(knees, key=knees.get) in ("hips", "knees") and knees["trunk"] < 2 and knees["arms"] < 2
    trunk = cleared(MADE["trunk_forward"].poses(), squat, "trunk_forward")[0].degrees
    assert max(trunk, key=trunk.get) == "trunk" and trunk["arms"] < 2
    depth = cleared(MADE["too_shallow"].poses(), squat, "too_shallow")[0].degrees
    assert min(depth["hips"], depth["knees"]) > depth["trunk"] > 5, "who sits deeper leans to keep the balance"


def test_direction_place_and_side_do_not_matter(squat):
    seq = MADE["knees_inward"].poses()
    plain = cleared(seq, squat, "knees_inward")[0]
    away = cleared(turned(seq, 130, (3, -1, 0)), squat, "knees_inward")[0]
    np.testing.assert_allclose(
        away.poses.positions, turned(plain.poses, 130, (3, -1, 0)).positions, atol=2e-3, equal_nan=True
    )
    other = cleared(mirrored(seq), squat, "knees_inward")[0]
    np.testing.assert_allclose(other.poses.positions, mirrored(plain.poses).positions, atol=2e-3, equal_nan=True)


def test_no_smaller_change_clears_it():
    """An arm alone, without anything planted: the optimum of a general solver, in a frame at a time."""
    arm = Skeleton("arm", ("pelvis", "left_shoulder", "left_elbow", "left_wrist"), (-1, 0, 1, 2))
    names = ("left_shoulder", "left_elbow", "left_wrist")
    content = {
        "name": "raise", "title": "Raise", "drive": {"measure": "lift", "rest": "low", "minimum_range": 20},
        "phases": {"down": "rest", "up": "out", "top": "turn", "lower": "back"},
        "measures": {"lift": {"kind": "elevation", "joints": ["left_shoulder", "left_wrist"]}},
        "mistakes": {"too_low": {
            "measure": "lift", "phase": "top", "direction": "below", "threshold": 40, "margin": 5, "severe": 0,
            "sides": "mean", "joint_group": "arms", "advice": "raise_half", "source": "test"}},
        "tolerances": {"arms": 10},
    }  # fmt: skip
    exercise = load_exercise(content)
    lift = np.radians(-80 + 100 * (1 - np.cos(2 * np.pi * np.arange(90) / 45)) / 2)  # to 20 degrees
    along = np.stack([np.zeros(90), np.cos(lift), np.sin(lift)], axis=1)
    fore = np.stack([np.sin(0.3) * np.ones(90), np.cos(0.3) * np.cos(lift), np.cos(0.3) * np.sin(lift)], axis=1)
    shoulder = np.tile([-0.2, 0.0, 1.4], (90, 1))
    places = [
        np.tile([0.0, 0.0, 0.95], (90, 1)),
        shoulder,
        shoulder + 0.3 * along,
        shoulder + 0.3 * along + 0.25 * fore,
    ]
    seq = PoseSequence(np.stack(places, axis=1), 30, arm, "world")
    whole = analyse(_with_hips(seq), exercise)
    finding = whole.mistakes(0)[0]
    change = counterfactual(_with_hips(seq), exercise, whole.repetitions[0], finding)
    assert change is not None
    frame = whole.repetitions[0].turn
    before, after = (
        {name: poses[name][frame].astype(float) for name in names} for poses in (_with_hips(seq), change.poses)
    )
    wanted = _lift(after)

    def turned_by(angles: np.ndarray) -> dict[str, np.ndarray]:
        upper, lower = Rotation.from_rotvec(angles[:3]), Rotation.from_rotvec(angles[3:])
        first, second = before["left_elbow"] - before["left_shoulder"], before["left_wrist"] - before["left_elbow"]
        elbow = before["left_shoulder"] + upper.apply(first)
        return {**before, "left_elbow": elbow, "left_wrist": elbow + (upper * lower).apply(second)}

    best = minimize(
        lambda angles: angles @ angles, np.full(6, 0.01), method="SLSQP",
        constraints={"type": "eq", "fun": lambda angles: _lift(turned_by(angles)) - wanted}, options={"ftol": 1e-12},
    )  # fmt: skip
    for name in names:
        np.testing.assert_allclose(after[name], turned_by(best.x)[name], atol=0.01)


def _lift(arm: dict[str, np.ndarray]) -> float:
    x, y, z = arm["left_wrist"] - arm["left_shoulder"]
    return float(np.degrees(np.arctan2(z, np.hypot(x, y))))


def _with_hips(seq: PoseSequence) -> PoseSequence:
    """Measures want to know which way the person faces."""
    more = {"left_hip": (-0.1, 0, 0.95), "right_hip": (0.1, 0, 0.95), "right_shoulder": (0.2, 0, 1.4)}
    joints = (*seq.skeleton.joints, *more)
    places = [np.tile(place, (len(seq), 1))[:, None] for place in more.values()]
    skeleton = Skeleton("arm and trunk", joints, (*seq.skeleton.parents, 0, 0, 0))
    return PoseSequence(np.concatenate([seq.positions, *places], axis=1), seq.fps, skeleton, "world")


def test_recorded_squats_can_be_mended(real_data, squat):
    seq, _ = uiprmd.joined(real_data, "m01", "s02", "vicon", False)
    report = analyse(seq, squat)
    finding = report.mistakes()[0]
    change = counterfactual(seq, squat, report.repetitions[finding.repetition], finding)
    assert change is not None
    again = analyse(put_in(seq, change), squat)
    said = [f.state for f in again.findings if (f.repetition, f.mistake) == (finding.repetition, finding.mistake)]
    assert said == ["no"]


def test_only_mistakes_can_be_cleared(squat):
    report = analyse(Squats(repetitions=2).poses(), squat)
    with pytest.raises(InputError, match="that was made"):
        counterfactual(report.user, squat, report.repetitions[0], report.findings[0])


def test_a_measure_that_cannot_be_had_cannot_be_mended(squat):
    seq = MADE["knees_inward"].poses()
    report = analyse(seq, squat)
    positions = seq.positions.copy()
    positions[:, seq.skeleton.index("left_knee")] = np.nan
    blind = PoseSequence(positions, seq.fps, seq.skeleton, "world")
    assert counterfactual(blind, squat, report.repetitions[0], report.mistakes(0)[0]) is None


def test_what_a_lifted_measure_hides_is_cleared_too(squat):
    """Trunks that come out 20 degrees more upright than they were: the change is that of the trunks as they were."""
    rule = next(rule for rule in squat.mistakes if rule.name == "trunk_forward")
    said = described(rule, squat.measures[rule.measure])
    view = View(np.array([0, 1.0, 0]), {"squat": {rule.name: MeasureError([1.0] * 5, [20.0] * 5, [0.1] * 5, said)}})
    as_lifted, as_they_were = (Squats(repetitions=2, trunk_deg=degrees).poses() for degrees in (55.0, 75.0))
    turned_by = []
    for poses, seen in ((as_lifted, view), (as_they_were, None)):
        report = analyse(poses, squat, view=seen)
        finding = next(f for f in report.mistakes(0) if f.mistake == rule.name)
        turned_by.append(counterfactual(poses, squat, report.repetitions[0], finding).degrees["trunk"])
    assert turned_by[0] == pytest.approx(turned_by[1], rel=0.1)
    assert turned_by[0] > 10


@pytest.mark.parametrize(("joints", "back_m"), [(("right_ankle", "right_knee"), 0.2), (("right_knee",), -0.15)])
def test_knees_come_out_without_the_shoulders_turning(squat, joints, back_m):
    """Also with one foot behind, or one knee ahead: what is inward is told by where the person faced before."""
    seq = Squats(repetitions=1, inward_cm=11).poses()
    positions = seq.positions.copy()
    positions[:, [seq.skeleton.index(joint) for joint in joints], 1] -= back_m
    seq = seq.replace("uneven", positions=positions)
    report = analyse(seq, squat)
    finding = next(found for found in report.mistakes() if found.mistake == "knees_inward")
    change = counterfactual(seq, squat, report.repetitions[0], finding)
    assert change is not None
    middle = (finding.start + finding.stop) // 2
    for joint in ("hip", "shoulder"):
        before, after = (clip[f"left_{joint}"][middle] - clip[f"right_{joint}"][middle] for clip in (seq, change.poses))
        turned_deg = np.degrees(np.arctan2(before[0] * after[1] - before[1] * after[0], before[:2] @ after[:2]))
        assert abs(turned_deg) < 7  # the shoulders turned by 17 and 23 once
