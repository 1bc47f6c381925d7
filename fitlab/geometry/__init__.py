"""Geometry of poses: angles, bones, the body frame, rigid alignment and cameras.

Axes are those of :class:`fitlab.poses.PoseSequence`; camera, world and body space are right-handed.
A matrix named ``a_from_b`` turns coordinates in b into coordinates in a: ``p_a = a_from_b @ p_b``.
"""

from fitlab.geometry.alignment import Similarity, procrustes
from fitlab.geometry.body import body_axes, bone_lengths, joint_angle, pelvis, to_body
from fitlab.geometry.cameras import Camera, project_poses, view_poses

__all__ = [
    "Camera",
    "Similarity",
    "body_axes",
    "bone_lengths",
    "joint_angle",
    "pelvis",
    "procrustes",
    "project_poses",
    "to_body",
    "view_poses",
]
