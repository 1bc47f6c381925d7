import cv2
import numpy as np
import pytest

from fitlab.synthesis import load_motion, make_clip
from fitlab.views.studio import Studio


def pixels(widget):
    return cv2.imdecode(np.frombuffer(widget.value, np.uint8), cv2.IMREAD_COLOR)


@pytest.fixture(scope="module")
def studio():
    return Studio("squat", seed=3, size=(120, 160))


def test_picture_and_labels_are_shown_at_once(studio):
    picture, labels = pixels(studio._picture), pixels(studio._labels)
    assert picture.shape == labels.shape == (160, 120, 3)
    assert (np.abs(picture.astype(int) - labels).max(axis=-1) > 60).sum() > 100  # a skeleton's worth of paint
    assert "joints in sight" in studio._caption.value


def test_every_exercise_offers_its_own_mistakes(studio):
    studio.exercise.value = "push_up"
    offered = [name for _, name in studio.mistake.options]
    assert offered == ["right form", *load_motion("push_up").mistakes]
    assert studio.clip.exercise == "push_up"
    studio.exercise.value = "squat"


def test_sliders_change_the_motion_and_the_picture(studio):
    before, right = studio._picture.value, studio.clip
    studio.mistake.value = "too_shallow"
    assert studio.clip.mistakes == ({"too_shallow": 1.0},)
    assert studio._picture.value != before
    hips = [clip.world["pelvis"][:, 2].min() for clip in (right, studio.clip)]
    assert hips[1] > hips[0] + 0.1
    clip = studio.clip
    studio.moment.value = 0.0
    assert studio.clip is clip  # another moment of the same motion
    studio.moment.value, studio.mistake.value = 0.5, "right form"


def test_the_recipe_makes_the_same_clip(studio):
    again = make_clip(**studio.recipe)
    np.testing.assert_array_equal(again.world.positions, studio.clip.world.positions)
