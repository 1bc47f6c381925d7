"""From pixels to camera space: coordinates, padding, gaps, flipping, and what cannot be lifted."""

import numpy as np
import pytest
import torch

from fitlab.errors import InputError
from fitlab.geometry import Camera, project_poses, view_poses
from fitlab.lifting import Lifter, TemporalNetwork, load_lifter
from fitlab.lifting.lifter import mirrored, screen_coordinates
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17, HALPE26
from tests.lifting.closed_form import jump, plank, squat, walk
from tests.oracles import one_window_per_frame

SIZE = (640, 480)


@pytest.fixture(scope="module")
def lifter():
    torch.manual_seed(0)
    return Lifter(TemporalNetwork(17, 17, (3, 3, 3), 16), flip=False)


@pytest.fixture
def image(rng):
    return PoseSequence(rng.uniform(0, 480, (50, 17, 2)), 30, COCO17, "image", image_size=SIZE)


def test_screen_coordinates_are_videopose3ds():
    corners = screen_coordinates(np.array([[0, 0], [640, 480], [320, 240]]), SIZE)
    np.testing.assert_allclose(corners, [[-1, -0.75], [1, 0.75], [0, 0]])


def test_every_frame_is_what_its_own_window_gives(lifter, image):
    keypoints = screen_coordinates(image.positions.astype(np.float64), SIZE).astype(np.float32)
    padded = torch.from_numpy(np.pad(keypoints, ((13, 13), (0, 0), (0, 0)), mode="edge"))
    with torch.no_grad():
        expected = one_window_per_frame(lifter.network, padded).numpy()
    lifted = lifter(image)
    np.testing.assert_allclose(lifted.positions, expected - expected[:, :1], atol=1e-5)
    assert (lifted.space, lifted.skeleton, lifted.fps, lifted.image_size) == ("camera", H36M17, 30, None)


def test_long_sequences_are_lifted_in_seamless_chunks(lifter, rng, monkeypatch):
    keypoints = rng.normal(size=(100, 17, 2))
    whole = lifter.lift(keypoints)
    monkeypatch.setattr("fitlab.lifting.lifter._CHUNK", 32)
    np.testing.assert_allclose(lifter.lift(keypoints), whole, atol=1e-6)


def test_with_flipping_the_mirrored_person_is_lifted_to_the_mirror_image(lifter, rng):
    both = Lifter(lifter.network, flip=True)
    keypoints = torch.from_numpy(rng.normal(size=(30, 17, 2)))
    there = mirrored(torch.from_numpy(both.lift(keypoints.numpy())), H36M17.mirror)
    np.testing.assert_allclose(both.lift(mirrored(keypoints, COCO17.mirror).numpy()), there, atol=1e-6)


def test_missing_joints_are_bridged_by_straight_lines(lifter, image):
    line = image.positions.copy()
    line[10:20, 9] = np.linspace(line[9, 9], line[20, 9], 12)[1:-1]
    gap = line.copy()
    gap[10:20, 9] = np.nan
    whole = lifter(PoseSequence(line, 30, COCO17, "image", image_size=SIZE))
    lifted = lifter(PoseSequence(gap, 30, COCO17, "image", image_size=SIZE))
    np.testing.assert_allclose(lifted.positions, whole.positions, atol=1e-4)
    wrist = H36M17.index("left_wrist")
    assert (lifted.confidence[10:20, wrist] == 0).all()
    assert (lifted.confidence[:10, wrist] == 1).all()


def test_frames_without_a_person_stay_missing(lifter, image):
    positions = image.positions.copy()
    positions[5:9] = np.nan
    lifted = lifter(PoseSequence(positions, 30, COCO17, "image", image_size=SIZE))
    assert lifted.missing.all(axis=1).nonzero()[0].tolist() == [5, 6, 7, 8]


def test_a_joint_that_is_never_seen_does_not_stop_the_rest(lifter, image):
    positions = image.positions.copy()
    positions[:, [COCO17.index(j) for j in ("nose", "left_eye", "left_ear", "right_ankle")]] = np.nan
    lifted = lifter(PoseSequence(positions, 30, COCO17, "image", image_size=SIZE))
    assert not lifted.missing.any()
    assert (lifted.confidence[:, H36M17.index("right_ankle")] == 0).all()


def test_layouts_that_hold_cocos_joints_are_converted(lifter, rng):
    positions = rng.uniform(0, 480, (10, 26, 2))
    as_halpe = PoseSequence(positions, 30, HALPE26, "image", image_size=SIZE)
    np.testing.assert_array_equal(lifter(as_halpe).positions, lifter(as_halpe.to(COCO17)).positions)


def test_a_single_frame_is_lifted(lifter, image):
    assert len(lifter(image[:1])) == 1


def test_what_cannot_be_lifted_is_refused(lifter, image):
    with pytest.raises(InputError, match=r"image_size=\(width, height\)"):
        lifter(PoseSequence(image.positions, 30, COCO17, "image"))
    with pytest.raises(InputError, match="image space, got camera"):
        lifter(lifter(image))
    with pytest.raises(InputError, match="show a person"):
        lifter(PoseSequence(np.full((5, 17, 2), np.nan), 30, COCO17, "image", image_size=SIZE))
    with pytest.raises(InputError, match="17 COCO joints"):
        Lifter(TemporalNetwork(16, 17, (3,), 8))


@pytest.mark.parametrize("motion", [squat(), walk(), jump(), plank()], ids=["squat", "walk", "jump", "plank"])
def test_the_embedded_lifter_gives_back_the_shape_of_known_motion(motion):
    """Bounds that a guessed mean pose fails: standing people 80 mm, a plank 130 mm after alignment."""
    from fitlab.metrics import p_mpjpe

    middle = motion["pelvis"].mean(axis=0)
    camera = Camera.looking_at(middle + [2.6, 3.1, 0.3], middle, 900.0, (1000, 1000))
    image = project_poses(with_coco_face(motion), camera)
    predicted, true = load_lifter("fitness")(image).positions, view_poses(motion, camera).positions
    bound = 0.13 if motion["pelvis"][:, 2].max() < 0.6 else 0.08
    assert p_mpjpe(predicted, true) < bound


def with_coco_face(motion: PoseSequence) -> PoseSequence:
    """COCO's joints of a closed-form person: eyes and ears about the nose and the vertex."""
    coco = np.array(motion.to(COCO17).positions)
    nose, top, thorax = motion["nose"], motion["head_top"], motion["thorax"]
    up = (top - thorax) / np.linalg.norm(top - thorax, axis=1, keepdims=True)
    left = motion["left_shoulder"] - motion["right_shoulder"]
    left = left / np.linalg.norm(left, axis=1, keepdims=True)
    ahead = np.cross(left, up)
    for joint, aside, back, higher in (("eye", 0.03, 0.03, 0.03), ("ear", 0.07, 0.12, 0.01)):
        for side, sign in (("left", 1), ("right", -1)):
            coco[:, COCO17.index(f"{side}_{joint}")] = nose + sign * aside * left - back * ahead + higher * up
    return PoseSequence(coco, motion.fps, COCO17, "world")
