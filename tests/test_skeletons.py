"""Skeletons: trees, mirrors, conversion by name."""

import itertools

import numpy as np
import pytest

from fitlab.skeletons import (
    BLAZEPOSE33,
    CMU31,
    COCO17,
    DERIVED,
    GROUPS,
    H36M17,
    HALPE26,
    OPENPOSE25,
    SKELETONS,
    UIPRMD22,
    VICON25,
    VICON39,
    Skeleton,
    conversion,
    skeleton_of,
    skeleton_with_joints,
)  # fmt: skip

EVERY = list(SKELETONS.values())
WITH_BOTH_SIDES = [s for s in EVERY if s is not VICON39]


@pytest.mark.parametrize("skeleton", EVERY, ids=lambda s: s.name)
def test_names_are_unique_and_bones_lead_to_a_root(skeleton):
    assert len(set(skeleton.joints)) == len(skeleton) == len(skeleton.parents)
    assert len(skeleton.bones) == sum(parent >= 0 for parent in skeleton.parents)
    for k, joint in enumerate(skeleton.joints):
        assert skeleton.index(joint) == k and joint in skeleton
    assert skeleton_of(skeleton.name) is skeleton
    assert skeleton_with_joints(skeleton.joints) is skeleton


@pytest.mark.parametrize("skeleton", WITH_BOTH_SIDES, ids=lambda s: s.name)
def test_mirroring_twice_changes_nothing_and_once_swaps_sides(skeleton):
    mirror = np.array(skeleton.mirror)
    np.testing.assert_array_equal(mirror[mirror], np.arange(len(skeleton)))
    for joint, other in zip(skeleton.joints, mirror, strict=True):
        swapped = joint.replace("left_", "L_").replace("right_", "left_").replace("L_", "right_")
        assert skeleton.joints[other] == swapped
    mirrored_bones = {(mirror[a], mirror[b]) for a, b in skeleton.bones}
    assert mirrored_bones == set(skeleton.bones)


def test_markers_that_have_no_counterpart_cannot_be_mirrored():
    with pytest.raises(ValueError, match=r"'vicon39' must have both sides to be mirrored, got \['right_bak'\] alone"):
        VICON39.mirror  # noqa: B018


def test_layouts_of_other_projects():
    """Index by index, as their own documentation numbers them."""
    assert COCO17.joints[5] == "left_shoulder" and COCO17.joints[16] == "right_ankle"
    assert H36M17.joints[:7] == (
        "pelvis", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    )  # fmt: skip
    assert H36M17.joints[10] == "head_top" and H36M17.joints[14] == "right_shoulder"
    assert BLAZEPOSE33.joints[11] == "left_shoulder" and BLAZEPOSE33.joints[31] == "left_big_toe"
    assert HALPE26.joints[17:20] == ("head_top", "neck", "pelvis")
    assert OPENPOSE25.joints[8] == "pelvis" and OPENPOSE25.joints[19] == "left_big_toe"
    assert UIPRMD22.joints[5] == "head" and UIPRMD22.joints[14] == "left_hip"
    assert CMU31.joints[17:20] == ("left_shoulder", "left_elbow", "left_wrist")
    assert VICON39.joints[4] == "c7" and len(VICON39) == 39


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(EVERY, 2)), ids=lambda s: s.name)
def test_conversion_weights_sum_to_one(source, target):
    try:
        weights = conversion(source, target)
    except ValueError:
        assert VICON39 in (source, target)
        return
    assert weights.shape == (len(target), len(source)) and not weights.flags.writeable
    sums = weights.sum(axis=1)
    np.testing.assert_allclose(sums[~np.isnan(sums)], 1)
    for row, joint in enumerate(target.joints):
        if joint in source:
            np.testing.assert_array_equal(weights[row], np.eye(len(source))[source.index(joint)])


@pytest.mark.parametrize("source", [COCO17, HALPE26, BLAZEPOSE33, OPENPOSE25, VICON25], ids=lambda s: s.name)
def test_whole_bodies_become_whole_human36m_bodies(source):
    assert not np.isnan(conversion(source, H36M17)).any()


def test_derived_joints_sum_to_one():
    for weights in DERIVED.values():
        assert sum(weights.values()) == pytest.approx(1)


def test_derived_joints_follow_each_other():
    spine = dict(zip(COCO17.joints, conversion(COCO17, H36M17)[H36M17.index("spine")], strict=True))
    expected = dict.fromkeys(("left_hip", "right_hip", "left_shoulder", "right_shoulder"), 0.25)
    assert {joint: weight for joint, weight in spine.items() if weight} == expected


def test_markers_are_no_joints():
    with pytest.raises(
        ValueError, match="must share joints with 'vicon39', got none in common; turn markers into joint"
    ):
        conversion(VICON39, COCO17)


def test_groups_hold_known_joints_and_no_joint_twice():
    for skeleton in EVERY:
        joints = [k for indices in skeleton.groups.values() for k in indices]
        assert len(joints) == len(set(joints)) and set(skeleton.groups) <= set(GROUPS)
    assert {COCO17.joints[k] for k in COCO17.groups["arms"]} == {
        "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    }  # fmt: skip
    assert sorted(k for indices in COCO17.groups.values() for k in indices) == list(range(17))


@pytest.mark.parametrize(
    ("joints", "parents", "message"),
    [
        (("a", "b", "a"), (-1, 0, 0), r"must be distinct, got \['a'\] twice; rename one"),
        (("a", "b"), (-1,), r"one entry per joint \(2\), got 1; use -1 for a root"),
        (("a", "b"), (1, 0), r"must form a tree, got \(1, 0\); follow the chain of 'a'"),
        (("a", "b"), (-1, 7), "must form a tree"),
        (("a", "b"), (-1, -2), "must form a tree"),
    ],
)
def test_impossible_skeletons_are_refused(joints, parents, message):
    with pytest.raises(ValueError, match=message):
        Skeleton("odd", joints, parents)


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(KeyError, match=r"joint must be one of skeleton 'h36m17': pelvis, right_hip, .* got 'tail'"):
        H36M17.index("tail")
    with pytest.raises(ValueError, match=r"skeleton must be one of coco17, .* got 'smpl'"):
        skeleton_of("smpl")
    assert skeleton_with_joints(["nose"]) is None
