"""Poses to write and to read back."""

import numpy as np
import pytest

from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17


@pytest.fixture
def world(rng):
    """Two seconds at 25 fps with a gap, uneven confidence and a history."""
    positions = rng.uniform(-1, 1, size=(50, 17, 3)) + (0, 0, 1)
    positions[10:14, 5] = np.nan
    return PoseSequence(
        positions, 25, H36M17, "world", rng.uniform(0.1, 1, size=(50, 17)), history=("made", "moved(2)")
    )


@pytest.fixture
def image(rng):
    """One person of 300 pixels who walks slowly through the picture; one joint unseen for a while."""
    pose = rng.uniform(0, 200, size=(17, 2)) + 100
    positions = pose + np.linspace(0, 80, 40)[:, None, None] + rng.normal(scale=0.5, size=(40, 17, 2))
    positions[3:6, 9] = np.nan
    return PoseSequence(
        positions, 29.97, COCO17, "image", rng.uniform(0.2, 1, size=(40, 17)), image_size=(640, 480), history=("made",)
    )
