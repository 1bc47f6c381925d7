"""Figures from verdicts that we know, and the chain on a benchmark of one performance."""

import shutil

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from fitlab.analysis.report import analyse
from fitlab.errors import InputError
from fitlab.evaluation.fitbench import __main__ as command
from fitlab.evaluation.fitbench import people
from fitlab.evaluation.fitbench.answers import NOT_COUNTED, answers, matched
from fitlab.evaluation.fitbench.people import (
    EXACT_2D,
    EXACT_3D,
    VIDEO,
    Finding,
    Lifting,
    Watched,
    clips,
    exact_image,
    exact_world,
    watch,
)
from fitlab.evaluation.fitbench.tables import (
    answered_accuracy,
    by_exercise,
    by_mistake,
    by_view,
    calibration_error,
    coverage,
    coverage_curve,
    f1_by_mistake,
    false_alarms,
    macro_f1,
    summary,
)
from fitlab.exercises import find_exercise
from fitlab.synthesis import make_clip, write_clip
from tests.motions import Squats

COUNTS = pd.DataFrame(
    {
        "exercise": "squat",
        "variant": "right",
        "view": ["front", "side"],
        "true": 2,
        "counted": [2, 4],
        "boundary_s": 0.1,
    }
)


def rows(*told: tuple[str, float, str, float]) -> pd.DataFrame:
    """Verdicts of squats: (mistake, strength, state, excess in margins), one repetition each."""
    return pd.DataFrame(
        {
            "exercise": "squat",
            "variant": "right" if strength == 0 else mistake,
            "view": "front",
            "repetition": number,
            "mistake": mistake,
            "strength": strength,
            "state": state,
            "probability": ndtr(excess),
            "confidence": 0.9 if state in ("yes", "no") else 0.0,
        }
        for number, (mistake, strength, state, excess) in enumerate(told)
    )


TOLD = rows(
    ("knees", 0.7, "yes", 3.0),
    ("knees", 0.7, "cannot_tell", 0.5),
    ("knees", 0.0, "no", -4.0),
    ("shallow", 0.9, NOT_COUNTED, np.nan),
    ("shallow", 0.9, "yes", 2.0),
    ("shallow", 0.0, "yes", 1.5),
)


def test_f1_counts_doubt_and_lost_repetitions_as_missed():
    found = f1_by_mistake(TOLD)
    assert found["squat", "knees"] == pytest.approx(2 / 3)  # one hit, one missed
    assert found["squat", "shallow"] == pytest.approx(2 / 4)  # one hit, one missed, one false
    assert macro_f1(TOLD) == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_shares_of_answers():
    assert false_alarms(TOLD) == pytest.approx(1 / 2)
    assert coverage(TOLD) == pytest.approx(4 / 6)
    assert answered_accuracy(TOLD) == pytest.approx(3 / 4)
    assert calibration_error(TOLD) == pytest.approx(np.mean([0.1, 0.1, 0.1, 0.9]))
    assert calibration_error(TOLD, bins=1) == pytest.approx(0.9 - 0.75)


def test_the_curve_answers_the_surest_first():
    covered, accuracy, balanced = coverage_curve(TOLD)
    np.testing.assert_allclose(covered, np.arange(1, 6) / 6)  # of six rows one has no value
    # By size of the excess: 4 (no, right), 3 (yes, right), 2 (yes, right), 1.5 (yes, wrong), 0.5 (yes, right).
    np.testing.assert_allclose(accuracy, [1, 1, 1, 3 / 4, 4 / 5])
    np.testing.assert_allclose(balanced[1:], [1, 1, 0.75, 0.75])


def test_tables_name_everything():
    found = {"exact 3D": (TOLD, COUNTS)}
    assert "| exact 3D | 0.583 | 0.500 | 50.0 % | 66.7 % | 0.750 |" in summary(found)
    assert "| 0.500 | 0.500 | 0.500 | 0.10 |" in summary(found)  # OBO, exact, MAE, boundaries
    assert "front" in by_view(found)
    assert "| squat | 0.58, 50 %, 50 % |" in by_exercise(found)
    assert "| squat | knees | 0.67 | 50 % | 50 % | 0 % | 0 % |" in by_mistake(TOLD)
    assert "| squat | shallow | 0.50 | 50 % | 0 % | 0 % | 50 % |" in by_mistake(TOLD)


def test_repetitions_are_paired_by_overlap():
    report = analyse(Squats(repetitions=3).poses(), find_exercise("squat"))
    spans = [(rep.start, rep.stop) for rep in report.repetitions]
    assert matched(spans, report.repetitions) == [0, 1, 2]
    assert matched([spans[2], (10_000, 10_100)], report.repetitions) == [2, None]
    assert matched([(start + 5, stop + 5) for start, stop in spans], report.repetitions) == [0, 1, 2]


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory):
    """Two squats of somebody who sinks their knees inward, obliquely from the front."""
    folder = tmp_path_factory.mktemp("fitbench")
    clip = make_clip(
        "squat",
        mistakes={"knees_inward": [0.9, 0.0]},
        repetitions=2,
        fps=12,
        size=(160, 208),
        seed=3,
        azimuth_deg=40,
        rest_s=(0.3, 0.6),
    )
    place = folder / "clips" / "squat-knees_inward"
    place.mkdir(parents=True)
    write_clip(clip, place, "front", tick=lambda: None)
    return folder, clip


def test_exact_joints_are_those_of_the_clip(benchmark):
    folder, clip = benchmark
    path = folder / "clips/squat-knees_inward/front.mp4"
    np.testing.assert_allclose(exact_world(path).positions, clip.world.positions)
    image = exact_image(path)
    np.testing.assert_allclose(image.positions, clip.image.positions)
    assert image.image_size == clip.size


NAME = "squat-knees_inward/front"


def test_exact_3d_finds_what_was_made(benchmark, tmp_path):
    verdicts, counts = answers(watch(benchmark[0], EXACT_3D, tmp_path, [NAME], 1), [NAME])
    assert counts.counted.tolist() == counts.true.tolist() == [2]
    knees = verdicts[verdicts.mistake == "knees_inward"]
    assert knees.strength.tolist() == [0.9, 0.0]
    assert knees.state.tolist() == ["yes", "no"]
    assert (verdicts[verdicts.mistake != "knees_inward"].state != "yes").all()


@pytest.mark.parametrize("source", [EXACT_2D, VIDEO])
def test_people_are_kept_on_disk(benchmark, tmp_path, source):
    folder, _ = benchmark
    ticks, found = [], tmp_path / "detected" if source == VIDEO else None
    makers = [(Finding(folder, "movenet_lightning"), found)] if source == VIDEO else []
    for maker, place in [*makers, (Lifting(folder, found), tmp_path / "lifted")]:
        (place / NAME).mkdir(parents=True)
        maker.write_part(NAME, place / NAME, lambda: ticks.append(1))
    assert len(ticks) == 1 + len(makers)
    watched = Watched(folder, tmp_path / "lifted")
    _, counts = answers(watched, [NAME])
    assert counts.counted.tolist() == [2]
    _, view = watched.person(NAME)
    assert "squat" in view.errors and "squat" in view.recognition  # what the verdicts rest on


def test_people_are_made_once(benchmark, tmp_path, monkeypatch):
    """Those on disk are not made again unless their clip is another one; those of other lifters are not mixed in."""
    folder = tmp_path / "benchmark"
    shutil.copytree(benchmark[0], folder)
    clip, made = folder / "clips" / f"{NAME}.mp4", []

    def make(maker, parts, targets, workers, unit):
        for name, target in targets.items():
            target.mkdir()
            maker.write_part(name, target, lambda: None)

    def write_part(self, name, place, tick):
        made.append(type(self).__name__)
        (place / "image.npz").write_bytes(clip.read_bytes())

    monkeypatch.setattr(people, "make_parts", make)
    for maker in (Finding, Lifting):
        monkeypatch.setattr(maker, "write_part", write_part)
    first = watch(folder, VIDEO, tmp_path, [NAME], 1)
    assert made == ["Finding", "Lifting"]
    assert watch(folder, VIDEO, tmp_path, [NAME], 1) == first and made[2:] == []
    clip.write_bytes(clip.read_bytes() + b"another")
    assert watch(folder, VIDEO, tmp_path, [NAME], 1) == first and made[2:] == ["Finding", "Lifting"]
    monkeypatch.setattr(people, "LIFTER", "synthetic")
    assert watch(folder, VIDEO, tmp_path, [NAME], 1) != first and made[4:] == ["Lifting"]
    assert watch(folder, VIDEO, tmp_path, [NAME], 1, looks="once") != first and made[5:] == ["Finding", "Lifting"]
    other = watch(folder, VIDEO, tmp_path, [NAME], 1, detector="movenet_lightning")
    assert other != first and made[7:] == ["Finding", "Lifting"]


def test_some_views_only(benchmark):
    assert clips(benchmark[0]) == clips(benchmark[0], ["front", "side"]) == (NAME,)
    with pytest.raises(InputError, match="no clips from side"):
        clips(benchmark[0], ["side"])


def test_a_folder_without_clips(tmp_path):
    with pytest.raises(InputError, match="preset=benchmark"):
        clips(tmp_path)


def test_the_command_prints_tables(benchmark, tmp_path, monkeypatch, capsys):
    arguments = ["fitbench", "--benchmark", str(benchmark[0]), "--seen", str(tmp_path), "--inputs", EXACT_3D]
    monkeypatch.setattr("sys.argv", arguments)
    command.main()
    assert "| squat | knees_inward | 1.00 | 100 % | 0 % | 0 % | 0 % |" in capsys.readouterr().out
