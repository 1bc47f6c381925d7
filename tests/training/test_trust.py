from pathlib import Path

import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.skeletons import COCO17
from fitlab.training import trust
from fitlab.training.people import Person
from fitlab.training.trust import Trusted, agreement, weights_of

RNG = np.random.default_rng(0)
POSE = RNG.uniform(60, 240, (17, 2))
for joint, place in {"left_shoulder": (170, 90), "right_shoulder": (130, 90), "left_hip": (165, 170)}.items():
    POSE[COCO17.index(joint)] = place
POSE[COCO17.index("right_hip")] = (135, 170)


def person(keypoints: np.ndarray, level: int = 0) -> Person:
    return Person(np.full((300, 300, 3), level, np.uint8), keypoints, (50, 50, 200, 200), 1.0, f"person {level}")


class Knows:
    """Sees the true pose, but only in crops that are turned by ``turn_deg``."""

    name, skeleton, input_size = "knows", COCO17, (192, 192)

    def __init__(self, turn_deg: float = 0.0):
        self.turn_deg, self.asked = turn_deg, 0

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.asked += 1
        from fitlab.training.augmentation import upright_crop

        found = np.full((len(crops), 17, 2), -1000.0)
        for number, turn in enumerate(trust.QUARTERS_DEG):
            if turn == self.turn_deg:
                found[number] = upright_crop(person(POSE), (192, 192), turn).to_crop(POSE)
        return found, np.ones((len(crops), 17))


@pytest.mark.parametrize("turn", trust.QUARTERS_DEG)
def test_right_labels_agree_at_whatever_turn_the_detector_knows(turn: float):
    wrong = POSE.copy()
    wrong[:8] += 70
    wrong[[5, 6]] = POSE[[5, 6]]
    unlabelled = POSE.copy()
    unlabelled[:5] = np.nan
    shares = agreement([person(POSE), person(wrong), person(unlabelled), person(POSE + 90)], Knows(turn))
    assert shares.tolist() == pytest.approx([1, 11 / 17, 1, 0], abs=1e-6)


def test_without_a_torso_nothing_can_be_said():
    headless = np.full((17, 2), np.nan)
    headless[:5] = POSE[:5]
    assert agreement([person(headless)], Knows()).tolist() == [1.0]


def test_weights_rise_from_doubt_to_trust():
    assert weights_of(np.array([0, 0.15, 0.325, 0.5, 1])).tolist() == pytest.approx([0, 0, 0.5, 1, 1])


def test_doubted_people_are_left_out_and_the_detector_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    half = POSE.copy()
    half[[0, 1, 2, 3, 4, 7, 8, 9, 10, 13, 14]] += 90  # 6 of 17 agree
    people = [person(POSE, 1), person(half, 2), person(POSE + 90, 3)]
    detector = Knows()
    monkeypatch.setattr(trust, "load_detector", lambda name: detector)
    found = Trusted(people, tmp_path)
    assert [p.name for p in found] == ["person 1", "person 2"]
    assert [p.weight for p in found] == pytest.approx([1, float(weights_of(6 / 17))], abs=1e-3)
    assert detector.asked == 3
    assert len(Trusted(people, tmp_path)[:]) == 2 and detector.asked == 3
    relabelled = [person(POSE + 1, 1), *people[1:]]
    assert len(Trusted(relabelled, tmp_path)) == 2 and detector.asked == 6
    assert len(Trusted([], tmp_path)) == 0


def test_other_weights_under_the_same_name_are_asked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    detector, weights = Knows(), tmp_path / "mine.safetensors"
    monkeypatch.setattr(trust, "load_detector", lambda name: detector)
    for content, asked in ((b"one", 1), (b"another", 2), (b"one", 2)):
        weights.write_bytes(content)
        assert len(Trusted([person(POSE)], tmp_path, str(weights))) == 1
        assert detector.asked == asked
    with pytest.raises(InputError, match=r"must be a file, got .*none\.safetensors"):
        len(Trusted([person(POSE)], tmp_path, str(tmp_path / "none.safetensors")))
