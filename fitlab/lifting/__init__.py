"""Lifting: 2D joints of a video to 3D joints, and 3D joints to the floor of a world."""

from fitlab.lifting.grounding import ground, towards_camera
from fitlab.lifting.lifter import Lifter, load_lifter
from fitlab.lifting.rays import on_rays
from fitlab.lifting.temporal import TemporalNetwork
from fitlab.lifting.weights import load_network, save_network
from fitlab.locations import errors_file, recognition_file, weights_file

__all__ = [
    "Lifter",
    "TemporalNetwork",
    "errors_file",
    "ground",
    "load_lifter",
    "load_network",
    "on_rays",
    "recognition_file",
    "save_network",
    "towards_camera",
    "weights_file",
]
