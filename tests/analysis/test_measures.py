"""Measures against closed form and against plain loops."""

import numpy as np
import pytest

from fitlab.analysis.measures import curves, measure_curves
from fitlab.exercises import KINDS, Measure, find_exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17
from tests import oracles
from tests.motions import ANKLE_HEIGHT, HALF_STANCE, SHANK, THIGH, Squats, figure, mirrored, turned


@pytest.fixture(scope="module")
def squat():
    return find_exercise("squat")


@pytest.mark.parametrize("yaw", [0, 77, 180, -120])
def test_angles_and_offsets_of_a_figure_that_is_known(squat, yaw):
    motion = Squats(inward_cm=0)
    depth = motion.depth()
    found = measure_curves(turned(motion.poses(), yaw, (3, -2, 0)), squat)
    shank, thigh = (np.radians(angle) * depth for angle in (motion.shank_deg, motion.thigh_deg))
    expected = {
        "knee_angle": 180 - (motion.shank_deg + motion.thigh_deg) * depth,
        "thigh_elevation": 90 - motion.thigh_deg * depth,
        "trunk_inclination": motion.trunk_deg * depth,
        "knee_forward": 100 * SHANK * np.sin(shank),
        "knee_inward": 0 * depth,
        "knee_off_line": 0 * depth,
        "hip_height": 100 * (SHANK * np.cos(shank) + THIGH * np.cos(thigh)),
    }
    for name, values in expected.items():
        sides = found[name].values if found[name].values.ndim == 2 else found[name].values[:, None]
        for side in sides.T:
            np.testing.assert_allclose(side, values, atol=0.02, err_msg=name)


@pytest.mark.parametrize("inward", [-4.0, 6.0])
def test_knees_inside_the_feet_are_positive_on_both_sides(squat, inward):
    motion = Squats(inward_cm=inward)
    found = measure_curves(turned(motion.poses(), 40), squat)
    for name in ("knee_inward", "knee_off_line"):
        assert found[name].values.shape == (len(motion.depth()), 2)
        np.testing.assert_allclose(found["knee_inward"].values.T, [inward * motion.depth()] * 2, atol=0.02)
    # Hips over ankles: the line is vertical, so both offsets agree.
    np.testing.assert_allclose(found["knee_off_line"].values, found["knee_inward"].values, atol=0.02)


@pytest.mark.parametrize(("slope", "offset"), [(0, 0.1), (20, -0.08), (-60, 0.05), (90, 0.05)])
def test_hips_above_the_line_from_shoulders_to_ankles_are_positive(slope, offset):
    """``offset`` metres across a line of that slope; an upright line has no side that is above it."""
    along = np.array([np.cos(np.radians(slope)), 0, np.sin(np.radians(slope))])
    across = np.array([-along[2], 0, along[0]])
    positions = np.zeros((5, 17, 3))
    for joint, place in (("thorax", 0.5 * along), ("pelvis", offset * across + 0.1 * along), ("spine", -0.8 * along)):
        positions[:, H36M17.index(joint)] = place
    seq = turned(PoseSequence(positions, 30, H36M17, "world"), 77, (3, -2, 0))
    found = curves(seq, {"it": Measure("it", "above_line", ("thorax", "pelvis", "spine"))})["it"]
    np.testing.assert_allclose(found.values, np.nan if slope == 90 else 100 * offset, atol=1e-3)


@pytest.mark.parametrize(("rise", "degrees"), [(0.4, 45), (-0.4, 45), (0, 0)])
def test_a_slope_does_not_ask_which_end_is_higher(rise, degrees):
    positions = np.zeros((5, 17, 3))
    positions[:, H36M17.index("left_wrist")] = (0.4, 0, rise)
    seq = turned(PoseSequence(positions, 30, H36M17, "world"), 77, (3, -2, 0))
    found = curves(seq, {"it": Measure("it", "slope", ("right_wrist", "left_wrist"))})["it"]
    np.testing.assert_allclose(found.values, degrees, atol=1e-3)


@pytest.mark.parametrize("lean", [0, 72, 90])
def test_a_stride_is_along_the_trunk_however_it_leans(lean):
    """One knee 40 cm, one ankle 20 cm towards the head; what is apart across the trunk does not count."""
    up = np.array([np.sin(np.radians(lean)), 0, np.cos(np.radians(lean))])
    positions = np.zeros((5, 17, 3))
    positions[:, H36M17.index("thorax")] = 0.5 * up
    positions[:, H36M17.index("left_knee")] = 0.4 * up
    positions[:, H36M17.index("right_ankle")] = 0.2 * up + [0, 0.3, 0]
    seq = turned(PoseSequence(positions, 30, H36M17, "world"), 77, (3, -2, 0))
    joints = ("left_knee", "right_knee", "left_ankle", "right_ankle")
    found = curves(seq, {"it": Measure("it", "stride", joints)})["it"]
    assert found.unit == "cm"
    np.testing.assert_allclose(found.values, 30, atol=1e-3)


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_equals_plain_loops(kind, rng):
    positions = rng.normal(size=(20, 17, 3)) + np.arange(17)[:, None] * 0.1
    joints = ("left_shoulder", "right_hip", "left_knee", "right_ankle")[: KINDS[kind].joints]
    seq = PoseSequence(positions, 1.0, H36M17, "world")  # so slow that the facing is not averaged
    found = curves(seq, {"it": Measure("it", kind, joints)})["it"]
    points = [seq[joint].astype(float) for joint in joints]
    left = np.stack(
        [seq[joint].astype(float) for joint in ("left_hip", "right_hip", "left_shoulder", "right_shoulder")]
    )
    trunk = seq["thorax"].astype(float) - seq["pelvis"]
    across = left[0] - left[1] + left[2] - left[3]
    expected = [oracles.measure(kind, [p[t] for p in points], across[t], joints, trunk[t]) for t in range(20)]
    np.testing.assert_allclose(found.values, expected, rtol=1e-4, atol=1e-3)


def test_a_missing_side_is_nan_there_and_the_mean_is_the_other_side(squat):
    poses = Squats().poses()
    positions = poses.positions.copy()
    positions[10:20, H36M17.index("left_knee")] = np.nan
    found = measure_curves(PoseSequence(positions, 30, H36M17, "world"), squat)["knee_angle"]
    assert np.isnan(found.values[10:20, 0]).all() and not np.isnan(found.values[:, 1]).any()
    assert (found.confidence[10:20, 0] == 0).all()
    np.testing.assert_allclose(found.mean[10:20], found.values[10:20, 1])
    np.testing.assert_allclose(found.mean[:10], found.values[:10].mean(axis=1))


def test_joints_that_follow_from_others_are_had_and_lacking_ones_are_named(squat):
    coco = Squats().poses().to(COCO17)  # has no eyes or ears, derives pelvis and thorax
    found = measure_curves(coco, squat)
    np.testing.assert_allclose(found["trunk_inclination"].values, 35 * Squats().depth(), atol=0.02)
    measure = {"toe": Measure("toe", "height", ("ankle", "big_toe"))}
    lacking = curves(coco, measure)["toe"]
    assert lacking.missing_joints == ("left_big_toe", "right_big_toe")
    assert np.isnan(lacking.values).all()


def test_confidence_is_that_of_the_least_certain_joint(squat):
    poses = Squats().poses()
    confidence = np.full(poses.confidence.shape, 0.9)
    confidence[:, H36M17.index("right_ankle")] = 0.4
    found = measure_curves(poses.replace("less sure", confidence=confidence), squat)["knee_angle"]
    np.testing.assert_allclose(found.confidence, [[0.9, 0.4]] * len(poses), atol=1e-6)


def test_a_mirrored_person_has_mirrored_measures(squat):
    poses = figure(np.linspace(0, 1, 30), 30, 20, 80, 40, 0.05)
    lopsided = poses.positions.copy()
    lopsided[:, H36M17.index("left_knee")] += [0.03, 0.02, 0.0]
    poses = poses.replace("lopsided", positions=lopsided)
    mine, other = measure_curves(poses, squat), measure_curves(mirrored(poses), squat)
    for name, curve in mine.items():
        expected = curve.values[:, ::-1] if curve.values.ndim == 2 else curve.values
        np.testing.assert_allclose(other[name].values, expected, atol=1e-3, err_msg=name)


def test_the_figure_stands_where_it_says():
    poses = Squats().poses()
    np.testing.assert_allclose(poses["left_ankle"][0], [-HALF_STANCE, 0, ANKLE_HEIGHT], atol=1e-6)
