"""Joint centres from the 39 skin markers of Vicon's Plug-in Gait full-body set.

Hips follow the regression of Harrington et al. (J. Biomech. 40, 2007, table 3), shoulders that of
Rab et al. (Gait & Posture 15, 2002).  Knee and elbow lie half a joint width inward of their marker
along the axis about which the joint is seen to bend.  That axis is calibrated once per person and
then moves with the segment.  (Plug-in Gait itself takes the axis from the wand marker, that is, from
where somebody stuck the wand: on UI-PRMD up to 45 degrees beside the axis of bending.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.datasets.face import axes_from, face_joints
from fitlab.skeletons import VICON25, VICON39

_MARKER_RADIUS = 0.007
# Means of adults, metres (Gordon et al. 1988): breadths of knee, ankle and elbow, halved.
_HALF_KNEE, _HALF_ANKLE, _HALF_ELBOW = 0.050, 0.036, 0.033
# 95th percentiles of adults: markers further apart sit on the belly, not on the bone.
_WIDEST_PELVIS, _DEEPEST_PELVIS = 0.29, 0.21
_BAND_ABOVE_EARS = 0.060  # the head band runs over the forehead
_BENT_DEG = 30.0  # a joint bent less than this does not show its axis
_SIDES = ("left", "right")
_LIMBS = {"knee": ("hip", "kne", "ank", "thi"), "elbow": ("shoulder", "elb", "wrist", "upa")}


@dataclass(frozen=True, eq=False)
class Calibration:
    """What stays the same in one person from frame to frame.

    Parameters
    ----------
    pelvis_width, pelvis_depth : float, metres
        Between the front iliac spines; from their middle to the middle of the rear ones.
    acromion_width : float, metres
    axes : {"left_knee": (3,), ...}
        Axes of knees and elbows in the thigh's and upper arm's own axes: the direction
        proximal x distal segment, which for a person at attention points left at the knees and
        right at the elbows.
    head_pitch : float, radians
        How far the head band's forward direction rises when the person looks straight ahead.
    """

    pelvis_width: float
    pelvis_depth: float
    acromion_width: float
    axes: dict[str, np.ndarray]
    head_pitch: float


def calibrate(clips: Sequence[np.ndarray]) -> Calibration:
    """Calibrates one person from recordings that together bend knees and elbows.

    Parameters
    ----------
    clips : sequence of (T, 39, 3) metres, z up, order of ``VICON39``, NaN where a marker is lost
        Each begins with the person at rest, looking straight ahead.  A joint that no clip bends by
        30 degrees gets its axis from the wand marker as in Plug-in Gait.
    """
    m = _Markers(np.concatenate(clips))
    front, back = m.middle("asi"), m.middle("psi")
    first = Calibration(
        pelvis_width=_median_distance(m["left_asi"], m["right_asi"]),
        pelvis_depth=_median_distance(front, back),
        acromion_width=_median_distance(m["left_sho"], m["right_sho"]),
        axes={},
        head_pitch=0.0,
    )
    anchors = _anchors(m, first)
    axes = {}
    for side in _SIDES:
        for joint, (proximal, marker, distal, wand) in _LIMBS.items():
            start, at, end = anchors[f"{side}_{proximal}"], m[f"{side}_{marker}"], anchors.get(f"{side}_{distal}")
            end = m[f"{side}_{distal}"] if end is None else end
            fallback = np.array([0.0, 1.0 if (joint == "knee") == (side == "left") else -1.0, 0.0])
            segment = _segment_axes(start, at, m[f"{side}_{wand}"])
            axes[f"{side}_{joint}"] = _bending_axis(at - start, end - at, segment, fallback)
    forward = np.array([_band_axes(_Markers(clip[:5]))[:, 1] for clip in clips if len(clip) >= 5])  # (clips, 5, 3)
    pitch = float(np.nanmedian(np.arcsin(np.clip(forward[..., 2], -1, 1)))) if forward.size else 0.0
    return Calibration(first.pelvis_width, first.pelvis_depth, first.acromion_width, axes, pitch)


def joint_centres(markers: np.ndarray, calibration: Calibration) -> np.ndarray:
    """Joint centres of one person.

    Parameters
    ----------
    markers : (T, 39, 3) metres, z up, order of ``VICON39``, NaN where a marker is lost
    calibration : Calibration of that person

    Returns
    -------
    centres : float64 (T, 25, 3) metres, order of ``VICON25``
        NaN where a marker that the joint rests on is lost.  Heels and toes are the markers themselves.
    """
    m = _Markers(markers)
    joints = _anchors(m, calibration)
    for side, inward in (("left", 1.0), ("right", -1.0)):
        for joint, half, sign in (("knee", _HALF_KNEE, -inward), ("elbow", _HALF_ELBOW, inward)):
            proximal, marker, _, wand = _LIMBS[joint]
            segment = _segment_axes(joints[f"{side}_{proximal}"], m[f"{side}_{marker}"], m[f"{side}_{wand}"])
            axis = np.einsum("d,tdc->tc", calibration.axes[f"{side}_{joint}"], segment)
            joints[f"{side}_{joint}"] = m[f"{side}_{marker}"] + sign * (half + _MARKER_RADIUS) * axis
            if joint == "knee":  # the ankle's axis runs nearly parallel to the knee's
                shank = m[f"{side}_ank"] - joints[f"{side}_knee"]
                across = axes_from(up=shank, left=axis)[:, 0]
                joints[f"{side}_ankle"] = m[f"{side}_ank"] + sign * (_HALF_ANKLE + _MARKER_RADIUS) * across
        joints[f"{side}_heel"], joints[f"{side}_toes"] = m[f"{side}_hee"], m[f"{side}_toe"]

    head = _levelled(_band_axes(m), calibration.head_pitch)
    joints |= face_joints(m.band_centre() - _BAND_ABOVE_EARS * head[:, 2], head)
    joints["pelvis"] = (joints["left_hip"] + joints["right_hip"]) / 2
    joints["thorax"] = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    return np.stack([joints[name] for name in VICON25.joints], axis=1)


class _Markers:
    """Markers by name: ``m["left_asi"]`` -> (T, 3)."""

    def __init__(self, positions: np.ndarray) -> None:
        self.positions = np.asarray(positions, np.float64)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.positions[:, VICON39.index(name)]

    def middle(self, name: str) -> np.ndarray:
        return (self[f"left_{name}"] + self[f"right_{name}"]) / 2

    def band_centre(self) -> np.ndarray:
        return (self.middle("fhd") + self.middle("bhd")) / 2


def _anchors(m: _Markers, calibration: Calibration) -> dict[str, np.ndarray]:
    """Hips, shoulders and wrists: the joints that need no axis of bending."""
    front, back = m.middle("asi"), m.middle("psi")
    pelvis = axes_from(up=np.cross(front - back, m["left_asi"] - m["right_asi"]), left=m["left_asi"] - m["right_asi"])
    left, forward, up = pelvis[:, 0], pelvis[:, 1], pelvis[:, 2]
    width = min(calibration.pelvis_width, _WIDEST_PELVIS)
    depth = min(calibration.pelvis_depth, _DEEPEST_PELVIS)
    origin = front - (calibration.pelvis_depth - depth) * forward
    hip = origin - (0.24 * depth + 0.0099) * forward - (0.30 * width + 0.0109) * up
    sideways = (0.33 * width + 0.0073) * left

    trunk = (m["clav"] + m["c7"]) - (m["strn"] + m["t10"])
    down = -0.17 * calibration.acromion_width * trunk / np.linalg.norm(trunk, axis=-1, keepdims=True)
    joints = {"left_hip": hip + sideways, "right_hip": hip - sideways}
    for side in _SIDES:
        joints[f"{side}_shoulder"] = m[f"{side}_sho"] + down
        joints[f"{side}_wrist"] = (m[f"{side}_wra"] + m[f"{side}_wrb"]) / 2
    return joints


def _segment_axes(proximal: np.ndarray, marker: np.ndarray, wand: np.ndarray) -> np.ndarray:
    """Axes (T, 3, 3) fixed to a thigh or upper arm; rows: third axis, towards the wand, along the segment."""
    along = marker - proximal
    rows = axes_from(up=along, left=wand - proximal)  # towards the wand, third, along
    return rows[:, [1, 0, 2]]


def _bending_axis(proximal: np.ndarray, distal: np.ndarray, segment: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    """Mean direction of proximal x distal (T, 3) in the axes of the proximal segment, over bent frames."""
    normal = np.cross(proximal, distal)
    lengths = np.linalg.norm(proximal, axis=-1) * np.linalg.norm(distal, axis=-1)
    sine = np.linalg.norm(normal, axis=-1) / lengths
    local = np.einsum("tdc,tc->td", segment, normal / lengths[:, None])
    local = local[(sine > np.sin(np.radians(_BENT_DEG))) & np.isfinite(local).all(-1)]
    axis = local.mean(0) if len(local) >= 10 else fallback
    return axis / np.linalg.norm(axis)


def _band_axes(m: _Markers) -> np.ndarray:
    """Axes (T, 3, 3) of the head band; rows left, forward, up."""
    left = m["left_fhd"] + m["left_bhd"] - m["right_fhd"] - m["right_bhd"]
    forward = m.middle("fhd") - m.middle("bhd")
    return axes_from(up=np.cross(forward, left), left=left)


def _levelled(axes: np.ndarray, pitch: float) -> np.ndarray:
    """Axes whose forward direction is lowered by ``pitch`` radians."""
    left, forward, up = axes[:, 0], axes[:, 1], axes[:, 2]
    cosine, sine = np.cos(pitch), np.sin(pitch)
    return np.stack([left, cosine * forward - sine * up, cosine * up + sine * forward], axis=1)


def _median_distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.nanmedian(np.linalg.norm(a - b, axis=-1)))
