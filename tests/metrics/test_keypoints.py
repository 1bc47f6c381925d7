"""PCK, OKS and average precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlab.datasets import coco_people
from fitlab.formats.hints import load_json
from fitlab.metrics import COCO_SIGMAS, average_precision, oks, pck
from tests import oracles


@pytest.fixture
def people(rng):
    true = rng.uniform(0, 200, size=(6, 17, 2))
    predicted = true + rng.normal(scale=8, size=true.shape)
    true[0, :5] = np.nan
    predicted[1, 9] = np.nan
    return predicted, true, rng.uniform(5e3, 4e4, size=6)


def test_oks_is_cocos_formula(people):
    predicted, true, area = people
    expected = [oracles.oks(p, t, a, COCO_SIGMAS) for p, t, a in zip(predicted, true, area, strict=True)]
    np.testing.assert_allclose(oks(predicted, true, area), expected)


def test_sigmas_are_those_of_pycocotools():
    from pycocotools.cocoeval import Params

    np.testing.assert_allclose(COCO_SIGMAS, Params("keypoints").kpt_oks_sigmas)


def test_oks_of_nobody_is_nan():
    assert np.isnan(oks(np.zeros((17, 2)), np.full((17, 2), np.nan), 100.0))


@given(shift=st.floats(0, 100), further=st.floats(0.1, 100))
def test_oks_falls_with_distance_and_lies_between_0_and_1(shift, further):
    true = np.zeros((17, 2))
    near, far = (float(oks(true + (d, 0), true, 1e4)) for d in (shift, shift + further))
    assert 0 <= far <= near <= 1
    assert float(oks(true, true, 1e4)) == 1


def test_pck_counts(people):
    predicted, true, _ = people
    size = np.array([50.0, 60, 70, 80, 90, 100])
    hits = [
        oracles.pck(p, t, s, 0.2) * np.isfinite(t).all(-1).sum() for p, t, s in zip(predicted, true, size, strict=True)
    ]
    assert pck(predicted, true, size, 0.2) == pytest.approx(sum(hits) / np.isfinite(true).all(-1).sum())
    assert pck(true + (3, 4), true, 50.0, 0.101) == 1.0
    assert pck(true + (3, 4), true, 50.0, 0.099) == 0.0
    assert np.isnan(pck(predicted, np.full_like(true, np.nan), 1.0))


def test_shapes_must_agree():
    with pytest.raises(
        ValueError, match=r"both have shape \(..., 17, 2\), got \(14, 2\) and \(14, 2\); give the sigmas"
    ):
        oks(np.zeros((14, 2)), np.zeros((14, 2)), 1.0)
    with pytest.raises(ValueError, match="same shape"):
        pck(np.zeros((14, 2)), np.zeros((17, 2)), 1.0)


def results_of(truth, shift):
    return [
        {
            "image_id": person["image_id"],
            "category_id": 1,
            "keypoints": (np.array(person["keypoints"], float).reshape(-1, 3) + (shift, 0, 0)).ravel().tolist(),
            "score": 1.0,
        }
        for person in truth["annotations"]
        if person["num_keypoints"] and not person["iscrowd"]
    ]


def test_average_precision_on_photographs(real_data, capfd):
    truth = load_json(real_data / "people" / "coco" / "test_coco.json")
    perfect = average_precision(truth, results_of(truth, 0))
    assert perfect["AP"] == perfect["AR"] == 1.0
    assert average_precision(truth, []) == dict.fromkeys(perfect, 0.0)

    # One threshold of AP after another: the share of people whose OKS reaches it (every person is found once).
    people = coco_people.load(real_data / "people" / "coco" / "test_coco.json")
    similarity = np.array([float(oks(p.keypoints + (6, 0), p.keypoints, p.area)) for p in people])
    shifted = average_precision(truth, results_of(truth, 6))
    assert shifted["AR50"] == pytest.approx((similarity >= 0.5).mean())
    assert shifted["AR75"] == pytest.approx((similarity >= 0.75).mean())
    thresholds = np.linspace(0.5, 0.95, 10)
    assert shifted["AR"] == pytest.approx(np.mean([(similarity >= t).mean() for t in thresholds]))
    assert 0 < shifted["AP"] < 1
    assert capfd.readouterr().out == ""
