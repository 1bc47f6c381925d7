"""Batches are a pure function of their seed; recordings keep their split; the fallback says so."""

import numpy as np
import pytest
import torch

from fitlab.datasets.lifting_protocol import virtual_cameras
from fitlab.errors import InputError
from fitlab.training import lifter_data
from fitlab.training.lifter_data import LifterData, MixedMotion, RecordedMotion
from fitlab.training.lifter_motion import RandomMotion
from fitlab.training.lifter_recordings import (
    PAIR_MIRROR,
    Recording,
    found_recordings,
    studio_recordings,
    write_recordings,
)
from fitlab.training.lifter_views import DetectorNoise, RandomCameras


def recording(name="a", part="train", group="m01", frames=90, fps=30.0, seed=0):
    clip = RandomMotion(frames, (fps, fps))(1, torch.Generator().manual_seed(seed))[0].numpy()
    return Recording(name, group, part, fps, clip)


@pytest.fixture
def recorded(tmp_path):
    path = tmp_path / "recordings.npz"
    parts = ("train", "train", "validation", "test")
    write_recordings([recording(f"r{n}", part, f"m{n:02d}", seed=n) for n, part in enumerate(parts)], path)
    return path


def data(recordings, **changed):
    arguments = {"widths": (3, 3, 3), "batch_size": 16, "random_share": 0.5, "limit": 32, **changed}
    return LifterData(cameras=RandomCameras(), noise=DetectorNoise(), recordings=str(recordings), **arguments)


def test_recordings_survive_the_file_to_the_millimetre(tmp_path):
    ones = [recording("a", seed=1), recording("b", "test", "CMU", frames=7, fps=60.0, seed=2)]
    write_recordings(ones, tmp_path / "r.npz")
    for one, again in zip(ones, found_recordings(tmp_path / "r.npz"), strict=True):
        assert (one.name, one.group, one.part, one.fps) == (again.name, again.group, again.part, again.fps)
        np.testing.assert_allclose(one.joints, again.joints, atol=0.00051)


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    write_recordings([recording()], tmp_path / "whole.npz")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:-100])
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    (tmp_path / "empty.npz").touch()
    for name in ("other", "cut", "array", "empty"):
        with pytest.raises(InputError, match="write_recordings"):
            found_recordings(tmp_path / f"{name}.npz")


def test_the_protocol_is_read_from_the_folder_of_real_data(real_data, monkeypatch):
    """All of it takes half a minute: one movement of one subject per part is enough here."""
    import fitlab.datasets.lifting_protocol as protocol

    monkeypatch.setattr(
        protocol, "SPLIT", {"train": (("s01",), ()), "validation": ((), ("13_30",)), "test": (("s08",), ())}
    )
    monkeypatch.setattr(protocol.uiprmd, "MOVEMENTS", {"m01": "deep squat"})
    found = found_recordings(real_data)
    assert {(r.part, r.group) for r in found} == {("train", "m01"), ("validation", "CMU"), ("test", "m01")}
    for one in found:
        assert one.fps == 30
        assert np.isfinite(one.joints).all()
        assert one.joints[..., 2].min() > -0.3


def test_recorded_motion_at_its_own_rate_is_the_recording():
    one = recording(frames=200)
    motion = RecordedMotion([one], 31, fps=(30.0, 30.0))
    clips = motion(8, torch.Generator().manual_seed(0)).numpy()
    path = one.joints - one.joints[:, :1]
    plain, mirror = path, path[:, PAIR_MIRROR] * [-1, 1, 1]
    lengths = np.linalg.norm(clips[:, 15, 5] - clips[:, 15, 7], axis=-1) / np.linalg.norm(path[0, 5] - path[0, 7])
    assert ((lengths > 0.8) & (lengths < 1.25)).all()  # people of other heights
    for clip in clips:
        pose = clip[15] - clip[15, :1]
        spread = np.linalg.norm(pose) / np.linalg.norm(plain, axis=(1, 2))
        nearest = min(
            np.abs(pose - scale[:, None, None] * candidate).max(axis=(1, 2)).min()
            for scale in (spread,)
            for candidate in (plain, mirror - mirror[:, :1])
        )
        assert nearest < 0.12  # a pose of the recording, between two frames


def test_mixed_motion_keeps_its_share():
    class Constant:
        def __init__(self, value):
            self.value = value

        def __call__(self, clips, generator):
            return torch.full((clips, 2, 34, 3), self.value)

    clips = MixedMotion(Constant(0.0), Constant(1.0), 0.25)(40, torch.Generator())
    assert clips.mean() == pytest.approx(0.25)


def test_batches_follow_from_their_seed(recorded):
    module = data(recorded)
    module.setup()
    one, again, other = (module.on_after_batch_transfer(torch.tensor([seed]), 0) for seed in (3, 3, 4))
    assert one[0].shape == (16, 27, 17, 2)
    assert one[1].shape == (16, 17, 3)
    assert torch.equal(one[0], again[0])
    assert torch.equal(one[1], again[1])
    assert not torch.equal(one[0], other[0])


def test_the_target_is_the_middle_frame_of_the_window(recorded):
    """Without noise the target, projected, must lie on the window's middle frame up to depth: directions agree."""
    module = LifterData((3, 3, 3), 64, RandomCameras(), DetectorNoise(clean=1.0), str(recorded), 1.0)
    module.setup()
    windows, target = module.on_after_batch_transfer(torch.tensor([1]), 0)
    left_hip, right_hip = 11, 12
    seen = windows[:, :, left_hip] - windows[:, :, right_hip]  # (B, W, 2)
    true = (target[:, 4] - target[:, 1])[:, :2]
    agreement = torch.nn.functional.cosine_similarity(seen, true[:, None], dim=-1)
    assert agreement[:, 13].mean() > agreement[:, [0, -1]].mean()
    assert agreement[:, 13].median() > 0.98


def test_validation_is_always_the_same_and_has_its_own_people(recorded):
    one, again = (next(iter(ready(recorded).val_dataloader())) for _ in range(2))
    assert torch.equal(one[0], again[0])


def test_windows_to_validate_on_are_announced_while_they_are_made(recorded, monkeypatch):
    module, announced = ready(recorded), []
    monkeypatch.setattr(lifter_data, "progress", lambda items, what, **_: announced.append(what) or items)
    module.val_dataloader()
    assert announced == ["windows to validate on"]


def ready(recorded):
    module = data(recorded)
    module.setup()
    return module


def test_test_clips_are_seen_by_the_cameras_of_the_protocol(recorded):
    clips = ready(recorded).test_clips()
    assert [clip.slice for clip in clips[:3]] == ["m03"] * 3
    assert {clip.slice for clip in clips} == {"m03", "random motion"}
    camera = virtual_cameras(20_250_101, len(clips))[1]
    expected = camera.project(found_recordings(recorded)[3].joints[:, :17])
    np.testing.assert_allclose(clips[1].image.positions, expected, rtol=1e-4)


def test_without_real_data_random_motion_takes_its_place_and_a_line_says_so(tmp_path, capsys):
    module = data(tmp_path / "nowhere")
    module.setup()
    assert "synthesised motion instead" in capsys.readouterr().out
    assert {clip.slice for clip in module.test_clips()} == {"random motion"}
    assert module.on_after_batch_transfer(torch.tensor([3]), 0)[0].shape == (16, 27, 17, 2)


def test_the_studio_performs_the_exercises_in_turns():
    found = studio_recordings(3, 7, ["push_up", "squat"])
    assert [one.part for one in found] == [*["test"] * 2, *["validation"] * 2, *["train"] * 3]
    assert [one.group for one in found] == [f"studio, {name}" for name in ("push_up", "squat") * 3 + ("push_up",)]
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.joints.shape[1:] == (34, 3)
        assert np.isfinite(one.joints).all()
    lying, standing = (found[k].joints[:, :, 2].max() for k in (0, 1))
    assert lying < 1.0 < standing, "push-ups happen near the floor"
    np.testing.assert_array_equal(found[0].joints, studio_recordings(1, 7, ["push_up", "squat"])[0].joints)
    assert studio_recordings(0, 7) == []
