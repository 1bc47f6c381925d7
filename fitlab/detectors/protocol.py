"""What a 2D keypoint detector is."""

from typing import Protocol, runtime_checkable

import numpy as np

from fitlab.skeletons import Skeleton


@runtime_checkable
class Detector(Protocol):
    """A callable that finds the joints of the one person in each crop (top-down detection).

    Pixel coordinates are continuous: (0, 0) is the outer corner of the first pixel, whose centre is
    (0.5, 0.5); a crop of width w covers [0, w].

    Attributes
    ----------
    name : str
        Short name for tables and histories, the key in the zoo where it comes from there.
    skeleton : Skeleton
        Names the K joints.
    input_size : (width, height) in pixels
        Of the crops that the detector wants; make them with :func:`fitlab.detectors.crops.cut`.
    """

    name: str
    skeleton: Skeleton
    input_size: tuple[int, int]

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds the joints of every crop.

        Parameters
        ----------
        crops : uint8 (B, H, W, 3), RGB, with (W, H) = ``input_size``

        Returns
        -------
        positions : float32 (B, K, 2)
            x right, y down, in pixels of the crop.  A joint may lie outside its crop.
        confidence : float32 (B, K) in [0, 1]
        """
        ...
