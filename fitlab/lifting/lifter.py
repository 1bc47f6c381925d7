"""From 2D joints of a video to 3D joints in camera space."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fitlab.errors import InputError
from fitlab.lifting.temporal import TemporalNetwork
from fitlab.lifting.weights import load_network
from fitlab.poses import PoseSequence
from fitlab.signals import bridge_gaps
from fitlab.skeletons import COCO17, H36M17

_CHUNK = 2048  # output frames per pass: layers of 1024 channels then stay in the cache, and memory under 100 MB
_FACE = len(("nose", "left_eye", "right_eye", "left_ear", "right_ear"))


class Lifter:
    """Lifts a person's 2D joints to 3D with a temporal network.

    Parameters
    ----------
    network : TemporalNetwork
        From COCO-17 to Human3.6M-17.
    name : str
        Written to the history of what it lifts.
    device : str
        ``"cpu"``, ``"cuda"`` ...
    flip : bool
        Also lift the mirrored person and average, as section 5 of Pavllo et al. (2019) does: twice
        the work for some 1 to 2 % less error.
    """

    def __init__(self, network: TemporalNetwork, name: str = "lifter", device: str = "cpu", flip: bool = True) -> None:
        if (network.joints_in, network.joints_out) != (len(COCO17), len(H36M17)):
            raise InputError(
                f"lifter {name!r} must turn 17 COCO joints into 17 Human3.6M joints, got {network.joints_in} and "
                f"{network.joints_out}; choose a checkpoint made for detected COCO keypoints"
            )
        self.network = network.to(device).eval()
        self.name, self.device, self.flip = name, torch.device(device), flip

    def __call__(self, seq: PoseSequence) -> PoseSequence:
        """Lifts a sequence in image space.

        Parameters
        ----------
        seq : PoseSequence (image)
            With ``image_size``; in COCO-17 or a layout that converts to it.  Missing joints are
            bridged by straight lines before lifting.

        Returns
        -------
        PoseSequence (camera, H36M17)
            Metres, x right, y down, z forward, relative to the pelvis.  A joint that was not seen
            keeps confidence 0; frames in which fewer than half of the body's joints were seen are
            missing.

        Raises
        ------
        InputError
            If the sequence is not in image space, has no ``image_size`` or shows nobody.
        """
        if seq.space != "image":
            raise InputError(f"poses to lift must be in image space, got {seq.space} space; they are 3D already")
        if seq.image_size is None:
            raise InputError(
                "poses to lift must have image_size, got none: pixels mean nothing without the size of the picture; "
                "pass image_size=(width, height) of the video"
            )
        coco = seq.to(COCO17)
        keypoints = screen_coordinates(_bridged(coco), seq.image_size)
        joints = self.lift(keypoints)
        seen = (~coco.missing[:, _FACE:]).mean(axis=1) >= 0.5
        joints[~seen] = np.nan
        confidence = coco.to(H36M17).confidence
        flipped = ", flip" if self.flip else ""
        return seq.replace(
            f"lift({self.name}{flipped})", positions=joints, confidence=confidence, skeleton=H36M17, space="camera"
        )

    def lift(self, keypoints: np.ndarray) -> np.ndarray:
        """(T, 17, 2) normalised COCO joints -> float32 (T, 17, 3) metres; the ends are padded with their frames."""
        margin = self.network.receptive_field // 2
        padded = np.pad(keypoints.astype(np.float32), ((margin, margin), (0, 0), (0, 0)), mode="edge")
        parts = [
            self._lift(torch.from_numpy(padded[start : start + _CHUNK + 2 * margin]))
            for start in range(0, len(keypoints), _CHUNK)
        ]
        joints = torch.cat(parts).cpu().numpy()
        return joints - joints[:, :1]  # checkpoints are free to let the pelvis float by a little

    @torch.inference_mode()
    def _lift(self, window: Tensor) -> Tensor:
        batch = window[None].to(self.device)
        if self.flip:
            batch = torch.cat([batch, mirrored(batch, COCO17.mirror)])
        joints = self.network(batch)  # (1 or 2, T, 17, 3)
        if self.flip:
            joints = torch.stack([joints[0], mirrored(joints[1], H36M17.mirror)]).mean(0, keepdim=True)
        return joints[0]


def load_lifter(name_or_path: str | Path = "fitness", device: str = "cpu", flip: bool = True) -> Lifter:
    """A lifter by name ("fitness", "synthetic") or from a file, see :func:`fitlab.lifting.weights.load_network`.

    Raises InputError when there is no such lifter or the file holds none.
    """
    return Lifter(load_network(name_or_path), name=Path(name_or_path).stem, device=device, flip=flip)


def screen_coordinates(pixels: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Pixels (..., 2) -> VideoPose3D's coordinates: x in [-1, 1] over the width, y at the same scale, centre 0."""
    width, height = image_size
    return (pixels * 2 - np.array([width, height])) / width


def mirrored(joints: Tensor, permutation: tuple[int, ...]) -> Tensor:
    """The mirrored person: (..., K, D) with x negated and left and right exchanged."""
    swapped = joints[..., list(permutation), :].clone()
    swapped[..., 0] *= -1
    return swapped


def _bridged(seq: PoseSequence) -> np.ndarray:
    """(T, 17, 2) without gaps: straight lines between seen frames, held at the ends.

    A joint that is never seen lies where its parent does: the network has to have some value.
    """
    filled = bridge_gaps(np.where(seq.missing[..., None], np.nan, seq.positions))
    seen = ~seq.missing
    if not seen[:, _FACE:].any():
        raise InputError("poses to lift must show a person, got no joint of the body in any frame; check the detection")
    never = [k for k in range(len(COCO17)) if not seen[:, k].any()]
    body = np.array([k for k in range(_FACE, len(COCO17)) if k not in never])
    for k in never:
        near = k
        while near in never:
            near = COCO17.parents[near]
            if near == -1:
                break
        filled[:, k] = filled[:, near] if near != -1 else filled[:, body].mean(axis=1)
    return filled
