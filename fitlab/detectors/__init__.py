"""2D keypoint detectors: who finds the joints in an image, and how one person is followed through a video."""

from fitlab.detectors.protocol import Detector
from fitlab.detectors.tracking import detect_video
from fitlab.detectors.zoo import load_detector, pull, zoo_table

__all__ = ["Detector", "detect_video", "load_detector", "pull", "zoo_table"]
