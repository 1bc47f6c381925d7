"""The toy task, importable by name also for Hydra, and people from the studio for all tests of a session."""

import sys
from pathlib import Path

import pytest

from fitlab.training.people_sources import SynthesisedPeople

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def people_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def studio_people(people_cache: Path) -> SynthesisedPeople:
    return SynthesisedPeople(8, 11, people_cache, exercises=["squat"], workers=1)
