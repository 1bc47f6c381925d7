import json
from collections import Counter

import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis.benchmark import MANIFEST, VIEWS, FitBench, compare, freeze
from fitlab.synthesis.card import made_with
from fitlab.synthesis.clip_files import frame_hash, labels_digest, motion_arrays, sidecar
from fitlab.synthesis.dataset import write_dataset
from fitlab.synthesis.script import load_motion, motion_files


def test_every_exercise_right_and_with_each_mistake():
    bench = FitBench()
    expected = [f"{name}-{how}" for name in motion_files() for how in ("right", *load_motion(name).mistakes)]
    assert list(bench.performances) == expected
    assert set(bench.parts.values()) == {4}
    assert len(VIEWS) == 4
    assert {size for _, size in VIEWS.values()} == {(448, 336), (336, 448)}


def test_mistakes_are_strong_and_the_right_form_has_none():
    clips = FitBench(fps=5).clips("squat-too_shallow")
    for clip in clips.values():
        assert clip.exercise == "squat"
        assert len(clip.mistakes) == 2
        assert all(list(made) == ["too_shallow"] and 0.5 <= made["too_shallow"] <= 1 for made in clip.mistakes)
    assert FitBench(fps=5).clips("squat-right")["front"].mistakes == ({}, {})


def test_four_cameras_see_one_performance():
    clips = FitBench(fps=5).clips("squat-right")
    front, side = clips["front"], clips["side"]
    np.testing.assert_array_equal(front.world.positions, side.world.positions)
    facing = {
        name: clip.camera.position[:2] @ (0, -1) / np.linalg.norm(clip.camera.position[:2])
        for name, clip in clips.items()
    }
    assert facing["front"] > 0.9 > facing["oblique"] > 0.4 > abs(facing["side"])
    assert facing["behind"] < -0.5


def test_clips_do_not_depend_on_what_else_there_is():
    some, all_of_them = FitBench(fps=5, exercises=["squat"]), FitBench(fps=5)
    one, other = (bench.clips("squat-right")["side"] for bench in (some, all_of_them))
    np.testing.assert_array_equal(one.image.positions, other.image.positions)
    assert FitBench(fps=5, seed=1).clips("squat-right")["side"].image.positions.shape != one.image.positions.shape


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A finished benchmark of one performance, and its manifest."""
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FitBench, "performances", ("squat-right",))
        card = write_dataset(FitBench(fps=4, repetitions=1, exercises=["squat"]), folder / "set", 1)
    assert freeze(folder / "set", folder / "manifest.json") == 4
    return folder, card


def test_the_card_counts_clips_and_frames(small):
    folder, card = small
    told = [json.loads(path.read_text()) for path in folder.glob("set/clips/*/*.json")]
    assert (card.samples, card.unit, card.exercises, card.mistakes) == (4, "clip", {"squat": 4}, {})
    frames = Counter()
    for clip in told:
        frames.update(clip["slices"])
    assert card.slices == {name: count for name, count in frames.items() if count}


def test_what_was_frozen_agrees(small):
    folder, _ = small
    found = compare(folder / "set", folder / "manifest.json")
    assert (found.clips, found.labels, found.frames, found.unknown) == (4, (), (), ())
    assert str(found) == "FitBench-S: labels and pictures of all 4 clips agree with the manifest"


def test_what_was_frozen_can_be_drawn_again(small):
    folder, _ = small
    check(json.loads((folder / "manifest.json").read_text()), ["squat-right/oblique"])


def test_differences_are_told(small):
    folder, _ = small
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["clips"]["squat-right/side"]["frames_sha256"] = "other"
    manifest["clips"]["squat-right/front"]["labels_sha256"] = "other"
    del manifest["clips"]["squat-right/behind"]
    (folder / "other.json").write_text(json.dumps(manifest))
    found = compare(folder / "set", folder / "other.json")
    assert (found.labels, found.frames) == (("squat-right/front",), ("squat-right/side",))
    assert found.unknown == ("squat-right/behind",)
    assert "pictures: 1 differ (squat-right/side)" in str(found)
    assert "nothing is frozen" in str(compare(folder / "set", folder / "no.json"))


def test_only_what_is_whole_is_frozen(small, tmp_path):
    with pytest.raises(InputError, match="finished data set"):
        freeze(tmp_path, tmp_path / "manifest.json")
    folder, _ = small
    labels = folder / "set" / "clips" / "squat-right" / "side.npz"
    before = labels.read_bytes()
    try:
        labels.write_bytes(b"")
        with pytest.raises(InputError, match="squat-right changed"):
            freeze(folder / "set", tmp_path / "manifest.json")
    finally:
        labels.write_bytes(before)
    assert not (tmp_path / "manifest.json").exists()


def check(manifest, names):
    """Draws a few frames of clips anew, and holds them and the motion against the manifest."""
    config = manifest["config"]
    bench = FitBench(config["seed"], config["fps"], config["repetitions"], config["exercises"])
    for name in names:
        performance, _, view = name.partition("/")
        clip, frozen = bench.clips(performance)[view], manifest["clips"][name]
        assert len(clip) == frozen["frames"]
        assert labels_digest(motion_arrays(clip), sidecar(clip)) == frozen["motion_sha256"], name
        probes = {int(frame): digest for frame, digest in frozen["probes"].items()}
        drawn = dict(zip(probes, map(frame_hash, clip.frames(list(probes))), strict=True))
        assert drawn == probes, name


def test_the_frozen_benchmark_is_drawn_again():
    """Three clips of it; where it was frozen with other versions or on another kind of machine, nothing is promised."""
    if not MANIFEST.exists():
        pytest.skip("FitBench-S is not frozen yet: python -m fitlab.synthesis.benchmark FOLDER")
    manifest = json.loads(MANIFEST.read_text())
    if manifest["made_with"] != made_with():
        pytest.skip(f"FitBench-S was frozen with {manifest['made_with']}, here is {made_with()}")
    check(manifest, sorted(manifest["clips"])[5 :: len(manifest["clips"]) // 3][:3])


@pytest.mark.parametrize("given", [{"fps": 0.0}, {"repetitions": 0}, {"exercises": ["flying"]}])
def test_what_cannot_be_made(given):
    with pytest.raises(InputError, match="must be"):
        FitBench(**given)
