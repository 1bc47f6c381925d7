import json

import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO23
from fitlab.synthesis.body import Body
from fitlab.synthesis.fit_shape import fit_body, stretched


def length(body, start, end):
    index = body.template.bone_index
    return float(np.linalg.norm(body.heads[index[end]] - body.heads[index[start]]))


def at_rest(body):
    keypoints = body.template.keypoints @ body.vertices
    return PoseSequence(keypoints[None].repeat(3, axis=0), 30.0, COCO23, "world")


def test_a_stretched_thigh_is_longer_and_nothing_else_is():
    plain = Body()
    body = stretched(plain, {"thigh": 1.1})
    for side in (".L", ".R"):
        assert length(body, "upperleg01" + side, "lowerleg01" + side) == pytest.approx(
            1.1 * length(plain, "upperleg01" + side, "lowerleg01" + side), rel=0.01
        )
        for start, end in (("lowerleg01", "foot"), ("upperarm01", "lowerarm01"), ("lowerarm01", "wrist")):
            assert length(body, start + side, end + side) == pytest.approx(length(plain, start + side, end + side))
    assert body.vertices[:, 2].min() == pytest.approx(0, abs=1e-6)
    assert body.height > plain.height + 0.03


def test_nothing_stretched_is_the_same_body():
    plain = Body({"height": 0.7})
    np.testing.assert_allclose(stretched(plain, {}).vertices, plain.vertices, atol=2e-3)  # weights are rounded
    np.testing.assert_allclose(stretched(plain, {}).heads, plain.heads, atol=1e-3)


def test_a_body_is_made_anew_from_its_sliders_and_its_stretch():
    found = fit_body(at_rest(stretched(Body({"height": 0.6}), {"thigh": 1.08, "trunk": 0.94})))
    assert found.stretch["thigh"] > 1.02 > 0.98 > found.stretch["trunk"]
    told = json.loads(json.dumps({"phenotype": found.phenotype, "stretch": dict(found.stretch)}))
    again = stretched(Body(told["phenotype"]), told["stretch"])
    np.testing.assert_array_equal(again.vertices, found.vertices)
    np.testing.assert_array_equal(again.heads, found.heads)
    assert found.reshaped(np.zeros_like(found.vertices)).stretch == found.stretch
    assert Body().stretch == {}


def test_what_cannot_be_stretched():
    with pytest.raises(ValueError, match=r"must be made by sliders alone, got one stretched by {'thigh': 1.1}"):
        stretched(stretched(Body(), {"thigh": 1.1}), {"thigh": 1.1})
    with pytest.raises(ValueError, match=r"factors must be of hips, .*, instep, got tail"):
        stretched(Body(), {"tail": 1.1})


def test_a_lower_instep_leaves_the_sole_flat():
    body = stretched(Body(), {"instep": 0.8})
    index, owner = body.template.bone_index, body.template.main_bone
    for bone in ("foot.L", "toe1-2.L", "foot.R", "toe1-2.R"):
        assert body.vertices[owner == index[bone], 2].min() == pytest.approx(0, abs=6e-3)


@pytest.mark.parametrize(
    "factors", [{"upperarm": 1.12, "thigh": 0.92}, {"trunk": 1.1, "shoulders": 0.9, "shank": 1.08}], ids=str
)
def test_the_proportions_of_another_body_are_found(factors):
    person = stretched(Body({"height": 0.6, "gender": 0.8}), factors)
    found = fit_body(at_rest(person))
    assert found.height == pytest.approx(person.height, abs=0.03)
    theirs, ours = (body.template.keypoints @ body.vertices for body in (person, found))
    for start, end in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")):
        a, b = COCO23.index(f"left_{start}"), COCO23.index(f"left_{end}")
        assert np.linalg.norm(ours[a] - ours[b]) == pytest.approx(np.linalg.norm(theirs[a] - theirs[b]), abs=4e-3)


def test_proportions_that_nobody_has_are_not_copied():
    person = at_rest(Body())
    knees = [COCO23.index("left_knee"), COCO23.index("right_knee")]
    positions = np.array(person.positions)
    positions[:, knees, 2] -= 0.3  # thighs of 70 cm, shanks of 13
    body = fit_body(person.replace("odd", positions=positions))
    assert length(body, "upperleg01.L", "lowerleg01.L") < 1.5 * length(Body(), "upperleg01.L", "lowerleg01.L")


def test_missing_joints_leave_the_sliders_to_tell():
    person = at_rest(Body({"height": 0.3}))
    positions = np.array(person.positions)
    positions[:, [COCO23.index(f"{side}_wrist") for side in ("left", "right")]] = np.nan
    body = fit_body(PoseSequence(positions, 30.0, COCO23, "world"))
    assert body.height == pytest.approx(Body({"height": 0.3}).height, abs=0.03)


def test_a_person_without_shoulders():
    positions = np.array(at_rest(Body()).positions)
    positions[:, COCO23.index("right_shoulder")] = np.nan
    with pytest.raises(InputError, match="got none of right_shoulder"):
        fit_body(PoseSequence(positions, 30.0, COCO23, "world"))
