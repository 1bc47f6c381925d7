import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.mining.lookalikes import Catalogue, Lookalike, clip_recipes, picture_preset
from fitlab.skeletons import COCO17, H36M17
from fitlab.synthesis import make_clip
from fitlab.synthesis.picture_set import PictureSet


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue(["squat", "handstand", "push_up"])


@pytest.mark.parametrize(("exercise", "azimuth"), [("handstand", 40), ("push_up", 95), ("squat", -35)])
def test_the_exercise_that_was_filmed_is_found_from_its_side(catalogue, exercise, azimuth):
    """Another body, another phone, another tempo."""
    clip = make_clip(exercise, repetitions=1, seed=8, azimuth_deg=azimuth)
    frame = sum(clip.repetitions[0]) // 2
    found = catalogue.like(np.array(clip.image.positions[frame]), COCO17)
    assert found[0].exercise == exercise
    assert found[0].posture == clip.postures[frame]
    assert abs((found[0].azimuth_deg - azimuth + 180) % 360 - 180) <= 45
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    assert len({one.exercise for one in found}) == 3


def test_poses_of_another_skeleton(catalogue):
    clip = make_clip("handstand", repetitions=1, seed=8, azimuth_deg=40)
    frame = sum(clip.repetitions[0]) // 2
    pose = np.stack([clip.camera.project(joint) for joint in clip.world.positions[frame]])
    assert catalogue.like(pose, H36M17)[0].exercise == "handstand"


def test_shares_are_of_all_moments(catalogue):
    for exercises in (["handstand"], ["handstand", "push_up"]):
        assert sum(catalogue.shares(exercises).values()) == pytest.approx(1)
    assert catalogue.shares(["squat"])["inverted"] == 0


def one(exercise, posture):
    return Lookalike(exercise, "turn", posture, 30.0, 0.4, 0.1)


def test_the_preset_brings_postures_as_often_as_they_were_mined(catalogue):
    groups = [([one("handstand", "inverted")], 30), ([one("push_up", "floor")], 10)]
    preset = picture_preset(groups, catalogue)
    usual = catalogue.shares(preset["exercises"])
    weighed = {posture: usual[posture] * weight for posture, weight in preset["weights"].items()}
    assert weighed["inverted"] / weighed["floor"] == pytest.approx(3, rel=0.05)
    assert preset["weights"]["upright"] == 0.1
    PictureSet(pictures=1, **preset)


def test_clips_from_the_same_side():
    recipes = clip_recipes([([one("handstand", "inverted"), one("squat", "upright")], 3)])
    assert recipes == {
        "family_1_handstand": {"exercise": "handstand", "seed": 1, "repetitions": 2, "azimuth_deg": 30.0}
    }


def test_an_unknown_exercise():
    with pytest.raises(InputError, match="flying"):
        Catalogue(["flying"])


def test_a_pose_in_one_place_is_like_nothing_and_its_family_is_left_out(catalogue):
    assert catalogue.like(np.zeros((17, 2)), COCO17) == []
    groups = [([], 9), ([one("push_up", "floor")], 3)]
    assert picture_preset(groups, catalogue) == picture_preset(groups[1:], catalogue)
    assert list(clip_recipes(groups)) == ["family_2_push_up"], "families keep their numbers"
