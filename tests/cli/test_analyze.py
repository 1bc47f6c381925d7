"""``fitlab analyze`` on files that cannot be used: one line, exit code 2 or 3, and nothing left behind."""

import errno
import json
import re

import numpy as np
import pytest
from omegaconf import OmegaConf

from fitlab.analysis.lifting_errors import MeasureError, described, write_errors
from fitlab.analysis.naming import Naming, Span
from fitlab.cli import main
from fitlab.cli.analyze import recognised
from fitlab.exercises import find_exercise
from fitlab.formats import read_poses, write_poses
from fitlab.pipeline import analyze
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17
from fitlab.synthesis import make_clip
from fitlab.video import VideoWriter
from tests.motions import Squats


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """An empty folder for run results."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("FITLAB_RUNS", str(folder))
    return folder


@pytest.fixture
def standing(tmp_path):
    """A pose file of a person standing still for two seconds, world space."""
    rng = np.random.default_rng(0)
    positions = np.repeat(rng.uniform(0, 1, (1, 17, 3)), 60, axis=0)
    path = tmp_path / "standing.npz"
    write_poses(PoseSequence(positions, 30, H36M17, "world"), path)
    return path


def failure(capsys, runs, *arguments):
    with pytest.raises(SystemExit) as exit_:
        main(["analyze", *map(str, arguments)])
    lines = [line for line in capsys.readouterr().err.strip().splitlines() if line.startswith("fitlab: ")]
    assert len(lines) == 1
    assert not list(runs.rglob("*.json")) and not list(runs.rglob("*.html")) and not list(runs.rglob(".writing-*"))
    return exit_.value.code, lines[0]


def blank_video(path, frames=20):
    with VideoWriter(path, 30, (320, 240)) as writer:
        for _ in range(frames):
            writer.write(np.full((240, 320, 3), 90, np.uint8))
    return path


def test_no_video_named(capsys, runs):
    code, line = failure(capsys, runs)
    assert code == 2 and "fitlab analyze video=user.mp4" in line


@pytest.mark.parametrize("name", ["my set (1).npz", "PXL~2.npz", "a,b.npz", "it's {x}=[y].npz", "übung ${x}.npz"])
def test_files_may_be_named_as_phones_and_people_do(capsys, runs, standing, name):
    path = standing.rename(standing.with_name(name))
    main(["analyze", f"video={path}", "exercise=none", "name=named"])
    assert (runs / "analyze" / "named" / "report.html").exists()


def test_an_exercise_file_needs_a_folder(capsys, runs, standing):
    code, line = failure(capsys, runs, f"video={standing}", "exercise=my/own.yaml")
    assert code == 2 and "--config-dir DIR exercise=own" in line


def test_missing_file(capsys, runs, tmp_path):
    code, line = failure(capsys, runs, f"video={tmp_path / 'absent.mp4'}")
    assert code == 2 and "absent.mp4" in line


def test_not_a_video(capsys, runs, tmp_path):
    path = tmp_path / "letter.mp4"
    path.write_text("Dear coach, my knees hurt. " * 100)
    code, line = failure(capsys, runs, f"video={path}")
    assert code == 2 and "letter.mp4" in line


def test_empty_file(capsys, runs, tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()
    code, line = failure(capsys, runs, f"video={path}")
    assert code == 2 and "empty" in line


def test_truncated_video(capsys, runs, tmp_path):
    whole = blank_video(tmp_path / "whole.mp4").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: len(whole) // 2])
    code, line = failure(capsys, runs, f"video={path}")
    assert code == 2 and "cut.mp4" in line


def test_nobody_in_the_video(capsys, runs, tmp_path):
    wall = blank_video(tmp_path / "wall.mp4")
    code, line = failure(capsys, runs, f"video={wall}", "detector=movenet_lightning", "looks=once")
    assert code == 2 and "person" in line


def test_unknown_exercise(capsys, runs, standing):
    code, line = failure(capsys, runs, f"video={standing}", "exercise=moonwalk")
    assert code == 2 and "moonwalk" in line and "squat" in line


def test_unknown_detector(capsys, runs, tmp_path):
    code, line = failure(capsys, runs, f"video={blank_video(tmp_path / 'wall.mp4')}", "detector=openpoze")
    assert code == 2 and "openpoze" in line and "movenet_thunder" in line


def npz(path, seq, **changed):
    """A pose file whose arrays are then changed by hand."""
    write_poses(seq, path)
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    assert set(changed) <= set(arrays), set(arrays)
    np.savez(path, **{**arrays, **changed})
    return path


@pytest.fixture
def walking():
    return PoseSequence(np.random.default_rng(1).uniform(0, 1, (60, 17, 3)), 30, H36M17, "world")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"positions": np.zeros((0, 17, 3), np.float32), "confidence": np.zeros((0, 17), np.float32)}, "frame"),
        ({"positions": np.full((60, 17, 3), np.nan, np.float32)}, "only NaN"),
        ({"positions": np.zeros((60, 16, 3), np.float32), "confidence": np.ones((60, 16), np.float32)}, "17 joints"),
        ({"fps": np.float64(0)}, "fps"),
        ({"fps": np.float64(np.nan)}, "fps"),
    ],
    ids=["zero length", "all missing", "wrong number of joints", "fps 0", "fps NaN"],
)
def test_pose_files_that_cannot_be_used(capsys, runs, tmp_path, walking, changed, said):
    path = npz(tmp_path / "poses.npz", walking, **changed)
    code, line = failure(capsys, runs, f"video={path}")
    assert code == 2 and said in line


def test_pixels_without_a_picture_size(capsys, runs, tmp_path):
    path = tmp_path / "pixels.npz"
    write_poses(PoseSequence(np.random.default_rng(2).uniform(0, 300, (60, 17, 2)), 30, COCO17, "image"), path)
    code, line = failure(capsys, runs, f"video={path}")
    assert code == 2 and "image_size" in line


def test_disk_full_while_writing(capsys, runs, standing, monkeypatch):
    from pathlib import Path

    def full(self, *_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    code, line = failure(capsys, runs, f"video={standing}", "exercise=none")
    assert code == 3 and "disk full" in line


def test_an_older_result_survives_a_failed_run(capsys, runs, standing, monkeypatch):
    main(["analyze", f"video={standing}", "exercise=none", "name=kept"])
    before = (runs / "analyze" / "kept" / "metrics.json").read_text()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fitlab.views.report.write_report", full)
    with pytest.raises(SystemExit):
        main(["analyze", f"video={standing}", "exercise=none", "name=kept"])
    assert (runs / "analyze" / "kept" / "metrics.json").read_text() == before
    assert not list(runs.rglob(".writing-*"))


def test_jobs_of_a_sweep_keep_their_results_apart(runs, standing):
    main(["analyze", "-m", f"video={standing}", "exercise=none,any"])
    made = {path.name for path in (runs / "analyze").iterdir()}
    assert made == {"standing,exercise=none", "standing,exercise=any"}


def test_a_job_with_a_long_name_has_a_folder(runs, standing):
    video = standing.rename(standing.with_name(f"{'long' * 40}.npz"))
    main(["analyze", "-m", f"video={video}", "exercise=none", f"fps=30,30.{'0' * 60}"])
    assert len(list((runs / "analyze").iterdir())) == 2


def test_results_of_a_pose_file(capsys, runs, standing):
    main(["analyze", f"video={standing}", "exercise=none"])
    folder = runs / "analyze" / "standing"
    assert {path.name for path in folder.iterdir()} == {"config.yaml", "metrics.json", "poses.npz", "report.html"}
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["exercise"] == "none" and metrics["repetitions"] == 0 and metrics["fps"] == 30
    assert len(read_poses(folder / "poses.npz")) == 60
    assert capsys.readouterr().out.rstrip().endswith("report.html")


@pytest.fixture
def lunges(tmp_path):
    """A pose file of lunges by somebody of the studio."""
    path = tmp_path / "lunges.npz"
    write_poses(make_clip("lunge", repetitions=2, seed=91_011).world, path)
    return path


def test_an_exercise_that_is_not_named_is_recognised(capsys, runs, lunges):
    main(["analyze", f"video={lunges}"])
    folder, said = runs / "analyze" / "lunges", capsys.readouterr().out
    assert said.startswith("recognised lunge (") and "say exercise=..." in said
    assert OmegaConf.load(folder / "config.yaml").exercise.mistakes.knees_inward.threshold  # the rules that judged
    assert "Lunge: 2 repetitions" in said
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["exercise"] == metrics["recognised"]["exercise"] == "lunge" and metrics["repetitions"] == 2
    assert metrics["recognised"]["likely"]["lunge"] > 0.995
    assert "Lunge (recognised, 100%)" in (folder / "report.html").read_text()


def test_what_is_named_is_not_asked_about(capsys, runs, lunges):
    main(["analyze", f"video={lunges}", "exercise=squat"])
    assert "recognised" not in capsys.readouterr().out
    assert "recognised" not in json.loads((runs / "analyze" / "lunges" / "metrics.json").read_text())


def test_a_motion_that_is_no_known_exercise_is_counted_only(capsys, runs, tmp_path):
    lunge = make_clip("lunge", repetitions=1, seed=91_011).world
    still = lunge.replace("still", positions=np.repeat(lunge.positions[:1], len(lunge), axis=0))
    write_poses(still, tmp_path / "still.npz")
    main(["analyze", f"video={tmp_path / 'still.npz'}"])
    said = capsys.readouterr().out
    assert said.startswith("no known exercise: what repeats is counted") and "fitlab exercise list" in said
    metrics = json.loads((runs / "analyze" / "still" / "metrics.json").read_text())
    assert metrics["exercise"] == "any" and metrics["recognised"]["exercise"] is None


def test_too_little_of_a_body_to_recognise_it(capsys, runs, tmp_path):
    lunge = make_clip("lunge", repetitions=1, seed=91_011).world
    positions = lunge.positions.copy()
    positions[:, [lunge.skeleton.index(f"{side}_ankle") for side in ("left", "right")]] = np.nan
    write_poses(lunge.replace("no feet", positions=positions), tmp_path / "no_feet.npz")
    main(["analyze", f"video={tmp_path / 'no_feet.npz'}"])
    assert capsys.readouterr().out.startswith("never seen: left_ankle, right_ankle, so the exercise cannot be told")
    assert json.loads((runs / "analyze" / "no_feet" / "metrics.json").read_text())["exercise"] == "any"


@pytest.mark.parametrize("word", ["auto", "none"])
def test_rules_are_those_of_a_named_exercise(capsys, runs, lunges, word):
    change = "+exercise.mistakes.too_shallow.threshold=10"
    code, line = failure(capsys, runs, f"video={lunges}", f"exercise={word}", change)
    assert code == 2 and f"got mistakes for exercise={word}; say which" in line


def test_an_athlete_beside_an_exercise_that_is_recognised(lunges):
    analysis = analyze(lunges, reference=lunges)
    assert analysis.naming.exercise == "lunge" and analysis.report.comparison is not None


def test_an_athlete_tells_what_the_user_does_not(capsys, runs, lunges, tmp_path):
    lunge = read_poses(lunges)
    still = lunge.replace("still", positions=np.repeat(lunge.positions[:1], len(lunge), axis=0))
    write_poses(still, tmp_path / "still.npz")
    main(["analyze", f"video={tmp_path / 'still.npz'}", f"reference={lunges}"])
    folder, said = runs / "analyze" / "still", capsys.readouterr().out
    assert said.startswith("no known exercise: taken for lunge (100%), as the reference shows; if it is another, say")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["exercise"] == metrics["reference_recognised"]["exercise"] == "lunge"
    assert metrics["recognised"]["exercise"] is None
    assert OmegaConf.load(folder / "config.yaml").exercise.name == "lunge"
    assert "Lunge (as the reference shows)" in (folder / "report.html").read_text()


def test_an_athlete_who_does_something_else_is_mentioned(capsys, runs, lunges, tmp_path):
    write_poses(make_clip("push_up", repetitions=2, seed=91_012).world, tmp_path / "other.npz")
    main(["analyze", f"video={lunges}", f"reference={tmp_path / 'other.npz'}"])
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("recognised lunge")
    assert second.startswith("the reference rather shows push_up (") and "the same exercise" in second


def test_what_is_hidden_and_what_else_is_shown_beside_a_reference():
    lunge = Naming("lunge", 0.97, (("lunge", 0.97),), ())
    hidden = Naming(None, 0.0, (), (), ("left_ankle",))
    assert recognised(hidden, 30.0, lunge) == (
        "never seen: left_ankle, so the exercise cannot be told: taken for lunge (97%), as the reference shows; "
        "if it is another, say exercise=... (fitlab exercise list)"
    )
    spans = (Span("lunge", 0, 150, 0.6), Span("squat", 200, 400, 0.6))
    unsure = Naming(None, 0.4, (("squat", 0.4), ("lunge", 0.3)), spans)
    first, second = recognised(unsure, 30.0, lunge).splitlines()
    assert first.startswith("not sure which exercise, nearest to squat (40%), lunge (30%): taken for lunge (97%)")
    assert second == "from 7 s to 13 s perhaps squat"  # the lunges are what it is taken for


def test_other_exercises_of_a_clip_are_mentioned():
    found = Naming(
        "squat", 0.9, (("squat", 0.9), ("lunge", 0.08)), (Span("squat", 0, 400, 0.9), Span("lunge", 450, 600, 0.8))
    )
    assert recognised(found, 30.0).splitlines() == [
        "recognised squat (90%), or lunge (8%); if it is another, say exercise=... (fitlab exercise list)",
        "from 15 s to 20 s perhaps lunge",
    ]
    unsure = Naming(None, 0.4, (("squat", 0.4), ("lunge", 0.3), ("dip", 0.01)), (Span("squat", 0, 150, 0.9),))
    first, second = recognised(unsure, 30.0).splitlines()
    assert first.startswith("not sure which exercise, nearest to squat (40%), lunge (30%): what repeats is counted")
    assert second == "from 0 s to 5 s perhaps squat"


def test_a_lifted_person_is_seen_from_somewhere(tmp_path, monkeypatch):
    """Where the lifter's errors are known the verdicts use them; 3D poses are taken as they are."""
    clip = make_clip("squat", mistakes={"knees_inward": 0.9}, repetitions=1, seed=3)
    write_poses(clip.image, tmp_path / "image.npz")
    write_poses(clip.world, tmp_path / "world.npz")
    squat = find_exercise("squat")
    rule = next(rule for rule in squat.mistakes if rule.name == "knees_inward")
    said = described(rule, squat.measures[rule.measure])
    unsure = {"squat": {"knees_inward": MeasureError([1.0] * 5, [0.0] * 5, [50.0] * 5, said)}}
    write_errors(unsure, tmp_path / "errors.json")
    monkeypatch.setattr("fitlab.pipeline.errors_file", lambda name: tmp_path / "errors.json")
    monkeypatch.setattr("fitlab.pipeline.recognition_file", lambda name: tmp_path / "none.npz")
    lifted, exact = (analyze(tmp_path / f"{name}.npz", exercise="squat") for name in ("image", "world"))
    assert exact.user.view is None
    assert lifted.user.view.errors == unsure
    by_name = {verdict.mistake: verdict for verdict in lifted.report.verdicts}
    assert by_name["knees_inward"].state == "cannot_tell" and "as lifted" in by_name["knees_inward"].reason
    assert "as lifted" not in by_name["too_shallow"].reason
    assert {verdict.mistake: verdict.state for verdict in exact.report.verdicts}["knees_inward"] == "yes"


def test_unknown_way_to_look(capsys, runs, tmp_path):
    wall = blank_video(tmp_path / "wall.mp4")
    code, line = failure(capsys, runs, f"video={wall}", "detector=movenet_lightning", "looks=twice")
    assert code == 2 and "twice" in line and "realigned" in line


@pytest.mark.parametrize("name", ["../../victim", "..", ".", "/tmp/victim", "a//b", "a/../../../victim"])
def test_a_name_leads_nowhere_else(capsys, runs, standing, tmp_path, name):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "thesis.txt").write_text("precious")
    code, said = failure(capsys, runs, f"video={standing}", "exercise=none", f"name={name}")
    assert code == 2 and "name must be that of a folder" in said
    assert (victim / "thesis.txt").read_text() == "precious"


def test_a_folder_that_no_analysis_wrote_is_not_replaced(capsys, runs, standing, monkeypatch):
    (runs / "analyze" / "mine").mkdir(parents=True)
    (runs / "analyze" / "mine" / "thesis.txt").write_text("precious")
    (runs / "analyze" / "mine" / "metrics.json.bak").write_text("")
    monkeypatch.setattr("fitlab.pipeline.analyze", None)  # told before any work
    code, said = failure(capsys, runs, f"video={standing}", "exercise=none", "name=mine")
    assert code == 3 and "must hold nothing but an older result, got metrics.json.bak, thesis.txt" in said
    assert (runs / "analyze" / "mine" / "thesis.txt").read_text() == "precious"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("fps=abc", "fps must be a number from 1 to 1000, got 'abc'"),
        ("fps=1e9", "fps must be a number from 1 to 1000"),
        ("image_size=abc", "image_size must be \\[width, height\\] in pixels, got abc"),
        ("image_size=[640]", "image_size must be"),
        ("image_size=640", "image_size must be"),
        ("overlay=maybe", "overlay must be true or false, got 'maybe'"),
        ("device=gpu", "device must be cpu, cuda or mps, got 'gpu'"),
        ("reference=[a.csv,b.csv]", "reference must be one file"),
    ],
)
def test_values_of_another_kind(capsys, runs, standing, setting, said):
    code, found = failure(capsys, runs, f"video={standing}", "exercise=none", setting)
    assert code == 2 and re.search(said, found)


def test_a_device_that_is_not_here(capsys, runs, standing, monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    code, found = failure(capsys, runs, f"video={standing}", "exercise=none", "device=cuda")
    assert code == 2 and "device must be a cpu, cuda or mps that is here, got 'cuda'" in found


def test_a_file_without_a_key(capsys, runs, standing):
    code, found = failure(capsys, runs, str(standing))
    assert code == 2 and f"write video={standing}" in found


def test_what_could_not_be_seen_is_not_praised(capsys, runs, tmp_path):
    """Five right squats; of the second and the third the bottom is lost."""
    motion = Squats(repetitions=5)
    positions = motion.poses().positions.copy()
    for repetition in (1, 2):
        start = round((motion.starts_s[repetition] + 0.4) * 30)
        positions[start : start + 36] = np.nan
    write_poses(motion.poses().replace("lost", positions=positions), tmp_path / "lost.npz")
    main(["analyze", f"video={tmp_path / 'lost.npz'}", "exercise=squat"])
    said = capsys.readouterr().out
    assert "Well done" not in said and "only part of the way" not in said
    assert "None of the checked mistakes in 3 of 5 repetitions" in said
    assert said.count("cannot tell: ") == 2
    metrics = json.loads((runs / "analyze" / "lost" / "metrics.json").read_text())
    assert [len(rep["cannot_tell"]) > 0 for rep in metrics["reps"]] == [False, True, True, False, False]
    assert all("the 3 of 5 repetitions that could be judged" in verdict["reason"] for verdict in metrics["verdicts"])


def test_a_name_may_be_a_number_or_end_as_shells_complete_it(runs, standing):
    for name in ("7", "7/"):
        main(["analyze", f"video={standing}", "exercise=none", f"name={name}"])
    assert [folder.name for folder in (runs / "analyze").iterdir()] == ["7"]
