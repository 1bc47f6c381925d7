"""The comparison with an athlete: blind to tempo, direction, place and size; exact about the rest."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from fitlab.analysis.comparison import between, compare
from fitlab.analysis.deviations import group_deviations
from fitlab.analysis.report import analyse
from fitlab.analysis.retargeting import anchor_joints, limb_lengths, paths_of, place, positions_of, retarget
from fitlab.analysis.segmentation import segment
from fitlab.datasets import uiprmd
from fitlab.exercises import Exercise, find_exercise
from fitlab.geometry import bone_lengths
from fitlab.poses import PoseSequence, join
from fitlab.skeletons import COCO17, H36M17
from fitlab.synthesis import make_clip
from fitlab.synthesis.script import motion_files
from tests import oracles
from tests.motions import Squats, bent, mirrored, resampled, turned

MOTION = Squats(repetitions=3, depths=(1.0, 0.95, 0.9))


@pytest.fixture(scope="module")
def squat() -> Exercise:
    found = find_exercise("squat")
    assert found is not None
    return found


def warped(seq: PoseSequence, seed: int, knots: int = 10) -> PoseSequence:
    """Retimed by a random monotone warp, slopes 0.6 to 1.6."""
    pace = np.random.default_rng(seed).uniform(0.6, 1.6, knots)
    steps = np.cumsum(np.interp(np.linspace(0, 1, len(seq)), np.linspace(0, 1, knots), pace))
    moments = (steps - steps[0]) / (steps[-1] - steps[0]) * (len(seq) - 1)
    at = CubicSpline(np.arange(len(seq)), seq.positions)  # half-way, a limb is not on the straight line
    return seq.replace("warped", positions=at(moments), confidence=np.ones(seq.confidence.shape))


def means(user: PoseSequence, reference: PoseSequence, squat: Exercise) -> dict[str, float]:
    comparison = analyse(user, squat, reference).comparison
    assert comparison is not None
    return {group: deviation.mean_deg for group, deviation in comparison.groups.items()}


@pytest.mark.parametrize("seed", range(6))
def test_oneself_retimed_turned_and_scaled_does_not_deviate(squat, seed):
    user = MOTION.poses()
    reference = turned(warped(user, seed), 60 * seed, (seed, -2, 0))
    reference = reference.replace("other size", positions=reference.positions * (0.7 + 0.15 * seed))
    comparison = analyse(user, squat, reference).comparison
    assert comparison is not None
    assert set(comparison.groups) == set(squat.groups)
    for group, deviation in comparison.groups.items():
        assert deviation.mean_deg < 1, group
        assert deviation.mean_mm < 10, group


@pytest.mark.parametrize("name", motion_files())
@pytest.mark.parametrize("fps", [60, 30])
def test_oneself_does_not_deviate_in_any_exercise(name, fps):
    """Nor where sides take turns, and one goes out where the other goes back."""
    exercise = find_exercise(name)
    user = make_clip(name, repetitions=2, seed=5, fps=fps).world
    comparison = analyse(user, exercise, turned(warped(user, 2), 60, (1, -2, 0))).comparison
    assert comparison is not None
    assert max(deviation.mean_deg for deviation in comparison.groups.values()) < 1
    for rep in analyse(user, exercise).repetitions:
        frames = comparison.frames[rep.start : rep.stop]
        assert np.ptp(frames) > 0.5 * (rep.stop - rep.start)


@pytest.mark.parametrize("fps", [60, 30])
@pytest.mark.parametrize("seed", [1, 9])
def test_oneself_does_not_deviate_where_the_end_of_a_repetition_was_cut_elsewhere(seed, fps):
    """Curls that come to rest in two steps; retimed, a repetition is cut at the first of them, not at the second."""
    exercise = find_exercise("biceps_curl")
    user = make_clip("biceps_curl", repetitions=2, seed=seed, fps=fps).world
    reference = turned(warped(user, 2), 60, (1, -2, 0))
    comparison = analyse(user, exercise, reference).comparison
    assert comparison is not None
    mine, theirs = (segment(seq, exercise).repetitions[-1] for seq in (user, reference))
    assert comparison.frames[mine.stop - 1] > theirs.stop + fps / 3  # farther than warping sees
    assert max(deviation.mean_deg for deviation in comparison.groups.values()) < 1


BENDS = [
    ("knees", ("left_knee", "right_knee"), -10.0),
    ("hips", ("left_hip", "right_hip"), 10.0),
    ("hips", ("left_hip", "right_hip"), -10.0),
    ("trunk", ("spine",), -10.0),
    ("arms", ("left_shoulder", "right_shoulder"), 10.0),
    ("arms", ("left_elbow", "right_elbow"), 10.0),
]


@pytest.mark.parametrize(("group", "joints", "degrees"), BENDS)
@pytest.mark.parametrize("seed", [0, 1])
def test_ten_degrees_in_one_group_are_found_there_and_nowhere_else(squat, group, joints, degrees, seed):
    user = MOTION.poses()
    reference = user
    for joint in joints:
        reference = bent(reference, joint, degrees)
    found = means(user, turned(warped(reference, seed), 100), squat)
    assert found.pop(group) == pytest.approx(10, abs=1.5)
    assert max(found.values()) < 2, found


def test_recorded_squats_against_themselves(real_data, squat):
    user, _ = uiprmd.joined(real_data, "m01", "s01", "vicon")
    for group, mean in means(user, turned(warped(user, 3, knots=40), 50), squat).items():
        assert mean < 1, group


def test_the_ghost_has_the_users_frames_bones_and_place(squat):
    user = turned(MOTION.poses(), 30, (5, 1, 0))
    tall = MOTION.poses().replace("tall", positions=1.4 * MOTION.poses().positions, fps=None)
    report = analyse(user, squat, resampled(tall, np.arange(0, len(tall) - 1, 0.5), fps=60))
    assert report.comparison is not None
    ghost = report.comparison.reference
    assert len(ghost) == len(user) and ghost.space == "world" and ghost.skeleton is user.skeleton
    inside = np.zeros(len(user), bool)
    for rep in report.repetitions:
        inside[rep.start : rep.stop] = True
    assert ghost.missing[~inside].all() and not ghost.missing[inside].any()
    np.testing.assert_allclose(bone_lengths(ghost)[inside], bone_lengths(user)[inside], atol=2e-3)
    assert np.linalg.norm(ghost.positions[inside] - user.positions[inside], axis=-1).mean() < 0.01
    assert (report.comparison.frames[~inside] == -1).all() and (report.comparison.frames[inside] >= 0).all()
    for rep in report.repetitions:
        assert (np.diff(report.comparison.frames[rep.start : rep.stop]) >= 0).all()
    assert all(curve.shape == (len(user),) for curve in report.comparison.angles.values())


def test_repetitions_are_matched_by_what_they_are_like(squat):
    user = Squats(repetitions=3, depths=(1, 0.7, 1)).poses()
    comparison = analyse(user, squat, Squats(repetitions=2, depths=(0.7, 1)).poses()).comparison
    assert comparison is not None
    turns = [int(comparison.frames[rep.turn] / 30) for rep in analyse(user, squat).repetitions]
    assert turns == [4, 2, 4] or turns == [4, 1, 4]


def test_layouts_without_a_common_tree_meet_in_human36m(squat):
    comparison = analyse(MOTION.poses(), squat, MOTION.poses().to(COCO17)).comparison
    assert comparison is not None
    assert all(deviation.mean_deg < 1 for deviation in comparison.groups.values())


def test_a_group_that_one_of_the_two_lacks_is_left_out(squat):
    positions = MOTION.poses().positions.copy()
    positions[:, [H36M17.index(joint) for joint in ("nose", "head_top")]] = np.nan
    comparison = analyse(MOTION.poses(), squat, PoseSequence(positions, 30, H36M17, "world")).comparison
    assert comparison is not None
    assert set(comparison.groups) == set(squat.groups) - {"head"}


def test_a_mirrored_reference_of_an_even_motion_is_the_same(squat):
    assert max(means(MOTION.poses(), mirrored(MOTION.poses()), squat).values()) < 1


def test_a_clip_that_starts_on_the_way_is_compared_from_there(squat):
    whole = Squats(repetitions=3, lead_s=0.0, rest_s=0.0).poses()
    cut = whole[15:]  # half a second late, a quarter of the repetition
    found = means(cut, whole, squat)
    assert max(found.values()) < 1, found


def test_gaps_in_the_reference_are_filled(squat):
    positions = MOTION.poses().positions.copy()
    positions[60:72, H36M17.index("left_wrist")] = np.nan
    reference = PoseSequence(positions, 30, H36M17, "world")
    assert means(MOTION.poses(), reference, squat)["arms"] < 1


def athlete_whose_arms_vary(degrees: tuple[float, ...]) -> PoseSequence:
    """Squats of equal depth, the arms raised by so much in each."""
    parts = [Squats(repetitions=1).poses() for _ in degrees]
    return join([
        bent(bent(part, "left_shoulder", angle), "right_shoulder", angle)
        for part, angle in zip(parts, degrees, strict=True)
    ])  # fmt: skip


def test_what_the_athlete_varies_by_is_the_band(squat):
    raised = (0.0, -30.0, 30.0)
    athlete = athlete_whose_arms_vary(raised)
    user = bent(bent(Squats(repetitions=1).poses(), "left_shoulder", -40), "right_shoulder", -40)
    comparison = analyse(user, squat, athlete).comparison
    assert comparison is not None
    arms, knees = comparison.groups["arms"], comparison.groups["knees"]
    # Which other repetition is most alike is told by how it moves, not by what it differs by throughout: any may be.
    assert min(abs(arms.band_deg - angle) for angle in (30, 60)) < 1 and knees.band_deg < 2
    met = raised[int(comparison.frames.max()) * len(raised) // len(athlete)]
    assert arms.mean_deg == pytest.approx(40 + met, abs=1)
    assert arms.beyond_deg == pytest.approx(max(arms.mean_deg - arms.band_deg, 0), abs=0.5)
    assert arms.allowed_deg(5) == max(5, arms.band_deg) and arms.allowed_deg(75) == 75


def test_within_the_band_nothing_counts_and_nothing_is_advised(squat):
    user = bent(bent(Squats(repetitions=3).poses(), "left_shoulder", -25), "right_shoulder", -25)
    steady, varying = athlete_whose_arms_vary((0.0, 0.5, 1.0)), athlete_whose_arms_vary((0.0, -30.0, 30.0))
    told = {}
    for name, athlete in (("steady", steady), ("varying", varying)):
        report = analyse(user, squat, athlete)
        assert report.comparison is not None
        told[name] = [advice.joint_group for advice in report.advice if advice.mistake is None]
    assert "arms" in told["steady"] and "arms" not in told["varying"]
    assert report.comparison.groups["arms"].beyond_deg < 0.5


def test_too_few_repetitions_teach_no_band(squat):
    comparison = analyse(MOTION.poses(), squat, Squats(repetitions=2).poses()).comparison
    assert comparison is not None
    for deviation in comparison.groups.values():
        assert np.isnan(deviation.band_deg) and deviation.beyond_deg == deviation.mean_deg
        assert deviation.allowed_deg(10) == 10


def test_nothing_to_compare_with(squat):
    user, still = MOTION.poses(), Squats(thigh_deg=1, shank_deg=1).poses()
    assert compare(user, segment(user, squat), still, segment(still, squat), squat) is None


def test_deviations_see_segments_from_what_carries_them():
    user = MOTION.poses()
    found = group_deviations(user, bent(user, "left_elbow", 20))
    np.testing.assert_allclose(found["arms"], 20, atol=0.01)
    for group in ("head", "trunk", "hips", "knees", "feet"):
        np.testing.assert_allclose(found[group], 0, atol=0.01)


def test_retargeting_equals_plain_loops(rng):
    positions = rng.normal(size=(5, 17, 3))
    lengths = rng.uniform(0.1, 0.5, len(H36M17.bones))
    by_child = {child: length for (_, child), length in zip(H36M17.bones, lengths, strict=True)}
    expected = oracles.on_lengths(positions, H36M17.parents, by_child)
    found = positions_of(retarget(paths_of(positions), H36M17, lengths))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_unseen_bones_take_the_others_proportion():
    positions = MOTION.poses().positions.copy()
    positions[:, H36M17.index("left_wrist")] = np.nan
    full = limb_lengths(paths_of(MOTION.poses().positions), H36M17)
    forearm = H36M17.bones.index((H36M17.index("left_elbow"), H36M17.index("left_wrist")))
    lengths = limb_lengths(paths_of(positions), H36M17, 2 * full)
    np.testing.assert_allclose(lengths[forearm], full[forearm], rtol=1e-4)
    np.testing.assert_allclose(np.delete(lengths, forearm), np.delete(full, forearm), rtol=1e-6)


def test_retargeting_loses_what_hangs_on_a_missing_joint(rng):
    positions, knee, ankle = rng.normal(size=(5, 17, 3)), H36M17.index("left_knee"), H36M17.index("left_ankle")
    positions[2, knee] = np.nan
    lost = np.isnan(positions_of(retarget(paths_of(positions), H36M17, np.ones(len(H36M17.bones))))[..., 0])
    assert np.argwhere(lost).tolist() == [[2, knee], [2, ankle]]


@pytest.mark.parametrize("joint", ["left_ankle", "right_knee", "left_elbow", "nose"])
@pytest.mark.parametrize("whose", ["user", "reference"])
def test_a_joint_that_is_never_seen_does_not_move_the_others(squat, joint, whose):
    positions = MOTION.poses().positions.copy()
    positions[:, H36M17.index(joint)] = np.nan
    partly = MOTION.poses().replace("hidden", positions=positions)
    pair = (partly, MOTION.poses()) if whose == "user" else (MOTION.poses(), partly)
    comparison = analyse(pair[0], squat, pair[1]).comparison
    assert comparison is not None
    assert all(deviation.mean_mm < 5 for deviation in comparison.groups.values()), comparison.groups


def test_placing_puts_the_ankles_where_they_are_wanted(rng):
    paths, feet = rng.normal(size=(17, 3, 4)), rng.normal(size=(3, 4))
    ankles = anchor_joints(MOTION.poses())
    assert [H36M17.joints[joint] for joint in ankles] == ["left_ankle", "right_ankle"]
    np.testing.assert_allclose(place(paths, ankles, feet)[ankles].mean(axis=0), feet)


@pytest.mark.parametrize(("name", "seed"), [("burpee", 7), ("burpee", 9), ("side_lunge", 7)])
def test_the_share_of_the_way_may_time_badly(name, seed):
    """A burpee's first component is not lowest where it ends; a side lunge's hardly tells where the feet pass."""
    user = make_clip(name, repetitions=2, seed=seed, fps=60).world
    comparison = analyse(user, find_exercise(name), turned(warped(user, seed - 3), 60, (1, -2, 0))).comparison
    assert comparison is not None
    assert max(deviation.mean_deg for deviation in comparison.groups.values()) < 0.5


def test_poses_between_two_frames_lie_on_a_curve():
    frames = np.arange(12.0)
    parabola = np.stack([frames**2, 3 - frames, 0.5 * frames**2 + frames])[None]  # (1, 3, 12)
    moments = np.array([1.0, 1.25, 4.5, 9.75, 10.0])
    exact = np.stack([moments**2, 3 - moments, 0.5 * moments**2 + moments])[None]
    np.testing.assert_allclose(between(parabola, moments), exact)
    np.testing.assert_array_equal(between(parabola, np.array([0.0, 11.0])), parabola[..., [0, 11]])


@pytest.mark.parametrize("length", [2, 3, 12])
def test_a_straight_way_stays_straight_at_the_ends_and_beside_gaps(length):
    line = np.stack([2 * np.arange(length), 1 - np.arange(length), np.zeros(length)])[None].astype(float)
    moments = np.linspace(0, length - 1, 8 * length)
    exact = np.stack([2 * moments, 1 - moments, 0 * moments])[None]
    np.testing.assert_allclose(between(line, moments), exact, atol=1e-12)
    hidden = np.where(np.arange(length) == 6, np.nan, line)
    found = between(hidden, moments)
    in_gap = (moments > 5) & (moments < 7) & (length > 6)
    np.testing.assert_allclose(found[..., ~in_gap], exact[..., ~in_gap], atol=1e-12)
    assert np.isnan(found[..., in_gap]).all()


def test_the_ghost_tells_where_the_athlete_comes_from(squat):
    user, athlete = MOTION.poses().replace("detected in user.mp4"), MOTION.poses().replace("read from athlete.npz")
    comparison = analyse(user, squat, athlete).comparison
    assert comparison is not None
    told = " ".join(comparison.reference.history)
    assert "athlete.npz" in told and "user.mp4" not in told
    assert comparison.reference.fps == user.fps
