"""MMPose models: build, train, detect.

The only room that touches mmpose, mmcv, mmengine and mmdet, inside functions: the rest works without them.
"""

from fitlab.detectors.mmpose.detector import MMPoseDetector, train_loss
from fitlab.detectors.mmpose.models import build_model

__all__ = ["MMPoseDetector", "build_model", "train_loss"]
