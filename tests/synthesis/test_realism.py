"""Detectors trained on photographs must see a person in what the studio draws, nearly as well as in photographs."""

import numpy as np
import pytest

from fitlab.detectors import load_detector
from fitlab.errors import SetupError
from fitlab.evaluation.realism import examples
from fitlab.evaluation.realism.answers import ask

# Their OKS on the 12 people of COCO that experiments/studio_realism measures.
ON_PHOTOGRAPHS = {"movenet_lightning": 0.769, "movenet_thunder": 0.840, "blazepose_full": 0.757}


@pytest.fixture(scope="module")
def people():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examples, "motion_files", lambda: dict.fromkeys(("squat", "jumping_jack")))
        return [person for person in examples.studio(20, size=256) if "upright" in person.slices]


@pytest.mark.parametrize("name", ON_PHOTOGRAPHS)
def test_detectors_find_the_joints_of_upright_people(people, name):
    try:
        detector = load_detector(name)
    except SetupError as error:
        pytest.skip(str(error))
    found = ask(detector, {"studio": people})["studio"]
    assert len(found) >= 12
    assert found.oks.mean() > ON_PHOTOGRAPHS[name] - 0.10
    assert 1 - found.oks.mean() > (1 - ON_PHOTOGRAPHS[name]) / 2  # nor half as hard: such pictures teach little
    assert np.nanmedian(found.errors) < 0.5  # spreads of the labels that people make
