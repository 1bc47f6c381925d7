"""Joint centres from markers: a made-up person whose joints are known."""

import numpy as np
import pytest

from fitlab.datasets.plug_in_gait import calibrate, joint_centres
from fitlab.skeletons import VICON25, VICON39

WIDTH, DEPTH, ACROMIA = 0.25, 0.15, 0.32
HIP = np.array([-(0.24 * DEPTH + 0.0099), 0.33 * WIDTH + 0.0073, -(0.30 * WIDTH + 0.0109)])
MIRROR = np.array([1.0, -1.0, 1.0])
FRAMES = 60


def turned(vector, degrees):
    """About y, which points left: positive lifts what points forward up (x forward, z up)."""
    angle = np.radians(degrees)
    x, y, z = vector
    return np.array([x * np.cos(angle) - z * np.sin(angle), y, x * np.sin(angle) + z * np.cos(angle)])


def person(bend_deg, wand_deg=0.0):
    """Markers and joints of one frame: faces +x, left is +y; knees and elbows bent by ``bend_deg``.

    ``wand_deg`` turns thigh and upper arm wands out of the plane in which they belong.
    """
    asi = np.array([0.0, WIDTH / 2, 1.0])
    markers = {"asi": asi, "psi": np.array([-DEPTH, 0.04, 1.0])}
    joints = {"hip": HIP + (0, 0, 1.0)}
    trunk_up = np.array([0.0, 0.0, 1.0])
    sho = np.array([-0.05, ACROMIA / 2, 1.5])
    markers["sho"] = sho
    joints["shoulder"] = sho - 0.17 * ACROMIA * trunk_up

    wand = np.radians(wand_deg)
    outward = 0.08 * np.array([-np.sin(wand), np.cos(wand), 0.0])
    # The thigh's marker line runs from the hip to the lateral marker; both lie in one sagittal plane here.
    knee_marker = joints["hip"] + turned((0, 0, -0.4), bend_deg / 2)
    ankle_marker = knee_marker + turned((0, 0, -0.4), -bend_deg / 2)
    markers |= {
        "kne": knee_marker,
        "ank": ankle_marker,
        "thi": joints["hip"] + turned(outward - (0, 0, 0.2), bend_deg / 2),
    }
    joints["knee"] = knee_marker - (0, 0.057, 0)
    elbow_marker = joints["shoulder"] + np.array([0, 0, -0.3])
    wrist = elbow_marker + turned((0, 0, -0.25), bend_deg)
    markers |= {"elb": elbow_marker, "upa": joints["shoulder"] + (0, 0, -0.15) + outward}
    markers |= {"wra": wrist + (0.02, 0, 0), "wrb": wrist - (0.02, 0, 0)}
    joints |= {"elbow": elbow_marker - (0, 0.040, 0), "wrist": wrist}
    markers |= {"fhd": np.array([0.10, 0.06, 1.7]), "bhd": np.array([-0.08, 0.06, 1.73])}  # the band leans back
    for name in ("frm", "fin", "tib", "hee", "toe"):
        markers[name] = np.zeros(3)

    positions = {"c7": (-0.1, 0, 1.5), "t10": (-0.1, 0, 1.2), "clav": (0.05, 0, 1.5), "strn": (0.05, 0, 1.2)}
    positions["right_bak"] = (-0.1, -0.1, 1.3)
    truth = {}
    for side, mirror in (("left", np.ones(3)), ("right", MIRROR)):
        positions |= {f"{side}_{name}": np.asarray(place) * mirror for name, place in markers.items()}
        truth |= {f"{side}_{name}": np.asarray(place) * mirror for name, place in joints.items()}
    return np.array([positions[name] for name in VICON39.joints]), truth


def recording(**options):
    frames = [person(bend, **options) for bend in np.linspace(0, 100, FRAMES)]
    return np.stack([markers for markers, _ in frames]), [truth for _, truth in frames]


@pytest.mark.parametrize("wand_deg", [0.0, 30.0])
def test_known_joints_are_found_wherever_the_wands_sit(wand_deg):
    markers, truth = recording(wand_deg=wand_deg)
    centres = joint_centres(markers, calibrate([markers]))
    for joint in truth[0]:
        expected = np.array([frame[joint] for frame in truth])
        found = centres[:, VICON25.index(joint)]
        np.testing.assert_allclose(found, expected, atol=2e-3, err_msg=joint)


def test_without_bending_the_wand_shows_the_axis():
    markers, truth = (np.stack([person(0)[0]] * 20), person(0)[1])
    centres = joint_centres(markers, calibrate([markers]))
    for joint in ("left_knee", "right_knee", "left_elbow", "right_elbow"):
        np.testing.assert_allclose(centres[0, VICON25.index(joint)], truth[joint], atol=2e-3, err_msg=joint)


def test_the_head_is_level_when_the_person_looks_ahead():
    markers, _ = recording()
    centres = joint_centres(markers, calibrate([markers]))[0]
    place = {name: centres[VICON25.index(name)] for name in VICON25.joints}
    np.testing.assert_allclose(place["nose"] - place["head"], [0.122, 0, -0.02], atol=1e-3)
    assert place["left_ear"][1] > place["left_eye"][1] > 0 > place["right_eye"][1] > place["right_ear"][1]
    assert place["head_top"][2] > 1.75


def test_a_lost_marker_loses_only_the_joints_that_rest_on_it():
    markers, _ = recording()
    person_ = calibrate([markers])
    markers[10, VICON39.index("left_kne")] = np.nan
    missing = np.isnan(joint_centres(markers, person_)).any(axis=-1)
    lost = {VICON25.joints[k] for k in np.flatnonzero(missing[10])}
    assert lost == {"left_knee", "left_ankle"}
    assert missing.sum() == 2


def test_markers_on_the_belly_do_not_widen_the_pelvis():
    """Front markers far apart and far ahead of the bone: hips stay a hip's width apart."""
    markers, _ = recording()
    for side, sign in (("left", 1), ("right", -1)):
        markers[:, VICON39.index(f"{side}_asi")] += (0.15, 0.1 * sign, 0)
    centres = joint_centres(markers, calibrate([markers]))
    hips = centres[:, VICON25.index("left_hip")] - centres[:, VICON25.index("right_hip")]
    assert np.linalg.norm(hips, axis=-1).max() < 0.21
