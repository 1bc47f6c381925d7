"""Fixtures shared by all tests."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# The same examples in every run, on machines of any speed, and nothing left in the checkout.
settings.register_profile("fitlab", derandomize=True, deadline=None, database=None)
settings.load_profile("fitlab")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of recorded data (`FITLAB_REAL_DATA`, default `../shared/data`); skips where it is absent."""
    folder = Path(os.environ.get("FITLAB_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set FITLAB_REAL_DATA to the folder that data/README.md describes")
    return folder


@pytest.fixture(scope="session")
def reference_weights() -> Path:
    """Folder of the MoveNet ONNX oracles (`FITLAB_REFERENCE_WEIGHTS`, default `../shared/weights`); skips without."""
    folder = Path(os.environ.get("FITLAB_REFERENCE_WEIGHTS", ROOT.parent / "shared" / "weights"))
    if not folder.is_dir():
        pytest.skip(f"no reference weights at {folder}; set FITLAB_REFERENCE_WEIGHTS to the folder of movenet-*.onnx")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(20261122)
