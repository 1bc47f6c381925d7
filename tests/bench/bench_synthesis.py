"""The studio: speed, what mistakes measure at each strength, and whether MoveNet thunder sees the person.

python -m tests.bench.bench_synthesis speed|mistakes|detector
"""

import sys
import time

import numpy as np

from fitlab.synthesis import Clip, make_clip, make_images


def speed() -> None:
    """Frames of 640x480 with labels and encoding, and labelled images of 256x256, in one process."""
    import tempfile

    from fitlab.synthesis import write_clip

    next(make_images(1))  # warm up
    clip = make_clip(seed=1, repetitions=2)
    wall, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        write_clip(clip, folder, "clip")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"clip 640x480: {len(clip) / wall:.1f} frames/s, {1000 * cpu / len(clip):.1f} ms of processor time a frame")
    wall, cpu = time.perf_counter(), time.process_time()
    number = sum(1 for _ in make_images(60, seed=1))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"images 256x256: {number / wall:.1f} images/s, {1000 * cpu / number:.0f} ms of processor time an image")


def mistakes() -> None:
    """Knee inward of the ankle (cm), thigh above the horizontal and trunk from vertical (deg), mean of five people."""
    print(f"{'mistake':<14} {'strength':>8} {'knee inward':>12} {'thigh':>8} {'trunk':>8}")
    for mistake in ("knees_inward", "too_shallow", "trunk_forward"):
        for strength in (0, 0.25, 0.5, 0.75, 1):
            values = [_measured(make_clip(seed=s, repetitions=2, mistakes={mistake: strength})) for s in range(5)]
            inward, thigh, trunk = np.mean(values, axis=0)
            print(f"{mistake:<14} {strength:>8} {inward:>9.1f} cm {thigh:>6.1f} ° {trunk:>6.1f} °")


def _measured(clip: Clip) -> tuple[float, float, float]:
    bottom, world = np.array(clip.phases) == "bottom", clip.world

    def elevation(vectors: np.ndarray) -> float:
        return float(np.degrees(np.arcsin(vectors[:, 2] / np.linalg.norm(vectors, axis=1)))[bottom].mean())

    sides = {"left": 1, "right": -1}
    inward = np.mean([s * (world[f"{k}_ankle"] - world[f"{k}_knee"])[bottom, 0].mean() for k, s in sides.items()])
    thigh = np.mean([elevation(world[f"{side}_hip"] - world[f"{side}_knee"]) for side in sides])
    return 100 * float(inward), float(thigh), 90 - elevation(world["thorax"] - world["pelvis"])


def detector() -> None:
    """OKS (over visible joints; area: box of the mesh) and pixel error of thunder in crops around the true box."""
    from fitlab.detectors import load_detector
    from fitlab.detectors.crops import crop_around, cut
    from fitlab.metrics import oks

    thunder = load_detector("movenet_thunder")
    print(f"{'view':>5} {'OKS':>6} {'mean px':>8} {'median px':>10} {'confidence':>11}   5 people x 10 frames, 640x480")
    for azimuth in (0, 45, 90):
        similarity, distance, confidence = [], [], []
        for seed in range(5):
            clip = make_clip(seed=seed, repetitions=1, azimuth_deg=azimuth)
            start, stop = clip.repetitions[0]
            frames = np.linspace(start - 20, stop, 10).astype(int)
            for frame, picture in zip(frames, clip.frames(frames), strict=True):
                outline = clip.camera.project(clip.vertices(frame))
                low, span = outline.min(axis=0), np.ptp(outline, axis=0)
                crop = crop_around((*low, *span), thunder.input_size)
                found, trust = thunder(cut(picture, crop)[None])
                found, true = crop.to_image(found[0]), clip.image.positions[frame].astype(float)
                distance.append(np.linalg.norm(found - true, axis=1))
                seen = clip.visible_at(frame)[:17]
                similarity.append(oks(found, np.where(seen[:, None], true, np.nan), float(span.prod())))
                confidence.append(trust.mean())
        print(
            f"{azimuth:>4}° {np.mean(similarity):>6.3f} {np.mean(distance):>8.1f} {np.median(distance):>10.1f} "
            f"{np.mean(confidence):>11.2f}"
        )


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["speed", "mistakes", "detector"]
    for name in chosen:
        {"speed": speed, "mistakes": mistakes, "detector": detector}[name]()
