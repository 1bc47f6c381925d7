import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis.benchmark import VIEWS, FitBench
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


@pytest.mark.parametrize("given", [{"fps": 0.0}, {"repetitions": 0}, {"exercises": ["flying"]}])
def test_what_cannot_be_made(given):
    with pytest.raises(InputError, match="must be"):
        FitBench(**given)
