import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlab.detectors.movenet import Heads, decode
from fitlab.training.centernet import AROUND, FACE_ABOVE, MOST, WEIGHTS, centernet_loss

ROWS, COLUMNS, JOINTS = 10, 12, 17


def random_heads(generator: torch.Generator, batch: int = 2) -> Heads:
    def maps(channels: int) -> torch.Tensor:
        return torch.randn(batch, channels, ROWS, COLUMNS, generator=generator)

    return Heads(maps(1), maps(JOINTS), maps(2 * JOINTS), maps(2 * JOINTS))


def slow_loss(
    heads: Heads, keypoints: np.ndarray, weights: np.ndarray, other: np.ndarray, sigma: float
) -> dict[str, float]:
    """The four parts written out cell by cell: the oracle."""

    def focal(logit: float, peak: float) -> float:
        p = 1 / (1 + math.exp(-logit))
        return -((1 - p) ** 2) * math.log(p) if peak == 1 else -((1 - peak) ** 4) * p**2 * math.log(1 - p)

    def heat(channel: torch.Tensor, cells: list) -> float:
        total = 0.0
        for y in range(ROWS):
            for x in range(COLUMNS):
                away = [(y - cell[0]) ** 2 + (x - cell[1]) ** 2 for cell in cells if cell is not None]
                peak = max((math.exp(-square / (2 * sigma**2)) for square in away), default=0.0)
                total += focal(float(channel[y, x]), peak)
        return total

    def cell_of(point: np.ndarray) -> tuple[int, int] | None:
        row, column = math.floor(point[1] / 4), math.floor(point[0] / 4)
        return (row, column) if 0 <= row < ROWS and 0 <= column < COLUMNS else None

    def centre_of(places: np.ndarray) -> tuple[int, int] | None:
        """The cell of the mean of the joints, a face that is not known being above the torso."""
        places = places.copy()
        torso = places[[5, 6, 11, 12]]
        if not np.isnan(torso).any():
            above = torso[:2].mean(0) + FACE_ABOVE * (torso[:2].mean(0) - torso[2:].mean(0))
            for k in range(5):
                if np.isnan(places[k]).any():
                    places[k] = above
        known = places[~np.isnan(places).any(1)]
        return cell_of(known.mean(0)) if len(known) >= MOST * JOINTS else None

    sums = dict.fromkeys(WEIGHTS, 0.0)
    counts = dict.fromkeys(WEIGHTS, 0.0)
    for b in range(len(keypoints)):
        labelled = [k for k in range(JOINTS) if weights[b, k] and not np.isnan(keypoints[b, k]).any()]
        centre = centre_of(np.array([keypoints[b, k] if k in labelled else (np.nan, np.nan) for k in range(JOINTS)]))
        if centre is not None:
            person = np.mean([weights[b, k] for k in labelled])
            cells = [centre, centre_of(other[b])]
            sums["centre"] += person * heat(heads.centre[b, 0], cells)
            counts["centre"] += person * len({cell for cell in cells if cell is not None})
        for k in labelled:
            weight = weights[b, k]
            cell, point = cell_of(keypoints[b, k]), keypoints[b, k] / 4
            cells = [cell, None if np.isnan(other[b, k]).any() else cell_of(other[b, k])]
            sums["keypoints"] += weight * heat(heads.keypoints[b, k], cells)
            counts["keypoints"] += weight * len({here for here in cells if here is not None})
            if cell is not None:
                for y in range(max(cell[0] - AROUND, 0), min(cell[0] + AROUND + 1, ROWS)):
                    for x in range(max(cell[1] - AROUND, 0), min(cell[1] + AROUND + 1, COLUMNS)):
                        share = weight * math.exp(-((y - cell[0]) ** 2 + (x - cell[1]) ** 2) / (2 * sigma**2))
                        found = heads.offsets[b, 2 * k : 2 * k + 2, y, x]
                        error = abs(float(found[0]) - (point[1] - y)) + abs(float(found[1]) - (point[0] - x))
                        sums["offsets"] += share * error
                        counts["offsets"] += share
            if centre is not None:
                found = heads.regression[b, 2 * k : 2 * k + 2, *centre]
                error = abs(float(found[0]) - (point[1] - centre[0])) + abs(float(found[1]) - (point[0] - centre[1]))
                sums["regression"] += weight * error
                counts["regression"] += weight
    return {name: sums[name] / max(counts[name], 1) for name in sums}


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), hidden=st.integers(0, 8), sigma=st.sampled_from([1.0, 2.0]))
def test_the_loss_equals_the_one_written_out(seed: int, hidden: int, sigma: float):
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    heads = random_heads(generator)
    keypoints = rng.uniform(-6, 52, (2, JOINTS, 2)).astype(np.float32)  # some leave the crop
    visible = rng.uniform(0.2, 2, (2, JOINTS))
    visible[0, rng.permutation(JOINTS)[:hidden]] = 0
    keypoints[1, :5] = np.nan  # a data set without faces
    other = rng.uniform(0, 46, (2, JOINTS, 2)).astype(np.float32)
    other[seed % 2] = np.nan  # nobody else in one of the crops
    other[:, 7] = np.nan
    loss, parts = centernet_loss(
        heads, torch.from_numpy(keypoints), torch.from_numpy(visible), other=torch.from_numpy(other), sigma=sigma
    )
    expected = slow_loss(heads, keypoints.astype(float), visible, other.astype(float), sigma)
    assert {name: float(part) for name, part in parts.items()} == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert float(loss) == pytest.approx(sum(WEIGHTS[name] * part for name, part in expected.items()), rel=1e-4)


def test_what_the_loss_asks_for_is_what_decoding_reads():
    """Heads fitted to the loss alone decode to the labels: both sides have the same cells, order and axes."""
    rng = np.random.default_rng(0)
    keypoints = torch.from_numpy(rng.uniform(4, 36, (3, JOINTS, 2)).astype(np.float32))
    visible = torch.ones(3, JOINTS)
    generator = torch.Generator().manual_seed(0)
    start = random_heads(generator, 3)
    maps = [
        value.clone().requires_grad_() for value in (start.centre, start.keypoints, start.regression, start.offsets)
    ]
    optimizer = torch.optim.Adam(maps, lr=0.1)
    for _ in range(400):
        optimizer.zero_grad()
        loss, _ = centernet_loss(Heads(*maps), keypoints, visible)
        loss.backward()
        optimizer.step()
    positions, confidence = decode(Heads(*(value.detach() for value in maps)))
    assert (positions - keypoints).abs().max() < 0.5
    assert confidence.min() > 0.5

    # A heatmap that is highest in the next cell does not move the joint: the offset there points to it, too.
    aside = torch.roll(maps[1].detach(), (1, -1), dims=(2, 3))
    positions, _ = decode(Heads(maps[0].detach(), aside, maps[2].detach(), maps[3].detach()))
    inside = ((keypoints >= 8) & (keypoints < 32)).all(-1)
    assert (positions - keypoints)[inside].abs().max() < 0.5


def test_channels_of_unlabelled_joints_get_no_gradient():
    heads = random_heads(torch.Generator().manual_seed(1), 1)
    heads.keypoints.requires_grad_()
    keypoints = torch.full((1, JOINTS, 2), 20.0)
    keypoints[0, 3] = torch.nan
    visible = torch.ones(1, JOINTS)
    visible[0, 5] = 0
    loss, _ = centernet_loss(heads, keypoints, visible)
    loss.backward()
    silent = (heads.keypoints.grad[0] == 0).all(-1).all(-1)
    assert silent.nonzero()[:, 0].tolist() == [3, 5]


def test_a_picture_without_labels_costs_nothing():
    loss, _ = centernet_loss(
        random_heads(torch.Generator().manual_seed(2)), torch.full((2, JOINTS, 2), torch.nan), torch.ones(2, JOINTS)
    )
    assert loss == 0
