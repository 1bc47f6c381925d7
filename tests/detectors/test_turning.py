"""Looking again, with a detector whose answer is known: it reads joints off the picture's colours."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlab.detectors.crops import Crop, cut
from fitlab.detectors.turning import (
    IN_DOUBT,
    LOOKS,
    NOBODY,
    TURNED_DEG,
    InDoubt,
    Realigned,
    Repeated,
    fused,
    looking,
    torso_turns,
)
from fitlab.errors import InputError
from fitlab.skeletons import COCO17

SIDE = 160
STANDING = np.zeros((17, 2))
for name, place in {
    **{"nose": (80, 36), "left_eye": (87, 24), "right_eye": (73, 24), "left_ear": (96, 32), "right_ear": (64, 32)},
    **{"left_shoulder": (94, 50), "right_shoulder": (66, 50), "left_elbow": (104, 68), "right_elbow": (56, 68)},
    **{"left_wrist": (106, 86), "right_wrist": (54, 86), "left_hip": (90, 88), "right_hip": (70, 88)},
    **{"left_knee": (92, 112), "right_knee": (68, 112), "left_ankle": (92, 134), "right_ankle": (68, 134)},
}.items():
    STANDING[COCO17.index(name)] = place


HUES = (np.arange(17) * 10).astype(np.uint8)  # of OpenCV, 0 to 179: mixing with black leaves them as they are
COLOURS = cv2.cvtColor(np.stack([HUES, *np.full((2, 17), 255, np.uint8)], axis=-1)[None], cv2.COLOR_HSV2RGB)[0]


def picture(turn_deg: float, *, mirrored: bool = False) -> np.ndarray:
    """The person turned clockwise: each joint is a square of its own colour on black."""
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    for joint, (x, y) in enumerate(turned(turn_deg)):
        x = SIDE - x if mirrored else x
        level = COCO17.mirror[joint] if mirrored else joint
        row, column = round(y - 0.5), round(x - 0.5)
        image[row - 2 : row + 3, column - 2 : column + 3] = COLOURS[level]
    return image


def turned(turn_deg: float) -> np.ndarray:
    whole = Crop((SIDE / 2, SIDE / 2), (SIDE, SIDE), (SIDE, SIDE), -turn_deg)
    return whole.to_crop(STANDING)


class Reader:
    """Finds the colours; is surest about people who stand, and wrong about those upside down."""

    name, skeleton, input_size = "reader", COCO17, (SIDE, SIDE)

    def __init__(self, *, wrong: bool = False):
        self.wrong, self.crops = wrong, 0

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.crops += len(crops)
        positions, confidence = np.zeros((len(crops), 17, 2), np.float32), np.zeros((len(crops), 17), np.float32)
        for n, crop in enumerate(crops):
            hue, _, value = cv2.split(cv2.cvtColor(crop, cv2.COLOR_RGB2HSV))
            for joint in range(17):
                rows, columns = np.nonzero((np.abs(hue.astype(int) - HUES[joint]) <= 3) & (value > 100))
                if len(rows) >= 3:
                    positions[n, joint] = np.median(columns) + 0.5, np.median(rows) + 0.5
                    confidence[n, joint] = 0.5
        turns = np.nan_to_num(torso_turns(positions, confidence, COCO17), nan=180.0)
        confidence *= (1.8 - np.abs(turns)[:, None] / 150).clip(0.5, 1.8)
        if self.wrong:  # takes hands for feet when people hang upside down, and says so calmly
            positions[np.abs(turns) > 120] = STANDING
            confidence[np.abs(turns) > 120] *= 0.9
        return positions, confidence


@given(turn=st.floats(-179, 179))
def test_the_turn_of_a_torso(turn: float):
    found = torso_turns(turned(turn)[None], np.ones((1, 17)), COCO17)
    assert found[0] == pytest.approx(turn, abs=1e-6)
    # A crop turned by it shows the person upright.
    upright = Crop((80, 80), (SIDE, SIDE), (SIDE, SIDE), float(found[0])).to_crop(turned(turn))
    np.testing.assert_allclose(upright, STANDING, atol=1e-9)


def test_a_torso_that_is_not_seen_has_no_turn():
    confidence = np.ones((2, 17))
    confidence[0, [COCO17.index("left_hip"), COCO17.index("right_hip")]] = 0.1
    confidence[1, COCO17.index("left_hip")] = 0.1  # one hip is enough
    turns = torso_turns(np.repeat(turned(50)[None], 2, axis=0), confidence, COCO17)
    assert np.isnan(turns[0]) and np.isfinite(turns[1])


@settings(max_examples=25)
@given(turn=st.floats(-175, 175))
def test_a_second_pass_finds_the_same_joints_more_surely(turn: float):
    reader = Reader()
    crops = picture(turn)[None]
    once, again = reader(crops), Realigned(reader)(crops)
    np.testing.assert_allclose(again[0][0], turned(turn), atol=2.5)
    if abs(turn) > TURNED_DEG + 2:
        assert reader.crops == 3 and again[1].mean() > once[1].mean()
    if abs(turn) < TURNED_DEG - 2:
        assert reader.crops == 2
        np.testing.assert_array_equal(again[0], once[0])


def test_a_second_pass_that_is_less_sure_does_not_count():
    class Doubting(Reader):
        def __call__(self, crops):
            positions, confidence = super().__call__(crops)
            return positions, confidence * (0.6 if self.crops > 1 else 1)

    crops = picture(100)[None]
    expected, found = Doubting()(crops), Realigned(Doubting())(crops)
    np.testing.assert_array_equal(found[0], expected[0])


def test_only_leaning_people_of_a_batch_are_looked_at_again():
    reader = Reader()
    positions, _ = Realigned(reader)(np.stack([picture(turn) for turn in (0, 90, 10, 180)]))
    assert reader.crops == 6
    for found, turn in zip(positions, (0, 90, 10, 180), strict=True):
        np.testing.assert_allclose(found, turned(turn), atol=2.5)


@pytest.mark.parametrize("turn", [0, 70, 180])
def test_the_mirror_swaps_left_and_right(turn: float):
    """The reader of a mirrored picture would find the wrong side, unless labels are swapped back."""

    class OfMirror(Reader):
        def __call__(self, crops):
            # What it is shown mirrored is painted with the other side's levels, as a real person's mirror image is.
            if self.crops:
                crops = np.stack([picture(turn, mirrored=True)] * len(crops))
            return super().__call__(crops)

    positions, _ = Repeated(OfMirror(), flip=True)(picture(turn)[None])
    np.testing.assert_allclose(positions[0], turned(turn), atol=1.6)


@pytest.mark.parametrize("turn", [0, 90, 180, 200])
def test_quarter_turns_save_a_detector_that_is_wrong_upside_down(turn: float):
    crops = picture(turn)[None]
    found, _ = LOOKS["quarters"](Reader(wrong=True))(crops)
    np.testing.assert_allclose(found[0], turned(turn), atol=2.5)
    if turn >= 180:
        assert np.abs(Reader(wrong=True)(crops)[0][0] - turned(turn)).max() > 20


@pytest.mark.parametrize("turn", [45, 135, 250])
def test_eighth_turns_save_who_lies_askew(turn: float):
    found, _ = LOOKS["eighths"](reader := Reader(wrong=True))(picture(turn)[None])
    np.testing.assert_allclose(found[0], turned(turn), atol=2.5)
    assert reader.crops == 16


def test_crops_that_are_not_square_lose_nobody():
    class Wide(Reader):
        input_size = (240, SIDE)

    image = np.zeros((SIDE, 240, 3), np.uint8)
    image[:, 40:200] = picture(0)
    found, _ = LOOKS["quarters"](Wide(wrong=True))(image[None])
    np.testing.assert_allclose(found[0], STANDING + (40, 0), atol=2.5)


def test_findings_are_joined_by_confidence_where_they_agree():
    positions = np.zeros((3, 1, 2, 2))
    positions[:, 0, 0, 0] = 10, 12, 50  # the third is somewhere else
    positions[:, 0, 1, 0] = 5, 6, 7
    confidence = np.array([[[0.8, 0.9]], [[0.4, 0.3]], [[0.3, 0.1]]])
    place, sure = fused(positions, confidence, reach=5)
    assert place[0, 0, 0] == pytest.approx((0.64 * 10 + 0.16 * 12) / 0.8)
    assert place[0, 1, 0] == pytest.approx((0.81 * 5 + 0.09 * 6 + 0.01 * 7) / 0.91)
    assert sure[0].tolist() == pytest.approx([0.6, 1.3 / 3])


def test_only_who_is_in_doubt_is_looked_at_again():
    crops = np.stack([picture(turn) for turn in (0.0, 170.0, 20.0, -160.0)])
    alone, sure = Reader(wrong=True)(crops)
    doubtful = sure.mean(axis=1) < IN_DOUBT
    assert doubtful.tolist() == [False, True, False, True]

    found, confidence = InDoubt(reader := Reader(wrong=True))(crops)
    assert reader.crops == 4 + 3 * 2  # one look at everybody, three more at the two upside down
    np.testing.assert_array_equal(found[~doubtful], alone[~doubtful])
    again, surer = LOOKS["quarters"](Reader(wrong=True))(crops[doubtful])
    np.testing.assert_array_equal(found[doubtful], again)
    np.testing.assert_array_equal(confidence[doubtful], surer)
    true = np.stack([turned(turn) for turn in (0.0, 170.0, 20.0, -160.0)])
    assert np.abs(alone - true).max() > 20  # what a single look makes of them
    assert np.abs(found - true).max() < 3


def test_nobody_in_doubt_costs_one_look():
    InDoubt(reader := Reader())(np.stack([picture(0.0), picture(10.0)]))
    assert reader.crops == 2


def test_where_nobody_is_nobody_is_in_doubt():
    empty = np.zeros((3, SIDE, SIDE, 3), np.uint8)
    _, confidence = InDoubt(reader := Reader())(empty)
    assert reader.crops == 3 and confidence.max() < NOBODY


def test_words_for_looking():
    assert looking(reader := Reader(), "once") is reader
    assert looking(reader, "all").name == "reader at 4 turns and mirrored realigned"
    for how in LOOKS:
        found, confidence = looking(Reader(), how)(picture(130)[None])
        assert found.shape == (1, 17, 2) and confidence.shape == (1, 17)
        np.testing.assert_allclose(found[0], turned(130), atol=2.5)
    with pytest.raises(InputError, match=r"looks must be one of once, in_doubt, realigned, .*, got 'twice'"):
        looking(Reader(), "twice")


def test_cropping_of_crops_is_exact():
    """The second pass reads a turned crop of the first crop; its joints go back by the crop's own matrix."""
    crop = Crop((82.0, 78.0), (150.0, 150.0), (SIDE, SIDE), 40.0)
    seen, _ = Reader()(cut(picture(40), crop)[None])
    np.testing.assert_allclose(crop.to_image(seen[0]), turned(40), atol=1.5)
