"""Draws docs/pictures/retargeting.jpg: recorded movements, the body that follows them, the recorded joints over it.

    python experiments/retargeting/picture.py

Needs the recorded data (``FITLAB_REAL_DATA``, default ``../shared/data``) and a minute on one core.
"""

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from fitlab.datasets import cmu, uiprmd
from fitlab.files import written_whole
from fitlab.geometry import Camera
from fitlab.poses import PoseSequence, join
from fitlab.progress import progress
from fitlab.signals import resample_poses
from fitlab.synthesis.film import Film
from fitlab.synthesis.fit_shape import fit_body
from fitlab.synthesis.retarget import Retargeted, retarget
from fitlab.synthesis.scene import draw_scene

PICTURE = Path(__file__).parents[2] / "docs/pictures/retargeting.jpg"
SIZE, ACROSS = (250, 320), 6
YELLOW = (255, 214, 10)
# What, of whom, how far through the clip, and from where it is seen: degrees from the front to the person's right.
TILES = (
    ("deep squat", "s02", "m01", 0.5, 80),
    ("hurdle step", "s05", "m02", 0.5, 35),
    ("inline lunge", "s01", "m03", 0.5, 80),
    ("side lunge", "s04", "m04", 0.5, 10),
    ("sit to stand", "s05", "m05", 0.5, 70),
    ("leg raise", "s06", "m06", 0.5, 60),
    ("jumping jack", "13_29", "JumpJack", 0.35, 10),
    ("toe touch", "13_29", "ToeTouchOneHand", 0.22, 60),
    ("knee raise", "14_14", "KneeRaise", 0.35, 75),
    ("jog", "14_14", "Jog", 0.5, 80),
    ("squat", "13_30", "Squat", 0.28, 70),
    ("scaption", "s07", "m10", 0.5, 30),
)


def main() -> None:
    """Retargets, films and writes."""
    root = Path(os.environ.get("FITLAB_REAL_DATA", "../shared/data"))
    tiles = []
    for number, (name, who, what, share, azimuth) in enumerate(progress(TILES, "drawing", unit="picture")):
        recording, known = _recording(root, who, what)
        result = retarget(recording, fit_body(known))
        frame = round(share * (len(recording) - 1))
        tiles.append(_tile(recording, result, frame, azimuth, name, number))
    rows = [np.concatenate(tiles[start : start + ACROSS], axis=1) for start in range(0, len(tiles), ACROSS)]
    with written_whole(PICTURE) as partial:
        sheet = cv2.cvtColor(np.concatenate(rows), cv2.COLOR_RGB2BGR)
        partial.write_bytes(cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 76])[1].tobytes())


def _recording(root: Path, who: str, what: str) -> tuple[PoseSequence, PoseSequence]:
    """The clip, and something longer of the same person."""
    if who.startswith("s"):
        everything = [uiprmd.load(root, movement, who, "vicon")[1] for movement in ("m01", "m02", "m05", "m07", what)]
        return everything[-1], join(everything)
    trial, segments = cmu.load(root, who)
    segment = next(segment for segment in segments if segment.action == what)
    return resample_poses(trial[segment.start : min(segment.stop, segment.start + 600)], 60.0), trial


def _tile(recording: PoseSequence, result: Retargeted, frame: int, azimuth: float, name: str, seed: int) -> np.ndarray:
    motion, rng = result.performance.motion, np.random.default_rng(40 + seed)
    forward = -motion.rotations[0, 0, :2, 1]
    ahead = np.degrees(np.arctan2(forward[1], forward[0])) - azimuth
    heads = motion.heads[frame, :, :2]
    middle = np.array([*(heads.min(axis=0) + heads.max(axis=0)) / 2, 0.86])
    eye = middle + 3.4 * np.array([*np.cos(np.radians([ahead, ahead - 90])), 0.06])
    camera = Camera.looking_at(eye, middle, focal_px=1.45 * SIZE[1], size=SIZE)
    scene = draw_scene(rng, result.body, camera, motion, fps=recording.fps)
    with Film(result.body, camera, rng, replace(scene, standing=(), passer=None, fps=recording.fps)) as film:
        picture = film.shoot(motion, frame).image.copy()
    seen = camera.project(recording.positions[frame].astype(float))
    dots = [tuple((point * 16).round().astype(int).tolist()) if np.isfinite(point).all() else None for point in seen]
    for start, end in recording.skeleton.bones:
        if dots[start] is not None and dots[end] is not None:
            cv2.line(picture, dots[start], dots[end], YELLOW, 1, cv2.LINE_AA, shift=4)
    for dot in dots:
        if dot is not None:
            cv2.circle(picture, dot, 16 * 3, (20, 20, 20), -1, cv2.LINE_AA, shift=4)
            cv2.circle(picture, dot, 16 * 2, YELLOW, -1, cv2.LINE_AA, shift=4)
    picture[-20:] //= 3
    cv2.putText(picture, name, (8, SIZE[1] - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return picture


if __name__ == "__main__":
    main()
