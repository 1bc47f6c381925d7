from dataclasses import replace

import numpy as np
import pytest

from fitlab.evaluation.retargeting import Clip, Trial, tables, tried
from fitlab.poses import PoseSequence
from fitlab.skeletons import VICON25
from fitlab.synthesis.body import Body
from fitlab.synthesis.landmarks import anchors_of, known_joints


@pytest.fixture(scope="module")
def standing():
    """Half a second of Vicon joints of somebody who stands still, exactly as the body has them."""
    body = Body()
    anchors = anchors_of(body, VICON25)
    places = anchors.offsets.sum(axis=1) + anchors.weights @ body.heads
    positions = np.full((15, len(VICON25), 3), np.nan)
    positions[:, [VICON25.index(joint) for joint in known_joints(VICON25)]] = places
    recording = PoseSequence(positions, 30.0, VICON25, "world")
    return Clip("UI-PRMD Vicon", "somebody", "m00 standing", "correct", recording, recording), body


def trial(clip, millimetres, joint="left_knee"):
    errors = {joint: np.array(millimetres, float)}
    return Trial(clip, errors, {joint: errors[joint] / 2}, {}, slide=1.5, sink=4.0, seconds=(1.0, 2.0))


def test_a_body_that_stands_as_recorded_is_followed(standing):
    result = tried(*standing, offsets={})
    assert np.median(np.concatenate(list(result.error.values()))) < 3
    assert result.slide < 1
    assert result.sink < 3
    assert set(result.label) < set(result.error)
    assert np.median(result.label["left_hip"]) > 20  # the mesh's hips are not where its legs turn


def test_tables_hold_median_mean_and_95th_percentile(standing):
    clip, _ = standing
    values = [*range(100), np.nan]  # median 49.5, mean 49.5, 95th percentile 94.05
    text = tables([trial(clip, values)])
    assert "| UI-PRMD Vicon (1 clips) | 50 / 50 / 94 | 25 / 25 / 47 |  |" in text
    assert "| left knee | 50 / 50 / 94 |" in text
    assert "| UI-PRMD Vicon | 1.5 / 1.5 | 4.0 / 4.0 / 4.0 | 0.50 |" in text


def test_faces_are_left_out_unless_asked_for(standing):
    clip, _ = standing
    text = tables([trial(clip, [10.0]), trial(clip, [90.0], "nose")])
    assert "| UI-PRMD Vicon (2 clips) | 10 / 10 / 10 |" in text
    assert "| UI-PRMD Vicon, the face counted too | 50 / 50 / 86 |" in text


def test_movements_are_told_apart(standing):
    clip, _ = standing
    text = tables([trial(clip, [10.0]), trial(replace(clip, movement="m01 squat"), [90.0])])
    assert "**UI-PRMD Vicon, by movement**" in text
    assert "| m00 standing | 10 / 10 / 10 |" in text
    assert "| m01 squat | 90 / 90 / 90 |" in text
    assert "by person" not in text
