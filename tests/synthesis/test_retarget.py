import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fitlab.datasets import cmu, uiprmd
from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, COCO23
from fitlab.synthesis.body import Body
from fitlab.synthesis.retarget import fit_offsets, retarget
from fitlab.synthesis.rig import Angles, Rig

FPS = 30.0
TOLD = ("lowerleg01.L", "foot.R", "toe2-1.L", "lowerarm01.L", "lowerarm01.R", "wrist.L", "wrist.R", "head", "root")


@pytest.fixture(scope="module")
def body():
    return Body()


@pytest.fixture(scope="module")
def squat(body):
    """Two seconds of known rotations: down and up with the soles on the floor, one arm forward, the head turned."""
    down = 0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, round(2 * FPS)))
    rig = Rig(body)
    turns = np.zeros((len(down), len(rig.joints), 3))
    for joint, degrees in {
        "root": (25, 0, 0), "lumbar": (10, 0, 0), "neck": (-20, 0, 30), "shoulder.L": (-70, 0, 0),
        "hip": (-105, 0, 0), "knee": (110, 0, 0), "ankle": (-30, 0, 0),
    }.items():  # fmt: skip
        for name in rig.joints:
            if name.split(".")[0] == joint or name == joint:
                turns[:, rig.joints.index(name)] = np.radians(degrees) * down[:, None]
    placed = rig.place(Angles(np.zeros((len(down), 3)), turns))
    ball = placed.origins[:, [rig.index("toes.L"), rig.index("toes.R")]].mean(axis=1)
    return rig.motion(rig.place(Angles((0, 0, rig.rest["toe2-1.L"][2]) - ball, turns)))


@pytest.fixture(scope="module")
def recording(body, squat):
    return PoseSequence(body.keypoints(squat.rotations, squat.heads), FPS, COCO23, "world")


@pytest.fixture(scope="module")
def copied(body, recording):
    return retarget(recording, body, {})


def apart_mm(body, one, other, bones=TOLD):
    index = [body.template.bone_index[bone] for bone in bones]
    return 1000 * np.linalg.norm(one.heads[:, index] - other.heads[:, index], axis=-1)


def test_known_rotations_are_recovered_from_keypoints(body, squat, copied):
    assert np.median(copied.error_mm) < 2
    assert copied.error_mm.max() < 10
    assert apart_mm(body, copied.performance.motion, squat).max() < 12
    shanks = body.template.bone_index["lowerleg01.L"]
    turned = np.swapaxes(copied.performance.motion.rotations[:, shanks], 1, 2) @ squat.rotations[:, shanks]
    assert np.degrees(Rotation.from_matrix(turned).magnitude()).max() < 6


def test_what_is_recorded_elsewhere_is_done_elsewhere(body, recording, copied):
    turn, shift = Rotation.from_rotvec([0, 0, 2.0]).as_matrix(), np.array([3.0, -2.0, 0.0])
    moved = retarget(recording.replace("moved", positions=recording.positions @ turn.T + shift), body, {})
    expected = copied.performance.motion.heads @ turn.T + shift
    np.testing.assert_allclose(moved.performance.motion.heads, expected, atol=3e-3)


def test_mirrored_recording_gives_mirrored_motion(body, recording, copied):
    mirrored = recording.positions[:, list(COCO23.mirror)] * (-1, 1, 1)
    result = retarget(recording.replace("mirrored", positions=mirrored), body, {}).performance.motion
    bones = body.template.bones
    other = [bones.index(bone.replace(".L", ".l").replace(".R", ".L").replace(".l", ".R")) for bone in bones]
    expected = copied.performance.motion.heads[:, other] * (-1, 1, 1)
    np.testing.assert_allclose(result.heads, expected, atol=5e-3)  # the mesh is not quite symmetric


def test_missing_joints_follow_from_the_frames_around_and_from_the_other_joints(body, recording, copied):
    positions = np.array(recording.positions)
    positions[10:22] = np.nan  # 0.4 s of nothing
    positions[30:38, [COCO23.index("left_wrist"), COCO23.index("left_elbow")]] = np.nan
    positions[:, COCO23.index("right_knee")] = np.nan
    confidence = np.isfinite(positions[..., 0])
    result = retarget(recording.replace("gaps", positions=positions, confidence=confidence), body, {})
    apart = apart_mm(body, result.performance.motion, copied.performance.motion)
    assert np.median(apart) < 5
    assert apart.max() < 60  # the spline across the long gap is off by 37
    assert np.isnan(result.error_mm[10:22]).all()
    knee = body.template.bone_index["lowerleg01.R"]
    assert np.ptp(result.performance.motion.heads[:, knee, 1]) > 0.15  # it bends forward all the same


def test_feet_stand_where_they_are_and_nothing_sinks(body, copied):
    motion = copied.performance.motion
    for side in (".L", ".R"):
        contact = copied.performance.contacts[f"foot{side}"]
        assert (contact.share == 1).all()
        ball = motion.heads[:, body.template.bone_index[f"toe2-1{side}"]]
        assert np.ptp(ball, axis=0).max() < 2e-3
        np.testing.assert_allclose(ball, contact.place, atol=2e-3)
    assert min(body.skin(motion.rotations[f], motion.heads[f])[:, 2].min() for f in range(0, len(motion), 6)) > -5e-3


def test_a_lifted_foot_does_not_stand(body, recording):
    """Half a second of standing, then one foot goes up 30 cm and down again, and stands."""
    up = np.concatenate([np.zeros(15), 0.15 - 0.15 * np.cos(np.linspace(0, 2 * np.pi, 45)), np.zeros(15)])
    lifted = np.array(recording.positions[:1].repeat(len(up), axis=0))
    for joint in ("ankle", "heel", "big_toe", "small_toe"):
        lifted[:, COCO23.index(f"left_{joint}"), 2] += up
    lifted[:, COCO23.index("left_knee"), 2] += up / 2
    lifted[:, COCO23.index("left_knee"), 1] -= up / 2
    result = retarget(PoseSequence(lifted, FPS, COCO23, "world"), body, {})
    stands = result.performance.contacts["foot.L"].share
    assert (stands[:10] == 1).all()
    assert (stands[-10:] == 1).all()
    assert (stands[22:53] == 0).all()
    assert (result.performance.contacts["foot.R"].share == 1).all()


def test_another_idea_of_the_nose_is_an_offset_not_another_pose(body, recording, squat, copied):
    """A recording whose noses are 25 mm further in front, as seen from the head."""
    head = squat.rotations[:, body.template.bone_index["head"]]
    positions = np.array(recording.positions)
    positions[:, COCO23.index("nose")] += head @ (0.0, -0.025, 0.0)
    shifted = recording.replace("other noses", positions=positions)
    offsets = fit_offsets(shifted, body)
    np.testing.assert_allclose(offsets["nose"], (0.0, -0.025, 0.0), atol=8e-3)
    assert np.linalg.norm(offsets["right_knee"]) < 8e-3
    result = retarget(shifted, body, offsets)
    nose = result.joints.index("nose")
    assert np.median(result.residual_mm[:, nose]) < 5 < 15 < np.median(result.error_mm[:, nose])


def test_a_performance_says_what_it_does_not_know(copied, recording):
    performance = copied.performance
    assert len(performance.motion) == len(performance.phases) == len(recording)
    assert performance.repetitions == performance.mistakes == ()
    assert set(performance.phases) == {"unknown"}
    assert performance.style == "recorded"


def test_one_frame_is_enough(body, recording):
    result = retarget(recording[20:21], body, {})
    assert result.error_mm.shape == (1, 23)
    assert np.median(result.error_mm) < 5


def test_what_cannot_be_retargeted(body, recording):
    image = PoseSequence(np.zeros((5, 17, 2)), FPS, COCO17, "image")
    with pytest.raises(InputError, match="world space, got image"):
        retarget(image, body)
    without_hips = np.array(recording.positions)
    without_hips[:, COCO23.index("left_hip")] = np.nan
    with pytest.raises(InputError, match="got none of left_hip"):
        retarget(PoseSequence(without_hips, FPS, COCO23, "world"), body)
    gap = np.array(recording.positions)
    gap[20:40] = np.nan
    with pytest.raises(InputError, match=r"0\.67 s from frame 20"):
        retarget(PoseSequence(gap, FPS, COCO23, "world"), body)


def test_a_recorded_squat_is_followed_to_25_mm(real_data):
    squats = uiprmd.load(real_data, "m01", "s01", "vicon")
    result = retarget(squats[0], offsets={})
    assert np.nanmedian(result.error_mm) < 25
    motion, template = result.performance.motion, result.body.template
    thigh, shank = (
        motion.heads[:, template.bone_index[end]] - motion.heads[:, template.bone_index[start]]
        for start, end in (("upperleg01.L", "lowerleg01.L"), ("lowerleg01.L", "foot.L"))
    )
    forward = -motion.rotations[:, 0, :, 1]  # of the pelvis
    deepest = motion.heads[:, 0, 2].argmin()
    assert np.sum((thigh - shank) * forward, axis=1)[deepest] > 0.2  # knees bend forward


def test_a_recorded_jumping_jack_is_followed_to_25_mm(real_data):
    recorded, segments = cmu.load(real_data, "13_29")
    jump = next(segment for segment in segments if segment.action == "JumpJack")
    result = retarget(recorded[jump.start : jump.start + 240], offsets={})
    assert np.nanmedian(result.error_mm) < 25
    motion = result.performance.motion
    speed = np.linalg.norm(np.diff(motion.heads, axis=0), axis=-1) * recorded.fps
    assert speed.max() < 8  # metres per second: nothing jumps from frame to frame
