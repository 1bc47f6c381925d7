import copy
import json
import shutil
from collections import Counter

import numpy as np
import pytest

from fitlab.cli import main
from fitlab.errors import InputError, SetupError
from fitlab.synthesis import manifest as manifests
from fitlab.synthesis.benchmark import FitBench
from fitlab.synthesis.card import made_with
from fitlab.synthesis.clip_files import frame_hash, labels_digest, motion_arrays, sidecar, write_clip
from fitlab.synthesis.dataset import write_dataset
from fitlab.synthesis.manifest import MANIFEST, Agreement, compare, demand, freeze

BENCH = {"fps": 4.0, "repetitions": 1, "exercises": ["squat"]}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The folder of a finished benchmark of one performance, its card and its manifest."""
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FitBench, "performances", ("squat-right",))
        card = write_dataset(FitBench(**BENCH), folder / "set", 1)
    assert freeze(folder / "set", folder / "manifest.json") == 4
    return folder, card, json.loads((folder / "manifest.json").read_text())


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.setattr(FitBench, "performances", ("squat-right",))
    return FitBench(**BENCH)


@pytest.fixture
def held(bench, tmp_path):
    """Compares a folder with a manifest."""

    def compared(folder, content):
        (tmp_path / "manifest.json").write_text(json.dumps(content))
        return compare(bench, folder, tmp_path / "manifest.json")

    return compared


def test_the_card_counts_clips_and_frames(small):
    folder, card, _ = small
    told = [json.loads(path.read_text()) for path in folder.glob("set/clips/*/*.json")]
    assert (card.samples, card.unit, card.exercises, card.mistakes) == (4, "clip", {"squat": 4}, {})
    frames = Counter()
    for clip in told:
        frames.update(clip["slices"])
    assert card.slices == {name: count for name, count in frames.items() if count}


def test_what_was_frozen_agrees(small, held):
    folder, _, frozen = small
    found = held(folder / "set", frozen)
    assert found == Agreement(4)
    assert str(found) == "FitBench-S: labels and pictures of all 4 clips agree with the manifest"
    demand(found)


def test_what_was_frozen_can_be_drawn_again(small):
    check(small[2], ["squat-right/oblique"])


def test_every_difference_is_told_by_name(small, held, tmp_path):
    folder, _, frozen = small
    other = copy.deepcopy(frozen)
    other["clips"]["squat-right/side"]["frames_sha256"] = "other"
    other["clips"]["squat-right/front"]["labels_sha256"] = "other"
    del other["clips"]["squat-right/behind"]
    found = held(folder / "set", other)
    expected = Agreement(3, (), ("squat-right/front",), ("squat-right/side",), ("squat-right/behind",))
    assert found == expected
    assert str(found).splitlines() == [
        "FitBench-S: 2 of 3 clips do not agree with the manifest",
        "  labels differ: 1 (squat-right/front)",
        "  pictures differ: 1 (squat-right/side)",
        "  not in the manifest: 1 (squat-right/behind)",
    ]
    with pytest.raises(SetupError, match="got 2 of 3 clips that are missing or differ, made with what it was frozen"):
        demand(found, tmp_path / "manifest.json")


def test_clips_that_are_not_there_are_missing(small, held, tmp_path):
    folder, _, frozen = small
    shutil.copytree(folder / "set", tmp_path / "set")
    clips = tmp_path / "set" / "clips" / "squat-right"
    (clips / "front.mp4").unlink()
    (clips / "side.npz").unlink()
    (clips / "behind.npz").write_bytes((clips / "behind.npz").read_bytes()[:1000])
    (clips / "oblique.json").write_text("{")
    found = held(tmp_path / "set", frozen)
    assert sorted(found.missing) == [f"squat-right/{view}" for view in ("behind", "front", "oblique", "side")]
    assert "4 of 4 clips do not agree" in str(found)
    with pytest.raises(SetupError, match="got 4 of 4"):
        demand(found)


@pytest.mark.parametrize("name", ["positions", "keypoints", "visibility"])
def test_labels_are_hashed_anew(small, held, tmp_path, name):
    """Whatever the sidecar says of them."""
    folder, _, frozen = small
    shutil.copytree(folder / "set", tmp_path / "set")
    path = tmp_path / "set" / "clips" / "squat-right" / "side.npz"
    with np.load(path) as file:
        arrays = {key: file[key] for key in file.files}
    arrays[name][3, 2] += 1
    np.savez_compressed(path, **arrays)
    found = held(tmp_path / "set", frozen)
    assert (found.missing, found.labels, found.pictures) == ((), ("squat-right/side",), ())


def test_other_arguments_are_another_benchmark(small, held):
    folder, _, frozen = small
    for key, value in (("seed", 1), ("fps", 5.0), ("repetitions", 2)):
        found = held(folder / "set", frozen | {"config": frozen["config"] | {key: value}})
        assert found == Agreement(0)
        assert "nothing is frozen of these clips" in str(found)
        demand(found)


def test_a_part_of_the_benchmark_is_held_against_that_part(small, held):
    folder, _, frozen = small
    clips = frozen["clips"] | {"plank-right/side": frozen["clips"]["squat-right/side"]}
    assert held(folder / "set", frozen | {"clips": clips}) == Agreement(4)


def test_other_versions_explain_differences_but_no_missing_clips(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps({"config": {}, "made_with": {"numpy": "0.1"}, "clips": {}}))
    note = demand(Agreement(4, labels=("squat-right/side",)), tmp_path / "m.json")
    assert note.startswith(f"made with numpy {np.__version__} instead of 0.1: last bits")
    with pytest.raises(SetupError, match=r"missing or differ, made with numpy .* instead of 0\.1; make them again"):
        demand(Agreement(4, missing=("squat-right/side",)), tmp_path / "m.json")


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize("same", [True, False])
def test_the_verb_fails_where_clips_differ(small, monkeypatch, capsys, same):
    folder, _, frozen = small
    content = copy.deepcopy(frozen)
    if not same:
        content["clips"]["squat-right/side"]["frames_sha256"] = "other"
    monkeypatch.setattr(manifests, "_read", lambda path: content)
    settings = [f"dataset.{key}={value}" for key, value in BENCH.items() if key != "exercises"]
    command = ["synth", "preset=benchmark", "dataset.exercises=[squat]", f"folder={folder / 'set'}", *settings]
    if same:
        main([*command, "workers=1"])
        assert "all 4 clips agree" in capsys.readouterr().out
    else:
        with pytest.raises(SystemExit) as exit_:
            main([*command, "workers=1"])
        printed = capsys.readouterr()
        assert exit_.value.code == 3
        assert "pictures differ: 1 (squat-right/side)" in printed.out
        assert "got 1 of 4 clips" in printed.err


@pytest.mark.usefixtures("bench")
def test_the_command_of_the_module(small, monkeypatch, capsys, tmp_path):
    folder, _, frozen = small
    monkeypatch.setattr(manifests, "_read", lambda path: frozen)
    manifests._main(["compare", str(folder / "set")])
    assert "all 4 clips agree" in capsys.readouterr().out
    broken = copy.deepcopy(frozen)
    broken["clips"]["squat-right/side"]["labels_sha256"] = "other"
    monkeypatch.setattr(manifests, "_read", lambda path: broken)
    with pytest.raises(SystemExit, match="got 1 of 4"):
        manifests._main(["compare", str(folder / "set")])
    assert "labels differ: 1 (squat-right/side)" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="finished data set"):
        manifests._main(["freeze", str(tmp_path)])
    with pytest.raises(SystemExit, match="usage"):
        manifests._main([str(folder / "set")])


def test_only_what_is_whole_is_frozen(small, tmp_path):
    with pytest.raises(InputError, match="finished data set"):
        freeze(tmp_path, tmp_path / "manifest.json")
    shutil.copytree(small[0] / "set", tmp_path / "set")
    (tmp_path / "set" / "clips" / "squat-right" / "side.npz").write_bytes(b"")
    with pytest.raises(InputError, match="squat-right changed"):
        freeze(tmp_path / "set", tmp_path / "manifest.json")
    assert not (tmp_path / "manifest.json").exists()


def bench_of(manifest):
    return FitBench(**manifest["config"])


def check(manifest, names):
    """Draws a few frames of clips anew, and holds them and the motion against the manifest."""
    for name in names:
        performance, _, view = name.partition("/")
        clip, frozen = bench_of(manifest).clips(performance)[view], manifest["clips"][name]
        assert len(clip) == frozen["frames"]
        assert labels_digest(motion_arrays(clip), sidecar(clip)) == frozen["motion_sha256"], name
        probes = {int(frame): digest for frame, digest in frozen["probes"].items()}
        drawn = dict(zip(probes, map(frame_hash, clip.frames(list(probes))), strict=True))
        assert drawn == probes, name


@pytest.fixture
def frozen_here():
    """The manifest; where it was frozen with other versions or on another kind of machine, nothing is promised."""
    manifest = json.loads(MANIFEST.read_text())
    if manifest["made_with"] != made_with():
        pytest.skip(f"FitBench-S was frozen with {manifest['made_with']}, here is {made_with()}")
    return manifest


def test_three_clips_of_the_frozen_benchmark_are_drawn_again(frozen_here):
    check(frozen_here, sorted(frozen_here["clips"])[5 :: len(frozen_here["clips"]) // 3][:3])


def test_a_whole_clip_of_the_frozen_benchmark_is_made_again(frozen_here, tmp_path):
    """The shortest one: labels of what is seen and all pictures."""
    name, frozen = min(frozen_here["clips"].items(), key=lambda item: item[1]["frames"])
    performance, _, view = name.partition("/")
    clip = bench_of(frozen_here).clips(performance)[view]
    told = json.loads(write_clip(clip, tmp_path, view, tick=lambda: None).with_suffix(".json").read_text())
    keys = ("motion_sha256", "labels_sha256", "frames_sha256")
    assert {key: told[key] for key in keys} == {key: frozen[key] for key in keys}, name
