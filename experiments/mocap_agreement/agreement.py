"""How well do the Kinect and the Vicon recordings of UI-PRMD agree?

python experiments/mocap_agreement/agreement.py
"""

import os
from pathlib import Path

import numpy as np

from fitlab.datasets import uiprmd
from fitlab.datasets.face import as_h36m17
from fitlab.geometry import joint_angle, procrustes
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.signals import clean, resample_poses
from fitlab.skeletons import H36M17

ROOT = Path(os.environ.get("FITLAB_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
REPETITIONS = 3  # of ten
LARGEST_SHIFT_S = 0.8  # the two systems were cut into repetitions apart from each other
LEGS = [H36M17.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")]
REST = [k for k in range(len(H36M17)) if k not in LEGS]
MIRRORS = {
    "as named": lambda p: p,
    "mirrored": lambda p: p * (-1, 1, 1),
    "mirrored, sides swapped": lambda p: (p * (-1, 1, 1))[:, list(H36M17.mirror)],
}


def best_alignment(moving: np.ndarray, fixed: np.ndarray, fps: float) -> tuple[float, np.ndarray]:
    """Mean distance and per-joint distances (K,) after one rigid motion of the clip and the best shift in time."""
    best = (np.inf, np.full(fixed.shape[1], np.nan))
    for shift in range(-round(LARGEST_SHIFT_S * fps), round(LARGEST_SHIFT_S * fps) + 1):
        a, b = moving[max(0, shift) :], fixed[max(0, -shift) :]
        frames = min(len(a), len(b))
        if frames < fps:
            continue
        a, b = a[:frames], b[:frames]
        rigid = procrustes(a[:, REST].reshape(-1, 3), b[:, REST].reshape(-1, 3), scale=False)
        distance = np.linalg.norm(rigid.apply(a) - b, axis=-1)
        if np.nanmean(distance[:, REST]) < best[0]:
            best = (float(np.nanmean(distance[:, REST])), np.nanmean(distance, axis=0))
    return best


def prepared(seq: PoseSequence) -> np.ndarray:
    """Cleaned joints at 30 fps in Human3.6M's layout, (T, 17, 3)."""
    return as_h36m17(resample_poses(clean(seq), 30.0)).positions.astype(np.float64)


def knee_bend(seq: PoseSequence) -> float:
    """Deepest bend of the left knee in degrees."""
    return 180 - float(np.nanmin(joint_angle(seq["left_hip"], seq["left_knee"], seq["left_ankle"])))


def main() -> None:
    """Prints the tables of the README."""
    pairs = [(m, s) for m in uiprmd.MOVEMENTS for s in uiprmd.SUBJECTS if (m, s) != ("m03", "s03")]
    errors: dict[str, dict[str, list[float]]] = {m: {name: [] for name in MIRRORS} for m in uiprmd.MOVEMENTS}
    joints: dict[str, list[np.ndarray]] = {m: [] for m in uiprmd.MOVEMENTS}
    for movement, subject in progress(pairs, "recordings", unit="subject"):
        kinds = (uiprmd.load(ROOT, movement, subject, kind)[:REPETITIONS] for kind in ("kinect", "vicon"))
        for kinect, vicon in zip(*kinds, strict=True):
            moving, fixed = prepared(kinect), prepared(vicon)
            for name, mirror in MIRRORS.items():
                error, per_joint = best_alignment(mirror(moving), fixed, 30.0)
                errors[movement][name].append(error)
                if name == "as named":
                    joints[movement].append(per_joint)
    print(f"| movement | {' | '.join(MIRRORS)} | knees and ankles |\n|---|{'---|' * (len(MIRRORS) + 1)}")
    for movement, found in errors.items():
        cells = [f"{1000 * np.mean(values):.0f}" for values in found.values()]
        cells.append(f"{1000 * np.nanmean([per_joint[LEGS] for per_joint in joints[movement]]):.0f}")
        print(f"| {movement} {uiprmd.MOVEMENTS[movement]} | {' | '.join(cells)} |")
    overall = 1000 * np.nanmean([per_joint for found in joints.values() for per_joint in found], axis=0)
    print("\n" + ", ".join(f"{joint} {value:.0f}" for joint, value in zip(H36M17.joints, overall, strict=True)))

    print("\n| subject | knee bend Vicon | Kinect | ankle rises Vicon, mm | Kinect |\n|---|---|---|---|---|")
    for subject in uiprmd.SUBJECTS:
        cells = {}
        for kind in ("vicon", "kinect"):
            squats = uiprmd.load(ROOT, "m01", subject, kind)
            bend = np.median([knee_bend(seq) for seq in squats])
            rise = np.median([np.nanmax(h) - np.nanmin(h) for h in (seq["left_ankle"][:, 2] for seq in squats)])
            cells[kind] = (f"{bend:.0f}", f"{1000 * rise:.0f}")
        print(f"| {subject} | {' | '.join(cells[kind][column] for column in (0, 1) for kind in ('vicon', 'kinect'))} |")


if __name__ == "__main__":
    main()
