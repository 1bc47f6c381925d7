"""Whole-sequence lifting against one window per frame: python -m tests.bench.bench_lifter [--channels 256] ..."""

import argparse
import time

import numpy as np
import torch

from fitlab.lifting import Lifter, TemporalNetwork

FRAMES, BATCH = 10_000, 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--widths", type=int, nargs="+", default=[3, 3, 3, 3, 3], help="default: VideoPose3D's")
    parser.add_argument("--channels", type=int, default=1024)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--sample", type=int, default=512, help="frames that the one-window form is timed on")
    chosen = parser.parse_args()
    torch.manual_seed(0)
    lifter = Lifter(TemporalNetwork(17, 17, chosen.widths, chosen.channels), device=chosen.device, flip=False)
    width = lifter.network.receptive_field
    keypoints = np.random.default_rng(0).normal(0, 0.3, (FRAMES, 17, 2)).astype(np.float32)

    lifter.lift(keypoints[:500])  # warm up
    start = time.perf_counter()
    whole = lifter.lift(keypoints)
    whole_rate = FRAMES / (time.perf_counter() - start)

    padded = torch.from_numpy(np.pad(keypoints, ((width // 2, width // 2), (0, 0), (0, 0)), mode="edge"))
    windows = padded.unfold(0, width, 1).permute(0, 3, 1, 2)  # (T, W, 17, 2)
    rates, errors = {}, {}
    for name, network in (("dilated", lifter.network), ("strided", lifter.network.middle_frame)):
        start, parts = time.perf_counter(), []
        with torch.inference_mode():
            for first in range(0, chosen.sample, BATCH):
                parts.append(network(windows[first : first + BATCH].to(chosen.device))[:, 0].cpu())
        rates[name] = chosen.sample / (time.perf_counter() - start)
        joints = torch.cat(parts).numpy()
        errors[name] = np.abs(joints - joints[:, :1] - whole[: chosen.sample]).max()

    print(f"network: {width} frames, {chosen.channels} channels; {torch.get_num_threads()} threads, {chosen.device}")
    print(f"whole sequence of {FRAMES} frames        {whole_rate:10.0f} poses/s")
    for name, rate in rates.items():
        print(
            f"one window per frame, batch {BATCH}, {name}  {rate:7.0f} poses/s   ratio {whole_rate / rate:6.1f}   "
            f"largest difference {errors[name]:.1e} m"
        )


if __name__ == "__main__":
    main()
