"""Descriptions of repetitions: what they must not depend on, and what they must tell."""

import numpy as np
import pytest

from fitlab.analysis import features
from fitlab.analysis.features import FAMILIES, WINDOWS, column_groups, describe
from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17
from tests.analysis.learning import moved, repetition
from tests.oracles import repetition_columns

OWN_AXES = features._own_axes


def test_place_size_and_heading_leave_no_trace():
    here = describe(repetition(5.0))
    there = describe(moved(repetition(5.0), scale=0.8, turn_deg=130.0, shift=(3.0, -2.0, 0.1)))
    for family in FAMILIES:
        np.testing.assert_allclose(here.families[family], there.families[family], atol=2e-3)


def test_a_mirrored_person_is_the_mirrored_description():
    seq = repetition(0.0)
    positions = seq.positions.copy()
    left = seq.skeleton.index("left_wrist")
    positions[:, left, 1] += np.linspace(0, 0.5, len(seq))  # one arm rises
    lifted = seq.replace("one arm", positions=positions)
    mirrored = lifted.replace("mirrored", positions=positions[:, list(seq.skeleton.mirror)] * [-1, 1, 1])
    mine, theirs = describe(lifted), describe(mirrored)
    for family in FAMILIES:
        np.testing.assert_allclose(mine.families[family], theirs.families[family][::-1], atol=1e-4)
    assert np.abs(mine.families["motion"][0] - mine.families["motion"][1]).max() > 0.1


def test_windows_hold_the_means_of_the_motion():
    seq = repetition(0.0, fps=100.0)
    found = describe(seq)
    heights = found.families["motion"][0][: 3 * WINDOWS * len(found.joints)].reshape(WINDOWS, -1, 3)[:, 0, 2]
    pelvis = seq["pelvis"][:, 2]
    expected = [window.mean() for window in np.array_split((pelvis - pelvis[:17].mean()) / 0.5, WINDOWS)]
    np.testing.assert_allclose(heights, expected, atol=0.02)  # the trunk is 0.5 m long


def test_every_column_is_about_a_group():
    found = describe(repetition(0.0))
    groups = column_groups(found.joints)
    assert {family: len(groups[family]) for family in FAMILIES} == {f: found.families[f].shape[1] for f in FAMILIES}
    assert set(groups["posture"]) == {"head", "trunk", "arms", "hips", "knees", "feet"}
    assert (groups["tempo"] == "").sum() == 1  # the duration is nobody's


def test_fewer_joints_are_the_description_without_them():
    seq = repetition(5.0)
    without = [joint for joint in describe(seq).joints if joint not in ("left_wrist", "right_wrist")]
    positions = seq.positions.copy()
    for side in ("left", "right"):
        positions[:, seq.skeleton.index(f"{side}_wrist")] = np.nan
    hidden = describe(PoseSequence(positions, seq.fps, H36M17, "world"))
    assert list(hidden.joints) == without
    for family in FAMILIES:
        np.testing.assert_allclose(describe(seq).restricted(without).families[family], hidden.families[family])


def test_a_joint_hidden_on_one_side_is_left_out_on_both():
    seq = repetition(5.0)
    positions = seq.positions.copy()
    positions[5:, seq.skeleton.index("left_wrist")] = np.nan
    assert not {"left_wrist", "right_wrist"} & set(describe(seq.replace("hidden", positions=positions)).joints)


def test_short_gaps_hardly_matter():
    seq = repetition(5.0)
    positions = seq.positions.copy()
    positions[20:24, seq.skeleton.index("left_knee")] = np.nan
    positions[:2, seq.skeleton.index("right_ankle")] = np.nan
    gappy = describe(seq.replace("gaps", positions=positions))
    np.testing.assert_allclose(gappy.families["posture"], describe(seq).families["posture"], atol=0.02)


@pytest.mark.parametrize(
    ("seq", "message"),
    [
        (repetition(0.0)[:5], "at least 10 frames, got 5"),
        (PoseSequence(np.zeros((30, 17, 2)), 30, COCO17, "image"), "world space, got image"),
        (PoseSequence(np.full((30, 17, 3), np.nan), 30, H36M17, "world"), "hips and shoulders"),
        (PoseSequence(np.ones((30, 17, 3)), 30, H36M17, "world"), "person without width"),
    ],
)
def test_what_cannot_be_described_says_why(seq, message):
    with pytest.raises(InputError, match=message):
        describe(seq)


def test_asking_for_a_joint_that_is_not_there_says_which():
    with pytest.raises(InputError, match="got none of left_toes"):
        describe(repetition(0.0)).restricted(["pelvis", "left_toes"])


@pytest.mark.parametrize("frames", [11, 43, 50])
def test_the_columns_are_those_of_the_slow_way(monkeypatch, frames):
    """As it is, and mirrored."""
    seq = repetition(8.0, fps=30.0)[:frames]
    noise = np.random.default_rng(frames).normal(0, 0.05, seq.positions.shape)
    seq = seq.replace("restless", positions=seq.positions + noise)
    seen = []
    monkeypatch.setattr(features, "_own_axes", lambda *given: seen.append(OWN_AXES(*given)) or seen[-1])
    found = describe(seq)
    joints = found.joints
    bones = [(joints.index(start), joints.index(end)) for start, end in features._bones(joints)]
    swapped = [joints.index(features._other_side(joint)) for joint in joints]
    mirrored = seen[0][:, swapped] * [-1, 1, 1]
    for number, positions in enumerate((seen[0], mirrored)):
        expected = repetition_columns(positions, bones, seq.fps)
        for family in FAMILIES:
            np.testing.assert_allclose(found.families[family][number], expected[family], atol=1e-9)
