"""Joints are hidden where a part of the body is before them, and errors are what they are said to be."""

import numpy as np
import pytest

from fitlab.evaluation.lifted_measures.imitation import Imitation, behind
from fitlab.geometry import Camera, project_poses
from fitlab.skeletons import COCO17
from fitlab.synthesis import make_clip
from fitlab.training.lifter_views import DetectorNoise

SILENT = DetectorNoise(jitter=(1e-9, 1e-9), drift=(1e-9, 1e-9), bias=0, outliers=0, swaps=0, gaps=0, clean=0)
NONE = Imitation(constant=0, following=0, rest=SILENT, amount=(1, 1), reach=1e-6, lost=0)
FRONT, LEFT = (
    Camera.looking_at(position, (0, 0, 0.9), 600.0, (640, 480)) for position in ((0.0, -5.0, 1.2), (5.0, 0.0, 1.2))
)


@pytest.fixture(scope="module")
def squat():
    """Faces -y: the camera at x = 5 m sees the left side."""
    return make_clip("squat", repetitions=1, seed=0).world_coco.to(COCO17)


def in_camera(poses, camera):
    return poses.positions @ camera.rotation.T + camera.translation


def named(*joints):
    return [COCO17.index(joint) for joint in joints]


def size_of(poses):
    return np.linalg.norm(np.ptp(poses.positions, axis=1), axis=-1).mean()


def errors(imitation, poses, camera, seed=0):
    """In shares of the person's size, with the exact pixels."""
    exact = project_poses(poses, camera)
    return (imitation(poses, camera, seed).positions - exact.positions) / size_of(exact), exact


def test_the_far_side_is_hidden_from_the_side_and_nothing_from_the_front(squat):
    points = in_camera(squat, LEFT)
    deeper, nearer = sides(points)
    hidden = behind(points).mean(axis=0)
    assert hidden[named(f"{deeper}_hip", f"{deeper}_shoulder")].min() > 0.9
    assert hidden[named(f"{nearer}_shoulder", f"{nearer}_knee", f"{nearer}_ankle")].max() < 0.1
    assert behind(in_camera(squat, FRONT)).mean(axis=0)[named("left_knee", "right_knee", "left_ankle")].max() < 0.1


def sides(points):
    """The one that is farther from the camera, and the other."""
    depth = points[..., 2].mean(axis=0)
    return sorted(("left", "right"), key=lambda side: -depth[COCO17.index(f"{side}_hip")])


def test_a_joint_behind_the_forearm_is_hidden_and_one_before_it_is_not():
    points = np.full((1, 17, 3), 50.0)
    points[:, :, :2] = np.arange(17)[:, None] * 40.0  # everybody else far apart
    points[0, named("left_elbow", "left_wrist")] = [[-0.2, 0, 3], [0.2, 0, 3]]
    for depth, expected in ((3.5, True), (2.5, False)):
        points[0, COCO17.index("right_knee")] = [0.05, 0.02 * depth / 3, depth]
        assert behind(points)[0, COCO17.index("right_knee")] == expected
    points[0, COCO17.index("right_knee")] = [0.05, 0.3, 3.5]
    assert not behind(points)[0, COCO17.index("right_knee")]


def test_without_any_error_joints_stay(squat):
    found, _ = errors(NONE, squat, LEFT)
    assert np.abs(found).max() < 1e-5


def test_constant_errors_have_the_size_that_is_asked_for(squat):
    imitation = Imitation(constant=0.01, following=0, rest=SILENT, amount=(1, 1), hidden=0, reach=1e-6, lost=0)
    found = np.stack([errors(imitation, squat, FRONT, seed)[0] for seed in range(20)])
    assert found.std() == pytest.approx(0.01, rel=0.1)
    np.testing.assert_allclose(found, found[:, :1].repeat(found.shape[1], axis=1), atol=1e-5)


def test_errors_that_follow_lie_in_the_span_of_the_motion(squat):
    imitation = Imitation(constant=0, following=0.01, rest=SILENT, amount=(1, 1), hidden=0, reach=1e-6, lost=0)
    found, exact = errors(imitation, squat, FRONT, 3)
    moved = exact.positions.reshape(len(exact), -1).astype(float)
    pose = np.linalg.svd(moved - moved.mean(axis=0), full_matrices=False)[0][:, :3]
    flat = found.reshape(len(found), -1)
    assert np.abs(flat - pose @ (pose.T @ flat)).max() < 1e-4
    assert 0.004 < flat.std() < 0.02


def test_hidden_joints_err_more(squat):
    imitation = Imitation(constant=0.01, following=0, rest=SILENT, amount=(1, 1), hidden=2.0, reach=1e-6, lost=0)
    found = np.stack([errors(imitation, squat, LEFT, seed)[0] for seed in range(40)])
    hidden = behind(in_camera(squat, LEFT)).mean(axis=0)
    assert found[:, :, hidden > 0.95].std() == pytest.approx(0.03, rel=0.15)
    assert found[:, :, hidden == 0].std() == pytest.approx(0.01, rel=0.1)


def test_hidden_joints_are_put_onto_the_near_side_and_the_near_side_stays(squat):
    found, exact = errors(Imitation(constant=0, following=0, rest=SILENT, reach=1e6, lost=0), squat, LEFT)
    far, near = sides(in_camera(squat, LEFT))
    hip, other = COCO17.index(f"{far}_hip"), COCO17.index(f"{near}_hip")
    way = (exact.positions[:, other] - exact.positions[:, hip]) / size_of(exact)
    share = (found[:, hip] * way).sum(axis=-1) / (way**2).sum(axis=-1)
    assert 0.02 < np.median(share) <= 0.6
    np.testing.assert_allclose(found[:, hip], share[:, None] * way, atol=1e-5)
    np.testing.assert_allclose(found[:, other], 0, atol=1e-5)


def test_the_farther_the_other_side_the_less_is_put_there(squat):
    """By exp(-(d / reach)^2): of the hidden hip, at two reaches, with the same share drawn."""
    exact = project_poses(squat, LEFT).positions
    hip, other = named(*(f"{side}_hip" for side in sides(in_camera(squat, LEFT))))
    far_off = np.linalg.norm(exact[:, other] - exact[:, hip], axis=-1) / size_of(project_poses(squat, LEFT))
    put = [
        np.linalg.norm(errors(Imitation(0, 0, SILENT, reach=reach, lost=0), squat, LEFT)[0][:, hip], axis=-1)
        for reach in (0.05, 1e6)
    ]
    seen = put[1] > 0.1 * put[1].max()
    np.testing.assert_allclose(put[0][seen] / put[1][seen], np.exp(-((far_off[seen] / 0.05) ** 2)), rtol=0.02)


def test_arms_are_put_across_further_than_legs(squat):
    imitation = Imitation(0, 0, SILENT, reach=1e6, lost=0)
    far, near = sides(in_camera(squat, LEFT))
    shares = {"elbow": [], "hip": []}
    for seed in range(30):
        found, exact = errors(imitation, squat, LEFT, seed)
        for joint, own in shares.items():
            at, other = named(f"{far}_{joint}", f"{near}_{joint}")
            way = (exact.positions[:, other] - exact.positions[:, at]) / size_of(exact)
            own.append(np.percentile((found[:, at] * way).sum(axis=-1) / np.maximum((way**2).sum(axis=-1), 1e-9), 95))
    assert max(shares["hip"]) < 0.65 and np.median(shares["hip"]) == pytest.approx(0.3, abs=0.12)
    assert np.mean(np.array(shares["elbow"]) > 0.9) == pytest.approx(0.5, abs=0.25)


def test_the_amount_of_a_clip_is_drawn_between_its_ends(squat):
    imitation = Imitation(constant=0.01, following=0, rest=SILENT, amount=(0.5, 2.0), hidden=0, reach=1e-6, lost=0)
    sizes = [errors(imitation, squat, FRONT, seed)[0].std() for seed in range(30)]
    assert 0.003 < min(sizes) < 0.008 and 0.014 < max(sizes) < 0.028


def test_a_lost_limb_lies_on_the_other_for_some_of_the_time(squat):
    found, exact = errors(Imitation(constant=0, following=0, rest=SILENT, reach=1e-6, lost=1.0), squat, LEFT, 1)
    wrist, other = named(*(f"{side}_wrist" for side in sides(in_camera(squat, LEFT))))
    way = np.linalg.norm(exact.positions[:, other] - exact.positions[:, wrist], axis=-1) / size_of(exact)
    share = np.linalg.norm(found[:, wrist], axis=-1) / np.maximum(way, 1e-9)
    assert share.max() > 0.9 and share.min() < 0.1
    depth = in_camera(squat, LEFT)[..., 2]
    np.testing.assert_allclose(found[depth[:, other] < depth[:, wrist], other], 0, atol=1e-5)
    frontal = errors(Imitation(constant=0, following=0, rest=SILENT, reach=1e-6, lost=1.0), squat, FRONT, 1)[0]
    assert np.abs(frontal).max() < 0.5 * np.abs(found).max()  # neither side is clearly farther


def test_the_same_seed_errs_alike_and_another_does_not(squat):
    one, again, other = (Imitation()(squat, LEFT, seed).positions for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 1
