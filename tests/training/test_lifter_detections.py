"""Windows of detected clips lie where the clips are; their mirror images too; films are made once."""

import numpy as np
import pytest
import torch

from fitlab.lifting.lifter import screen_coordinates
from fitlab.lifting.scoring import LiftingClip
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17
from fitlab.training.lifter_data import LifterData
from fitlab.training.lifter_detections import SLICE, DetectedWindows, Detections
from fitlab.training.lifter_views import DetectorNoise, RandomCameras

SIZE = (640, 480)


def clip(frames=40, fps=20.0, seed=0):
    """Joints that move on straight lines, so that between two frames they are half-way; the target is the frame."""
    rng = np.random.default_rng(seed)
    start, speed = rng.uniform(100, 400, (17, 2)), rng.uniform(-2, 2, (17, 2))
    pixels = start + np.arange(frames)[:, None, None] * speed
    target = np.zeros((frames, 17, 3), np.float32)
    target[..., 2] = np.arange(frames)[:, None]
    target[:, 1, 0] = 1.0  # right hip: tells a mirrored window
    image = PoseSequence(pixels.astype(np.float32), fps, COCO17, "image", image_size=SIZE)
    return LiftingClip(f"clip {seed}", SLICE, image, PoseSequence(target, fps, H36M17, "camera"))


def windows_of(clips, count=64, width=9, fps=(20.0, 20.0), seed=0):
    return DetectedWindows(clips, width, fps)(count, torch.Generator().manual_seed(seed))


def test_a_window_at_the_clips_own_rate_is_a_stretch_of_it_at_another_focal_length():
    one = clip()
    path = screen_coordinates(one.image.positions, SIZE)
    for keypoints, target in zip(*(part.numpy() for part in windows_of([one])), strict=True):
        middle, mirrored = round(float(target[0, 2])), bool(target[4, 0] == -1)
        assert mirrored != bool(target[1, 0] == 1)
        at = np.clip(np.arange(middle - 4, middle + 5), 0, len(path) - 1)  # held at the ends, as the lifter does it
        expected = path[at]
        if mirrored:
            expected = expected[:, COCO17.mirror] * [-1, 1]
        focal = np.abs(keypoints).sum() / np.abs(expected).sum()
        assert 0.9 <= focal <= 1.1
        np.testing.assert_allclose(keypoints, focal * expected, atol=1e-5)


def test_seen_at_twice_the_rate_joints_move_half_as_far():
    one = clip(frames=200)
    keypoints, target = windows_of([one], fps=(40.0, 40.0))
    inner = (target[:, 0, 2] > 10) & (target[:, 0, 2] < 190)
    steps = (keypoints[inner, 1:] - keypoints[inner, :-1]).norm(dim=-1).numpy()
    speed = np.linalg.norm(np.diff(screen_coordinates(one.image.positions[:2], SIZE), axis=0)[0], axis=-1)
    share = np.sort(steps.mean(axis=1), axis=1) / np.sort(speed)  # sorted: mirroring exchanges joints
    assert share.min() > 0.9 / 2 - 1e-3
    assert share.max() < 1.1 / 2 + 1e-3


def test_the_same_seed_gives_the_same_windows_and_long_clips_come_as_often_as_they_are_long():
    clips = [clip(20, seed=1), clip(180, seed=2)]
    one, again, other = (windows_of(clips, count=2000, seed=seed) for seed in (3, 3, 4))
    assert torch.equal(one[0], again[0])
    assert torch.equal(one[1], again[1])
    assert not torch.equal(one[0], other[0])
    late = (one[1][:, 0, 2] >= 20).float().mean()  # frames that only the long one has
    assert late == pytest.approx(0.8, abs=0.04)


class Known:
    """Detections that are there already."""

    def load(self, limit):
        return [clip(30, seed=number) for number in range(20)][:limit]


def data(**changed):
    arguments = {"widths": (3, 3), "batch_size": 20, "random_share": 1.0, "limit": 40, **changed}
    return LifterData(cameras=RandomCameras(), noise=DetectorNoise(), recordings="nowhere", **arguments)


def test_batches_hold_their_share_and_a_tenth_of_the_clips_is_kept_for_the_test():
    mixed = data(detections=Known(), detected_share=0.4)
    mixed.setup()
    keypoints, target = mixed.on_after_batch_transfer(torch.tensor([5]), 0)
    assert (len(keypoints), len(target)) == (20, 20)
    detected = target[:, 0, 2] == target[:, 5, 2]  # all joints of these clips have one depth
    assert detected.sum() == 8
    assert [found.name for found in mixed.test_clips() if found.slice == SLICE] == ["clip 0", "clip 10"]
    windows, true = next(iter(mixed.val_dataloader()))
    assert len(windows) == 40 + 16
    assert (true[:, 0, 2] == true[:, 5, 2]).sum() == 16


def test_without_detections_there_is_no_share_of_them():
    plain = data(detected_share=0.4)
    plain.setup()
    keypoints, _ = plain.on_after_batch_transfer(torch.tensor([5]), 0)
    assert len(keypoints) == 20
    assert not [found for found in plain.test_clips() if found.slice == SLICE]


def test_a_film_is_detected_once_and_kept_with_the_truth(tmp_path, monkeypatch):
    short = next(n for n in range(112) if n * 37 % 112 == 40)  # high knees: three seconds
    made = []
    monkeypatch.setattr(
        "fitlab.training.lifter_detections.make_parts",
        lambda maker, parts, targets, workers, unit: [
            (made.append(name), targets[name].mkdir(), maker.write_part(name, targets[name], lambda: None))
            for name in parts
        ],
    )
    monkeypatch.setattr(Detections, "names", lambda self: [f"{short:05d}"])
    films = Detections(1, tmp_path, "movenet_lightning", "once")
    [found] = films.load()
    [again] = films.load()
    assert made == [f"{short:05d}"]
    np.testing.assert_array_equal(found.image.positions, again.image.positions)
    assert found.camera.positions.shape == (len(found.image), 17, 3)
    assert np.abs(found.camera.positions[:, 0]).max() == 0  # relative to the pelvis
    # The detected person is where the true one is: hips and knees lie above each other as they do in the truth.
    hips, knees = (found.image.positions[:, found.image.skeleton.index(f"left_{j}"), 1] for j in ("hip", "knee"))
    true = found.camera.positions[..., 1]
    apart, truly = knees - hips, true[:, H36M17.index("left_knee")] - true[:, H36M17.index("left_hip")]
    seen = np.isfinite(apart)
    assert np.corrcoef(apart[seen], truly[seen])[0, 1] > 0.7
    assert films.fingerprint() != Detections(1, tmp_path, "movenet_lightning", "in_doubt").fingerprint()
