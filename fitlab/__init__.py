"""fitlab: research tooling for 3D human pose in fitness."""

from fitlab.errors import InputError, SetupError
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

__version__ = "0.1.0"

__all__ = ["InputError", "PoseSequence", "SetupError", "Skeleton", "__version__"]
