import numpy as np
import pytest

from fitlab.geometry import Camera
from fitlab.skeletons import COCO23
from fitlab.synthesis.body import Body
from fitlab.synthesis.figure import figure
from fitlab.synthesis.labels import HIDDEN, OUTSIDE, VISIBLE, PersonInPicture, Witness, first_skin
from fitlab.synthesis.phones import Phone
from tests.synthesis.rays import first_hits

SIZE = (256, 256)


@pytest.fixture(scope="module")
def standing():
    """A body that stands, its joints, and somebody who looks at it."""
    body = Body()
    rotations = np.broadcast_to(np.eye(3), (len(body.heads), 3, 3))
    vertices = body.skin(rotations, body.heads)[figure().vertices]
    return vertices, body.keypoints(rotations[None], body.heads[None])[0], Witness(body)


def seen_by(standing, camera, depth=None, person=None):
    vertices, joints, witness = standing
    width, height = camera.size
    nothing, nobody = np.full((height, width), np.inf), np.zeros((height, width), bool)
    return witness.saw(
        vertices, joints, camera, nothing if depth is None else depth, nobody if person is None else person
    )


def names(seen, value):
    return {joint for joint, visibility in zip(COCO23.joints, seen.visibility, strict=True) if visibility == value}


def camera_from(azimuth, **given):
    return Phone(azimuth_deg=azimuth, distance_m=4, height_m=1.0, **given).camera(SIZE)


def test_who_faces_the_camera_hides_nothing_but_heels(standing):
    seen = seen_by(standing, camera_from(0))
    assert names(seen, OUTSIDE) == set()
    assert names(seen, HIDDEN) <= {"left_heel", "right_heel", "left_ear", "right_ear"}


def test_from_behind_the_face_is_hidden(standing):
    hidden = names(seen_by(standing, camera_from(180)), HIDDEN)
    assert {"nose", "left_eye", "right_eye"} <= hidden
    assert not hidden & {"left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_heel", "right_heel"}


def test_in_profile_the_far_side_is_hidden(standing):
    seen = seen_by(standing, camera_from(90))  # from the right
    assert {"left_eye", "left_ear", "left_hip"} <= names(seen, HIDDEN)
    assert {"right_eye", "right_ear", "right_shoulder", "right_hip", "right_knee", "right_ankle"} <= names(
        seen, VISIBLE
    )


def test_what_is_outside_is_neither_hidden_nor_visible(standing):
    seen = seen_by(standing, camera_from(0, aim_m=1.9, view_deg=30))
    assert {"left_ankle", "right_ankle", "left_knee"} <= names(seen, OUTSIDE)
    assert "nose" in names(seen, VISIBLE)


def test_a_prop_hides_what_is_behind_it_and_nothing_else(standing):
    camera = camera_from(0)
    depth = np.full((256, 256), np.inf)
    x, y = camera.project(standing[1][COCO23.index("left_wrist")]).astype(int)
    depth[y - 2 : y + 3, x - 2 : x + 3] = 3.0
    assert "left_wrist" in names(seen_by(standing, camera, depth), HIDDEN)
    depth[depth == 3.0] = 5.0  # now it stands behind the person
    assert "left_wrist" in names(seen_by(standing, camera, depth), VISIBLE)


def test_the_own_flesh_at_a_joint_is_no_prop(standing):
    camera = camera_from(0)
    away = camera.camera_from_world(standing[1])[:, 2].min()
    depth = np.full((256, 256), away - 0.05)
    whole = np.ones((256, 256), bool)
    assert names(seen_by(standing, camera, depth, whole), VISIBLE) == names(seen_by(standing, camera), VISIBLE)


def test_a_hand_in_front_of_the_chest_hides_what_its_skin_is_not_part_of():
    """Both within a hand's breadth: only the mesh tells whose skin comes first."""
    body = Body()
    rotations = np.broadcast_to(np.eye(3), (len(body.heads), 3, 3))
    vertices = body.skin(rotations, body.heads)[figure().vertices]
    joints = body.keypoints(rotations[None], body.heads[None])[0]
    camera = camera_from(0)
    hand = np.flatnonzero(figure().share("wrist") * (vertices[:, 0] > 0) > 0.5)
    shoulder = joints[COCO23.index("right_shoulder")]
    moved = vertices.copy()
    moved[hand] += shoulder - moved[hand].mean(axis=0) + (0, -0.10, 0)
    nothing = np.full((256, 256), np.inf), np.zeros((256, 256), bool)
    before, after = (Witness(body).saw(mesh, joints, camera, *nothing) for mesh in (vertices, moved))
    assert "right_shoulder" in names(before, VISIBLE)
    assert "right_shoulder" in names(after, HIDDEN)


def test_boxes_and_masks_are_those_of_coco():
    from pycocotools import mask as coco_mask

    mask = np.zeros((6, 8), bool)
    mask[2:5, 3:5] = True
    mask[4, 6] = True
    person = PersonInPicture(np.zeros((23, 2)), np.zeros(23, np.uint8), mask)
    assert person.box == (3, 2, 4, 3)
    packed = person.run_lengths
    np.testing.assert_array_equal(coco_mask.decode(packed), mask)
    assert coco_mask.toBbox(packed).tolist() == list(person.box)
    assert coco_mask.area(packed) == mask.sum()
    assert PersonInPicture(np.zeros((23, 2)), np.zeros(23, np.uint8), mask & False).box == (0, 0, 0, 0)


def test_the_first_skin_is_that_of_an_exhaustive_search(standing):
    vertices, joints, _ = standing
    camera = Camera.looking_at((1.2, -2.5, 1.3), (0, 0, 0.9), 250, SIZE)
    depth, place = first_skin(vertices, vertices, joints, camera)  # as if this were the rest pose
    shares, _, _ = first_hits(camera.position, joints, vertices, figure().faces)
    np.testing.assert_allclose(depth, shares * camera.camera_from_world(joints)[:, 2], atol=1e-3)
    np.testing.assert_allclose(place, camera.position + shares[:, None] * (joints - camera.position), atol=1e-3)
