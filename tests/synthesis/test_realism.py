"""A detector trained on photographs must see a person in what the studio draws."""

import numpy as np
import pytest

from fitlab.detectors import load_detector
from fitlab.detectors.crops import crop_around, cut
from fitlab.metrics import oks
from fitlab.synthesis import make_clip


@pytest.mark.parametrize("azimuth", [0, 45, 90])
def test_movenet_finds_the_joints(azimuth):
    thunder = load_detector("movenet_thunder")
    clip = make_clip(seed=1, repetitions=1, azimuth_deg=azimuth, fps=15, size=(480, 360))
    frames = [2, clip.phases.index("bottom") + 1]
    for frame, picture in zip(frames, clip.frames(frames), strict=True):
        outline = clip.camera.project(clip.vertices(frame))
        crop = crop_around((*outline.min(axis=0), *np.ptp(outline, axis=0)), thunder.input_size)
        found = crop.to_image(thunder(cut(picture, crop)[None])[0][0])
        true = np.where(clip.visible_at(frame)[:17, None], clip.image.positions[frame], np.nan)
        assert oks(found, true, float(np.ptp(outline, axis=0).prod())) > 0.85
