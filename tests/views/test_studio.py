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


def test_strength_makes_the_mistake_as_large_as_it_says(studio):
    studio.mistake.value = "too_shallow"
    lowest = []
    for strength in (0.0, 0.5, 1.0):
        studio.strength.value = strength
        assert studio.recipe["mistakes"] == {"too_shallow": strength}
        lowest.append(studio.clip.world["pelvis"][:, 2].min())
    assert lowest[0] + 0.05 < lowest[1] < lowest[2] - 0.05
    studio.mistake.value = "right form"


def test_the_camera_goes_round_the_person(studio):
    for azimuth in (0, 90, -180):
        studio.azimuth.value = azimuth
        x, y = studio.clip.camera.position[:2]
        off = np.degrees(np.arctan2(-x, -y)) - azimuth
        assert abs((off + 180) % 360 - 180) < 15
    studio.azimuth.value = 30


@pytest.mark.parametrize("name", ["gender", "age", "muscle", "weight", "height"])
def test_every_slider_of_the_body_changes_it_and_the_picture(studio, name):
    slider, before, picture = studio.body[name], studio.clip, studio._picture.value
    moved = slider.max if slider.value < (slider.min + slider.max) / 2 else slider.min
    slider.value = moved
    assert studio.recipe["phenotype"][name] == pytest.approx(moved)
    assert studio.clip.body.phenotype[name] == pytest.approx(moved)
    assert np.abs(studio.clip.body.vertices - before.body.vertices).max() > 0.003
    assert studio._picture.value != picture
    if name == "height":
        assert (studio.clip.body.height > before.body.height) == (moved == slider.max)


def test_another_seed_draws_another_place(studio):
    person, picture = studio.recipe["phenotype"], studio._picture.value
    studio.seed.value += 1
    assert studio._picture.value != picture
    assert {name: studio.clip.body.phenotype[name] for name in person} == person  # as the sliders say
