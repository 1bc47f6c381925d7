import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import assert_dot_at, dotted

from fitlab.errors import InputError
from fitlab.skeletons import COCO17
from fitlab.training.augmentation import Augmentation, without

SIZE = (192, 256)
EVERYTHING = Augmentation(
    turn_deg=180,
    scale=(0.75, 1.25),
    shift=0.1,
    tilt_deg=15,
    half_body=0.3,
    background=0.5,
    second_person=0.5,
    pieces=0.5,
    props=0.5,
    cut_out=0.5,
    limb_blur=0.5,
    shake=0.5,
    colour=0.3,
    exposure=1,
    noise=8,
    soft=0.5,
    jpeg=0.5,
)


@pytest.mark.parametrize("flip", [0, 1])
@settings(max_examples=30)
@given(joint=st.integers(0, 16), seed=st.integers(0, 1000))
def test_all_that_moves_together_keeps_pixels_and_labels_together(flip: int, joint: int, seed: int):
    augment = Augmentation(turn_deg=180, scale=(0.75, 1.25), shift=0.1, tilt_deg=15, half_body=0.3, flip=flip)
    sample = augment(dotted(joint, seed % 7), SIZE, COCO17.mirror, np.random.default_rng(seed))
    assert_dot_at(sample, COCO17.mirror[joint] if flip else joint, tolerance=0.5)


@pytest.mark.parametrize("flip", [0, 1])
@settings(max_examples=30)
@given(joint=st.integers(0, 16), seed=st.integers(0, 1000))
def test_what_camera_and_light_do_moves_nothing(flip: int, joint: int, seed: int):
    augment = Augmentation(
        **{"turn_deg": 180, "scale": (0.75, 1.25), "shift": 0.1, "tilt_deg": 15, "flip": flip, "shake": 0.5},
        **{"colour": 0.2, "exposure": 0.5, "noise": 4, "soft": 0.5, "jpeg": 0.5},
    )
    sample = augment(dotted(joint, seed % 7), SIZE, COCO17.mirror, np.random.default_rng(seed))
    assert_dot_at(sample, COCO17.mirror[joint] if flip else joint, tolerance=0.7, threshold=40)


def others(count: int = 5) -> list:
    return [dotted(k, 40 + k) for k in range(count)]


@settings(max_examples=20)
@given(seed=st.integers(0, 1000))
def test_everything_at_once_is_a_crop_and_the_same_for_the_same_randomness(seed: int):
    one, again = (
        EVERYTHING(dotted(1), SIZE, COCO17.mirror, np.random.default_rng(seed), progress=0.5, others=others())
        for _ in range(2)
    )
    assert one.image.shape == (256, 192, 3) and one.image.dtype == np.uint8
    assert one.keypoints.shape == (17, 2) and one.keypoints.dtype == np.float32 and np.isfinite(one.keypoints).all()
    np.testing.assert_array_equal(one.image, again.image)
    np.testing.assert_array_equal(one.keypoints, again.keypoints)


def test_without_outlines_crops_are_left_where_they_are():
    alone = [dotted(k, 9, masked=False) for k in range(3)]
    augment = Augmentation(background=1, second_person=1, pieces=1)
    sample = augment(alone[0], SIZE, COCO17.mirror, np.random.default_rng(0), others=alone)
    plain = Augmentation()(alone[0], SIZE, COCO17.mirror, np.random.default_rng(0))
    np.testing.assert_array_equal(sample.image, plain.image)
    assert sample.other is None


def test_a_second_person_is_somebody_else():
    person = dotted(1)
    augment = Augmentation(second_person=1)
    alone = augment(person, SIZE, COCO17.mirror, np.random.default_rng(0), others=[person])
    joined = augment(person, SIZE, COCO17.mirror, np.random.default_rng(0), others=others())
    assert alone.other is None and joined.other.shape == (17, 2)


def angle_of(augment: Augmentation, progress: float, seed: int) -> float:
    person = dotted(0)
    sample = augment(person, (200, 200), COCO17.mirror, np.random.default_rng(seed), progress=progress)
    before, after = ((points[16] - points[0]) for points in (person.keypoints, sample.keypoints))
    turned = np.arctan2(before[1], before[0]) - np.arctan2(after[1], after[0])
    return float(np.rad2deg(np.angle(np.exp(1j * turned))))


@pytest.mark.parametrize(("progress", "limit"), [(0.0, 30), (0.1, 67.5), (0.2, 105), (0.4, 180), (0.9, 180)])
def test_the_circle_opens_with_the_run(progress: float, limit: float):
    augment = Augmentation(turn_deg=180, turn_from_deg=30, turn_grown=0.4)
    assert augment.turn_limit(progress) == pytest.approx(limit)
    angles = np.array([angle_of(augment, progress, seed) for seed in range(60)])
    assert np.abs(angles).max() <= limit + 1e-3
    assert np.abs(angles).max() > 0.85 * limit


def test_a_share_of_the_crops_is_turned():
    augment = Augmentation(turn_deg=180, turn_share=0.3)
    turned = np.mean([abs(angle_of(augment, 0.5, seed)) > 1e-3 for seed in range(200)])
    assert turned == pytest.approx(0.3, abs=0.1)


def test_a_share_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"augment\.props must be a share from 0 to 1, got 20"):
        Augmentation(props=20)


def test_parts_of_a_recipe_are_left_out_by_name():
    less = without(EVERYTHING, ["scale", "jpeg"])
    assert (less.scale, less.jpeg) == ((1.0, 1.0), 0) and less.shift == EVERYTHING.shift
    assert without(EVERYTHING, []) == EVERYTHING
    nothing = without(EVERYTHING, [field.name for field in dataclasses.fields(Augmentation)])
    assert nothing == Augmentation()
    with pytest.raises(InputError, match=r"augment.left_out must name parts .*, got 'zoom'"):
        without(EVERYTHING, ["zoom"])
