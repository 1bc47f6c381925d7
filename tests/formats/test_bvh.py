"""BVH: exact for bones of constant length, read by another library, other programs' files, and broken ones."""

import re

import numpy as np
import pytest

from fitlab.datasets import cmu, uiprmd
from fitlab.errors import InputError
from fitlab.formats import read_poses, write_poses
from fitlab.geometry import bone_lengths
from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17, HALPE26, SKELETONS, VICON39
from tests import oracles
from tests.motions import Squats, turned

TREES = [skeleton for skeleton in SKELETONS.values() if skeleton is not VICON39]


def tumbling(skeleton, rng, frames=20):
    """Bones of constant length that point anywhere in every frame."""
    positions = np.zeros((frames, len(skeleton), 3))
    lengths = rng.uniform(0.1, 0.3, len(skeleton))

    def place(joint):
        parent = skeleton.parents[joint]
        if parent < 0:
            return rng.normal(scale=0.1, size=(frames, 3))
        way = rng.normal(size=(frames, 3))
        return places[parent] + lengths[joint] * way / np.linalg.norm(way, axis=1, keepdims=True)

    places = {}
    while len(places) < len(skeleton):
        for joint, parent in enumerate(skeleton.parents):
            if joint not in places and (parent < 0 or parent in places):
                places[joint] = place(joint)
                positions[:, joint] = places[joint]
    return PoseSequence(positions, 30, skeleton, "world")


@pytest.mark.parametrize("skeleton", TREES, ids=lambda s: s.name)
def test_bones_of_constant_length_come_back_exactly(skeleton, tmp_path, rng):
    seq = tumbling(skeleton, rng)
    write_poses(seq, tmp_path / "a.bvh")
    back = read_poses(tmp_path / "a.bvh")
    assert back.skeleton == skeleton and back.space == "world" and back.fps == 30
    np.testing.assert_allclose(back.positions, seq.positions, atol=1e-6)


@pytest.mark.parametrize("degrees", [0, 90, 180, 271])
def test_a_squat_with_level_thighs_comes_back_whichever_way_it_faces(tmp_path, degrees):
    seq = turned(Squats(thigh_deg=90.0).poses(), degrees, (2.0, -1.0, 0.3))
    write_poses(seq, tmp_path / "a.bvh")
    back = read_poses(tmp_path / "a.bvh")
    np.testing.assert_allclose(back.positions, seq.positions, atol=1e-6)
    assert back.history == ("read_poses(a.bvh, unit=cm)",)


def test_bvhio_has_the_joints_where_fitlab_has_them(tmp_path, rng):
    import bvhio

    seq = tumbling(HALPE26, rng)
    write_poses(seq, tmp_path / "a.bvh")
    container = bvhio.readAsBvh(str(tmp_path / "a.bvh"))
    assert container.FrameCount == 20 and container.FrameTime == pytest.approx(1 / 30)
    root = bvhio.convertBvhToHierarchy(container.Root).loadRestPose(recursive=True)
    for frame in (0, 7, 19):
        root.loadPose(frame, recursive=True)
        theirs = {joint.Name: np.array(joint.PositionWorld.to_tuple()) for joint, _, _ in root.layout()}
        for joint in HALPE26.joints:
            x, y, z = theirs[joint] / 100
            np.testing.assert_allclose((x, -z, y), seq[joint][frame], atol=1e-5)


def test_at_rest_a_body_stands_in_a_t_pose_that_faces_z(tmp_path):
    import bvhio

    write_poses(Squats().poses(), tmp_path / "a.bvh")
    root = bvhio.readAsHierarchy(str(tmp_path / "a.bvh"))
    rest = {joint.Name: np.array(joint.PositionWorld.to_tuple()) for joint, _, _ in root.layout()}
    assert rest["left_wrist"][0] > rest["left_elbow"][0] > rest["left_shoulder"][0] > 5 > -5 > rest["right_shoulder"][0]
    assert rest["left_wrist"][1] == pytest.approx(rest["left_shoulder"][1], abs=1e-3)
    assert rest["head_top"][1] > rest["thorax"][1] > rest["pelvis"][1] > rest["left_knee"][1] > rest["left_ankle"][1]
    assert rest["nose"][2] > rest["thorax"][2]


def test_bones_turn_about_themselves_no_more_than_they_must(tmp_path):
    """Who stands as at rest has no rotation at all; who has turned has it in the pelvis alone."""
    from fitlab.formats.rest_pose import rest_places

    x, y, z = 1.7 * rest_places(H36M17.joints).T
    at_rest = PoseSequence(np.repeat(np.stack([x, -z, y], axis=-1)[None], 3, axis=0), 30, H36M17, "world")
    for degrees in (0.0, 60.0):
        write_poses(turned(at_rest, degrees), tmp_path / "a.bvh")
        rows = (tmp_path / "a.bvh").read_text().rpartition("Frame Time:")[2].splitlines()[1:]
        values = np.array([row.split() for row in rows], float)
        np.testing.assert_allclose(values[:, 3:6], [[0, 0, degrees]] * 3, atol=0.05)
        np.testing.assert_allclose(values[:, 6:], 0, atol=0.05)


def test_bones_may_point_the_other_way_than_at_rest(tmp_path):
    """Shanks folded up, forearms folded back, exactly: every axis at right angles would do."""
    from fitlab.formats.rest_pose import rest_places

    x, y, z = 1.7 * rest_places(H36M17.joints).T
    positions = np.stack([x, -z, y], axis=-1)
    for joint, parent in (("ankle", "knee"), ("wrist", "elbow")):
        for side in ("left", "right"):
            at, start = H36M17.index(f"{side}_{joint}"), H36M17.index(f"{side}_{parent}")
            positions[at] = 2 * positions[start] - positions[at]
    write_poses(PoseSequence(positions[None], 30, H36M17, "world"), tmp_path / "a.bvh")
    np.testing.assert_allclose(read_poses(tmp_path / "a.bvh").positions[0], positions, atol=1e-6)


def test_angles_do_not_jump_over_time(tmp_path):
    """Two turns about the vertical: the angle of the pelvis goes on beyond 360 degrees."""
    still = Squats(repetitions=1).poses()[:1]
    positions = np.concatenate([turned(still, angle).positions for angle in np.linspace(0, 720, 60)])
    write_poses(PoseSequence(positions, 30, H36M17, "world"), tmp_path / "a.bvh")
    rows = (tmp_path / "a.bvh").read_text().rpartition("Frame Time:")[2].splitlines()[1:]
    values = np.array([row.split() for row in rows], float)
    assert np.ptp(values[:, 5]) == pytest.approx(720, abs=1)
    assert np.abs(np.diff(values[:, 3:], axis=0)).max() < 15


def test_bones_that_change_their_length_get_the_median(tmp_path, rng):
    seq = Squats().poses()
    noisy = seq.replace("noise", positions=seq.positions + rng.normal(scale=0.005, size=seq.positions.shape))
    write_poses(noisy, tmp_path / "a.bvh")
    back = read_poses(tmp_path / "a.bvh")
    lengths, median = bone_lengths(back), np.median(bone_lengths(noisy), axis=0)
    np.testing.assert_allclose(lengths, np.broadcast_to(median, lengths.shape), atol=1e-5)
    ways, told = (s.positions[:, [c for _, c in H36M17.bones]] - s.positions[:, [p for p, _ in H36M17.bones]]
                  for s in (noisy, back))  # fmt: skip
    cosines = np.sum(ways * told, axis=-1) / np.linalg.norm(ways, axis=-1) / np.linalg.norm(told, axis=-1)
    np.testing.assert_allclose(cosines, 1, atol=1e-5)  # every bone points where it pointed
    assert np.linalg.norm(back.positions - noisy.positions, axis=-1).max() < 0.06


def test_gaps_are_bridged_and_what_is_never_seen_is_left_out(tmp_path):
    seq = Squats().poses().to(HALPE26)  # no eyes, ears, toes, heels
    positions = np.array(seq.positions)
    positions[30:36, HALPE26.index("left_wrist")] = np.nan
    write_poses(seq.replace("gap", positions=positions, confidence=np.isfinite(positions[..., 0])), tmp_path / "a.bvh")
    back = read_poses(tmp_path / "a.bvh")
    seen = [joint for joint, missing in zip(HALPE26.joints, seq.missing.all(axis=0), strict=True) if not missing]
    assert set(back.skeleton.joints) == set(seen) and not back.missing.any() and back.skeleton.name == "bvh"
    assert back.skeleton.parents[back.skeleton.index("left_knee")] == back.skeleton.index("left_hip")
    for joint in seen:
        np.testing.assert_allclose(back[joint], seq[joint], atol=1e-5 if joint != "left_wrist" else 0.03)


def test_recorded_people(real_data, tmp_path):
    """CMU's bones have constant lengths; joint centres estimated from Vicon's markers do not keep theirs."""
    recorded, _ = cmu.load(real_data, "13_30")
    write_poses(recorded[:400], tmp_path / "a.bvh")
    np.testing.assert_allclose(read_poses(tmp_path / "a.bvh").positions, recorded[:400].positions, atol=1e-5)
    squat = uiprmd.load(real_data, "m01", "s01", "vicon")[0]
    write_poses(squat, tmp_path / "a.bvh")
    back = read_poses(tmp_path / "a.bvh")
    away = np.concatenate([np.linalg.norm(back[joint] - squat[joint], axis=-1) for joint in back.skeleton.joints])
    assert np.nanmedian(away) < 0.02 and np.nanmax(away) < 0.1


MOTIONBUILDER = """HIERARCHY
ROOT mixamorig:Hips
{
  OFFSET 5.0 0.0 0.0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT mixamorig:LHipJoint
  {
    OFFSET 0 0 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    JOINT mixamorig:LeftUpLeg
    {
      OFFSET 9.0 -4.0 0.0
      CHANNELS 3 Yrotation Xrotation Zrotation
      JOINT mixamorig:LeftLeg
      {
        OFFSET 0.0 -42.0 0.0
        CHANNELS 6 Xposition Yposition Zposition Xrotation Yrotation Zrotation
        JOINT mixamorig:LeftFoot
        {
          OFFSET 0.0 -43.0 1.0
          CHANNELS 1 Xrotation
          End Site
          {
            OFFSET 0.0 -5.0 12.0
          }
        }
      }
    }
  }
  JOINT mixamorig:Spine
  {
    OFFSET 0.0 20.0 -1.0
    CHANNELS 3 Zrotation Yrotation Xrotation
    JOINT mixamorig:LeftShoulder
    {
      OFFSET 3.0 30.0 0.0
      CHANNELS 3 Zrotation Yrotation Xrotation
      JOINT mixamorig:LeftArm
      {
        OFFSET 14.0 0.0 0.0
        CHANNELS 3 Zrotation Yrotation Xrotation
        End Site
        {
          OFFSET 28.0 0.0 0.0
        }
      }
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.008333
"""


@pytest.fixture
def foreign(tmp_path, rng):
    """A file in the manner of MotionBuilder: other orders of rotation, positions of a joint, an auxiliary node."""
    values = rng.uniform(-90, 90, size=(2, 28))
    values[:, :3] = (3, 95, 7)
    values[:, 12:15] = (1, -40, 2)
    path = tmp_path / "foreign.bvh"
    path.write_text(MOTIONBUILDER + "\n".join(" ".join(f"{v:.6f}" for v in row) for row in values) + "\n")
    return path


def test_files_of_other_programs(foreign):
    seq = read_poses(foreign)
    names = "pelvis left_hip left_knee left_ankle spine left_collar left_shoulder"
    assert set(seq.skeleton.joints) == set(names.split()), "without the auxiliary node"
    parents = {
        j: seq.skeleton.joints[p] for j, p in zip(seq.skeleton.joints, seq.skeleton.parents, strict=True) if p >= 0
    }
    assert parents["left_hip"] == "pelvis" and parents["left_shoulder"] == "left_collar"
    assert seq.fps == 120
    np.testing.assert_allclose(seq["pelvis"][0], [0.03, -0.07, 0.95], atol=1e-6)
    assert np.linalg.norm(seq["left_knee"] - seq["left_hip"], axis=1) == pytest.approx(np.hypot(40, np.sqrt(5)) / 100)
    expected = oracles.bvh_places(foreign.read_text())
    for label, joint in {"LeftFoot": "left_ankle", "LeftArm": "left_shoulder", "LeftLeg": "left_knee"}.items():
        x, y, z = expected[f"mixamorig:{label}"].T / 100
        np.testing.assert_allclose(seq[joint], np.stack([x, -z, y], axis=-1), atol=1e-6)


def test_bvhio_agrees_about_files_of_other_programs(foreign):
    import bvhio

    seq = read_poses(foreign)
    root = bvhio.readAsHierarchy(str(foreign))
    root.loadPose(1, recursive=True)
    theirs = {joint.Name: np.array(joint.PositionWorld.to_tuple()) / 100 for joint, _, _ in root.layout()}
    for label, joint in {"LeftFoot": "left_ankle", "LeftArm": "left_shoulder", "LeftLeg": "left_knee"}.items():
        x, y, z = theirs[f"mixamorig:{label}"]
        np.testing.assert_allclose(seq[joint][1], (x, -z, y), atol=1e-5)


@pytest.mark.parametrize(("scale", "unit"), [(0.01, "m"), (1, "cm"), (10, "mm")])
def test_the_unit_is_that_in_which_a_person_fits(tmp_path, scale, unit):
    seq = Squats().poses()
    write_poses(seq, tmp_path / "a.bvh")
    (tmp_path / "b.bvh").write_text(scaled((tmp_path / "a.bvh").read_text(), scale))
    back = read_poses(tmp_path / "b.bvh")
    assert back.history == (f"read_poses(b.bvh, unit={unit})",)
    np.testing.assert_allclose(back.positions, seq.positions, atol=2e-5)


def test_a_unit_that_cannot_be_guessed_is_asked_for(tmp_path):
    """CMU's motions as BVH: 0.45 inches are one unit, a person is some 30 units tall."""
    seq = Squats().poses()
    write_poses(seq, tmp_path / "a.bvh")
    (tmp_path / "b.bvh").write_text(scaled((tmp_path / "a.bvh").read_text(), 0.45 / 2.54))
    with pytest.raises(
        InputError, match=r"must be 0.5 to 3 m large in one of m, cm, mm, got 2\d.* units; say read_poses"
    ):
        read_poses(tmp_path / "b.bvh")
    back = read_poses(tmp_path / "b.bvh", metres_per_unit=0.0254 / 0.45)
    np.testing.assert_allclose(back.positions, seq.positions, atol=2e-5)


def scaled(text, scale):
    """A file of fitlab's with all lengths in another unit."""
    head, middle, rows = re.split(r"(MOTION\n.*\n.*\n)", text)
    head = re.sub(r"OFFSET (.*)", lambda m: "OFFSET " + " ".join(f"{scale * float(v):.8f}" for v in m[1].split()), head)
    values = np.array([row.split() for row in rows.splitlines()], float)
    values[:, :3] *= scale
    return head + middle + "\n".join(" ".join(f"{v:.8f}" for v in row) for row in values) + "\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HIERARCHY", "HIERACHY", r"must hold HIERARCHY and MOTION, got 'HIERACHY"),
        ("MOTION", "", r"must hold HIERARCHY and MOTION, got 'HIERARCHY"),
        ("Frames: 2", "Frames: 3", r"must have 3 frames of 28 values, got 56 values \(2\.0 frames\); it was cut off"),
        ("Frames: 2", "Frames: 0", r"MOTION in .* must be Frames, Frame Time and numbers, got"),
        ("0.008333", "0", r"MOTION in .* must be Frames, Frame Time and numbers, got"),
        ("0.008333", "fast", r"MOTION in .* must be .*, got could not convert string to float: 'fast'"),
        ("CHANNELS 1 Xrotation", "CHANNELS 2 Xrotation Yrotation", r"must have 2 frames of 29 values, got 56 values"),
        ("CHANNELS 1 Xrotation", "CHANNELS 1 Xscale", r"channels in .* must be Xposition .. Zrotation, got Xscale"),
        ("OFFSET 0.0 20.0 -1.0", "OFFSET 0.0 20.0", r"HIERARCHY in .* must follow the format, got could not convert"),
        ("OFFSET 0.0 20.0 -1.0", "", r"HIERARCHY in .* must be complete, got a part of it"),
        ("}\nMOTION", "MOTION", r"HIERARCHY in .* must be complete, got a part of it"),
        ("JOINT mixamorig:Spine", "LIMB mixamorig:Spine", r"HIERARCHY in .* must follow the format, got LIMB"),
        ("mixamorig:Spine", "Hips", r"joints of skeleton 'markers' must be distinct, got \['pelvis'\] twice"),
    ],
)
def test_broken_files_are_one_clear_line(foreign, old, new, message):
    text = foreign.read_text()
    assert old in text
    foreign.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=message) as caught:
        read_poses(foreign)
    assert "\n" not in str(caught.value)


def test_markers_without_bones_are_no_tree(tmp_path, rng):
    seq = PoseSequence(rng.normal(size=(3, 39, 3)), 30, VICON39, "world")
    with pytest.raises(InputError, match=r"must be one tree, got 39 roots \(left_fhd, .*\) in vicon39; convert"):
        write_poses(seq, tmp_path / "a.bvh")
