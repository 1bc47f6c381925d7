"""What the front end gets equals what the report holds."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fitlab.analysis.report import analyse
from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17, VICON39
from fitlab.views.payload import MISSING, Block, poses_payload, report_payload
from tests.motions import held_squat
from tests.views.squatting import CYCLE, depths, squat_report, squatter


def unpacked(spec: dict, block: bytes) -> np.ndarray:
    """The array that a front end reads back."""
    count = int(np.prod(spec["shape"]))
    stored = np.frombuffer(block, "<i2", count, spec["offset"])
    return np.where(stored == MISSING, np.nan, stored * spec["scale"]).reshape(spec["shape"])


def shown(payload: dict, block: bytes, who: str, joint: str) -> np.ndarray:
    return unpacked(payload["arrays"][who], block)[:, payload["joints"].index(joint)]


@given(
    st.lists(
        arrays(np.float64, array_shapes(max_dims=3, max_side=6), elements=st.floats(-1e4, 1e4) | st.just(np.nan)),
        min_size=1,
        max_size=4,
    )
)
def test_a_block_returns_every_array_within_half_a_step(values: list[np.ndarray]) -> None:
    block = Block()
    names = [block.add(str(i), array) for i, array in enumerate(values)]
    for name, array in zip(names, values, strict=True):
        spec = block.specs[name]
        np.testing.assert_allclose(unpacked(spec, block.bytes()), array, atol=0.501 * spec["scale"], rtol=0)


def test_positions_are_exact_to_a_tenth_of_a_millimetre() -> None:
    report = squat_report()
    payload, block = report_payload(report)
    for joint in ("left_knee", "head_top", "right_wrist"):
        np.testing.assert_allclose(shown(payload, block, "user", joint), report.user[joint], atol=1e-4)
        athlete = report.comparison.reference[joint]
        inside = np.isfinite(athlete[:, 0])
        ghost = shown(payload, block, "reference", joint)
        np.testing.assert_allclose(ghost[inside], athlete[inside], atol=1e-4)
        assert np.isfinite(ghost).all()  # between repetitions the ghost stands by


def test_the_payload_is_strict_json() -> None:
    payload, _ = report_payload(squat_report())
    assert json.loads(json.dumps(payload, allow_nan=False))["statistics"][2] == ["Range knee angle", "–"]


def test_mistakes_point_at_their_repetition_moment_and_joints() -> None:
    report = squat_report()
    payload, _ = report_payload(report)
    assert [mistake["repetition"] for mistake in payload["mistakes"]] == [1, 3]
    first = payload["mistakes"][0]
    assert first["frame"] == report.repetitions[1].turn
    assert first["start"] <= first["frame"] < first["stop"]
    assert [payload["joints"][k] for k in first["joints"]] == ["left_knee", "right_knee"]
    assert payload["repetitions"][1]["start"] - payload["repetitions"][0]["start"] == CYCLE
    assert [phase["name"] for phase in payload["repetitions"][0]["phases"]] == ["going down", "bottom", "going up"]


def test_ghosts_are_named_for_the_choice_and_the_legend() -> None:
    report = squat_report()
    assert poses_payload(report.user)[0]["ghosts"] == []
    assert [ghost["name"] for ghost in report_payload(report)[0]["ghosts"]] == ["reference"]
    payload, block = report_payload(report, better=report.user)
    assert [ghost["name"] for ghost in payload["ghosts"]] == ["reference", "better"]
    assert all(ghost["label"] and ghost["legend"] for ghost in payload["ghosts"])
    np.testing.assert_allclose(shown(payload, block, "better", "left_knee"), report.user["left_knee"], atol=1e-4)


def test_holds_hold_what_the_report_holds() -> None:
    report = analyse(held_squat(8, in_form_s=5), find_exercise("squat"))
    (hold,) = report.holds
    (told,) = report_payload(report)[0]["holds"]
    assert (told["start"], told["stop"], told["repetition"]) == (hold.start, hold.stop, 0)
    assert told["breaks"] == [{"title": "Knees inward", "start": hold.breaks[0].start, "stop": hold.breaks[0].stop}]
    assert told["note"] == f"in form for the first {hold.clean_s:.1f} s"
    assert told["clean_s"] == round(hold.clean_s, 4) and told["duration_s"] == round(hold.duration_s, 4)
    assert report_payload(squat_report())[0]["holds"] == []


def test_curves_have_both_sides_the_athlete_and_the_mistakes_of_their_rules() -> None:
    report = squat_report()
    payload, block = report_payload(report)
    inward = next(curve for curve in payload["curves"] if curve["name"] == "knee_inward")
    assert [line["label"] for line in inward["lines"]] == ["Left", "Right", "Athlete"]
    assert (inward["unit"], inward["mistakes"]) == ("cm", ["knees_inward"])
    right = unpacked(payload["arrays"][inward["lines"][1]["array"]], block)
    np.testing.assert_allclose(right, report.curves["knee_inward"][:, 1], atol=1e-3)
    trunk = next(curve for curve in payload["curves"] if curve["name"] == "trunk_inclination")
    assert [line["label"] for line in trunk["lines"]] == ["You", "Athlete"]


def test_without_exercise_and_reference_the_rest_is_there() -> None:
    payload, _ = report_payload(squat_report(exercise=False, athlete=False))
    assert payload["title"] == "Movement"
    assert set(payload["arrays"]) == {"user", "curve motion user"}
    assert (payload["mistakes"], payload["comparison"], payload["verdicts"]) == ([], [], [])
    assert len(payload["repetitions"]) == 5


@pytest.mark.parametrize("turn_deg", [0, 60, 135, -120])
def test_facing_is_where_the_person_looks(turn_deg: float) -> None:
    turn = np.radians(turn_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    seq = squatter(depths(1))
    turned = seq.replace("turned", positions=seq.positions @ rotation.T)
    facing = poses_payload(turned)[0]["facing_deg"]
    assert (facing - 90 - turn_deg + 180) % 360 - 180 == pytest.approx(0, abs=0.01)  # the squatter faces +y


def test_camera_and_body_space_are_shown_upright_on_the_floor_and_not_mirrored() -> None:
    world = squatter(depths(1))
    hips = world["pelvis"].mean(axis=0)
    # The camera looks at the person's front: image right is the person's left.
    camera_from_world = np.array([[-1, 0, 0], [0, 0, -1], [0, -1, 0]])
    body_from_world = np.eye(3)
    for space, matrix in (("camera", camera_from_world), ("body", body_from_world)):
        seq = PoseSequence((world.positions - hips) @ matrix.T, 30, H36M17, space)
        payload, block = poses_payload(seq)
        z = unpacked(payload["arrays"]["user"], block)[..., 2]
        assert z.min() == pytest.approx(0, abs=1e-3)
        assert (
            shown(payload, block, "user", "head_top")[:, 2] > shown(payload, block, "user", "left_knee")[:, 2]
        ).all()
        axes = [shown(payload, block, "user", a)[0] - shown(payload, block, "user", b)[0]
                for a, b in (("left_hip", "right_hip"), ("nose", "thorax"), ("thorax", "pelvis"))]  # fmt: skip
        assert np.linalg.det(axes) < 0  # left, forward, up of a real person are left-handed


def test_coco_gets_a_trunk_and_markers_stay_markers() -> None:
    coco = squatter(depths(1)).to(COCO17)
    payload, _ = poses_payload(coco)
    assert {"pelvis", "thorax", "left_knee"} <= set(payload["joints"])
    assert [payload["joints"].index("left_hip"), payload["joints"].index("left_knee")] in payload["bones"]
    markers = PoseSequence(np.ones((4, len(VICON39), 3)), 30, VICON39, "world")
    assert poses_payload(markers)[0]["joints"] == list(VICON39.joints)


def test_poses_that_cannot_be_shown_are_refused_in_one_line() -> None:
    user = squatter(depths(1))
    flat = PoseSequence(np.ones((5, 17, 2)), 30, H36M17, "image")
    with pytest.raises(InputError, match="poses must be 3D"):
        poses_payload(flat)
    with pytest.raises(InputError, match="reference must have the user's"):
        poses_payload(user, user[:10])
