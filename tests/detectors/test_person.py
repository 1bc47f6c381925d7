import numpy as np
import pytest

from fitlab.detectors.crops import Crop
from fitlab.detectors.person import Pose, crop_around, detect
from fitlab.skeletons import COCO17


def sure(joints):
    return Pose(joints, np.full(17, 0.9), COCO17)


def test_detect_maps_back_to_the_image(knowing, standing, picture):
    joints = standing(300, 150, 120)
    detector = knowing(lambda moment: [joints])
    for turn in (0.0, 90.0, 180.0):
        pose = detect(detector, picture(), Crop((290, 140), (200, 200), (96, 96), turn))
        np.testing.assert_allclose(pose.positions, joints, atol=1.5)


@pytest.mark.parametrize("turn_deg", [0, 45, 90, 180, 270])
def test_the_crop_holds_the_person_with_room(standing, turn_deg):
    joints = standing(300, 150, 120, turn_deg)
    crop = crop_around(sure(joints), (192, 192))
    inside = crop.to_crop(joints)
    assert (inside > 10).all() and (inside < 182).all()
    np.testing.assert_allclose(crop.centre, (300, 150), atol=1e-6)


def test_it_is_movenets_own_rule(standing):
    """Half a side = max(1.9 x torso, 1.2 x body), both the largest distance from the hips along x or y."""
    joints = standing(300, 150, 120)
    away = np.abs(joints - joints[11:13].mean(axis=0))
    half = max(1.9 * away[[5, 6, 11, 12]].max(), 1.2 * away.max())
    assert crop_around(sure(joints), (192, 192)).extent == pytest.approx((2 * half, 2 * half))


def test_tall_crops_keep_their_shape(standing):
    crop = crop_around(sure(standing(300, 150, 120)), (192, 256))
    assert crop.extent[1] / crop.extent[0] == pytest.approx(256 / 192)


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
def test_the_crop_is_upright_whatever_the_person_does(standing, turn_deg):
    assert crop_around(sure(standing(300, 150, 120, turn_deg)), (192, 192)).turn_deg == 0


def test_no_crop_without_a_torso(standing):
    joints = standing(300, 150, 120)
    for hidden in ((5, 6), (11, 12), range(17)):
        confidence = np.full(17, 0.9)
        confidence[list(hidden)] = 0.1
        assert crop_around(Pose(joints, confidence, COCO17), (192, 192)) is None
    one_side = np.full(17, 0.9)
    one_side[[5, 11]] = 0.1
    assert crop_around(Pose(joints, one_side, COCO17), (192, 192)) is not None
    assert crop_around(sure(np.full((17, 2), 7.0)), (192, 192)) is None
