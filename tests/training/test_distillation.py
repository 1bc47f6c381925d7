import numpy as np
import pytest
import torch

from fitlab.detectors.movenet import Heads
from fitlab.skeletons import COCO17
from fitlab.training.distillation import distillation_loss, trusted

ROWS = COLUMNS = 24


def random_heads(seed: int, batch: int = 3) -> Heads:
    generator = torch.Generator().manual_seed(seed)

    def maps(channels: int) -> torch.Tensor:
        return torch.randn(batch, channels, ROWS, COLUMNS, generator=generator)

    return Heads(maps(1), maps(17), maps(34), maps(34))


def placed(keypoints: np.ndarray) -> Heads:
    """Heads that decode to ``keypoints`` (B, 17, 2) in pixels."""
    batch = len(keypoints)
    heads = Heads(*(torch.full((batch, c, ROWS, COLUMNS), v) for c, v in ((1, -9.0), (17, -9.0), (34, 0.0), (34, 0.0))))
    for b in range(batch):
        heads.centre[b, 0, 12, 12] = 9
        for k, (x, y) in enumerate(keypoints[b] / 4):
            heads.keypoints[b, k, int(y), int(x)] = 9
            heads.regression[b, 2 * k, 12, 12], heads.regression[b, 2 * k + 1, 12, 12] = y - 12, x - 12
            heads.offsets[b, 2 * k : 2 * k + 2, int(y), int(x)] = torch.tensor([y % 1, x % 1])
    return heads


def standing() -> np.ndarray:
    rng = np.random.default_rng(0)
    keypoints = rng.uniform(20, 76, (17, 2))
    for joint, place in {"left_shoulder": (54, 30), "right_shoulder": (42, 30), "left_hip": (52, 60)}.items():
        keypoints[COCO17.index(joint)] = place
    keypoints[COCO17.index("right_hip")] = (44, 60)
    return keypoints


def test_the_same_heads_cost_nothing_and_others_do():
    heads = random_heads(0)
    counted = torch.ones(3, 17, dtype=torch.bool)
    assert distillation_loss(heads, heads, counted).item() == pytest.approx(0, abs=1e-4)
    assert distillation_loss(random_heads(1), heads, counted).item() > 1
    assert distillation_loss(random_heads(1), heads, torch.zeros(3, 17, dtype=torch.bool)).item() == 0


def test_the_divergence_is_the_one_written_out():
    heads, original = random_heads(2, 1), random_heads(3, 1)
    counted = torch.zeros(1, 17, dtype=torch.bool)
    counted[0, 4] = True

    def divergence(own: torch.Tensor, other: torch.Tensor) -> float:
        total = 0.0
        for q, p in zip(own.sigmoid().flatten().double(), other.sigmoid().flatten().double(), strict=True):
            total += float(p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log())
        return total

    cell = int(original.keypoints[0, 4].argmax())
    middle = int(original.centre[0, 0].argmax())
    offsets = (heads.offsets - original.offsets)[0, 8:10].flatten(1)[:, cell].abs().sum()
    vectors = (heads.regression - original.regression)[0, 8:10].flatten(1)[:, middle].abs().sum()
    expected = (
        divergence(heads.keypoints[0, 4], original.keypoints[0, 4])
        + divergence(heads.centre[0, 0], original.centre[0, 0])
        + float(offsets + 0.1 * vectors)
    )
    assert distillation_loss(heads, original, counted).item() == pytest.approx(expected, rel=1e-4)


def test_the_original_is_believed_on_upright_people_where_it_is_right():
    upright = standing()
    wrong = upright.copy()
    wrong[COCO17.index("left_ankle")] += 20  # where the original errs
    inverted = 96 - upright
    heads = placed(np.stack([upright, wrong, inverted]))
    labels = torch.tensor(np.stack([upright, upright, inverted]), dtype=torch.float32)
    counted = trusted(labels, heads)
    assert counted[0].all() and not counted[2].any()
    assert counted[1].sum() == 16 and not counted[1, COCO17.index("left_ankle")]


def test_joints_without_labels_count_with_the_rest_of_the_person():
    upright = standing()
    elsewhere = np.clip(upright[::-1], 4, 90)
    heads = placed(np.stack([upright, elsewhere]))
    labels = torch.tensor(np.stack([upright, upright]), dtype=torch.float32)
    labels[:, :5] = torch.nan  # a data set without faces
    counted = trusted(labels, heads)
    assert counted[0].all()
    assert not counted[1, :5].any()
    labels[0, COCO17.index("left_hip")] = torch.nan  # nothing says how the torso lies
    assert not trusted(labels, heads)[0].any()
