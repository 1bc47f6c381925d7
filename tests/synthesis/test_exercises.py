"""Every exercise of the studio: right form and every mistake, on bodies of several shapes."""

from zlib import crc32

import numpy as np
import pytest

from fitlab.analysis.report import analyse
from fitlab.exercises import find_exercise
from fitlab.skeletons import HALPE26
from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.labels import world_poses
from fitlab.synthesis.motion import perform
from fitlab.synthesis.script import load_motion, motion_files
from tests.synthesis import anatomy

EXERCISES = sorted(motion_files())
CASES = [(exercise, mistake) for exercise in EXERCISES for mistake in ("", *load_motion(exercise).mistakes)]
FPS = 30
TOGETHER = {  # two mistakes that do not hide each other from the rules
    "bent_over_row": ("too_upright", "rounded_back"),
    "biceps_curl": ("swinging", "elbows_forward"),
    "burpee": ("hips_sag", "knees_bent"),
    "deadlift": ("rounded_back", "squatting"),
    "dip": ("elbows_flare", "legs_forward"),
    "downward_dog": ("shoulders_closed", "heels_up"),
    "glute_bridge": ("hips_high", "heels_up"),
    "handstand": ("legs_bent", "legs_apart"),
    "high_knees": ("knees_low", "trunk_back"),
    "jumping_jack": ("arms_half", "legs_narrow"),
    "lateral_raise": ("swinging", "arms_too_high"),
    "lunge": ("knee_over_toe", "trunk_forward"),
    "mountain_climber": ("hips_pike", "half_repetition"),
    "overhead_press": ("back_arched", "half_repetition"),
    "plank": ("hips_sag", "knees_bent"),
    "pull_up": ("chin_below_bar", "kipping"),
    "push_up": ("hips_sag", "half_repetition"),
    "side_lunge": ("knees_inward", "trunk_forward"),
    "side_plank": ("trunk_rotated", "hips_back"),
    "sit_up": ("half_repetition", "pulling_neck"),
    "squat": ("knees_inward", "too_shallow"),
    "sumo_squat": ("knees_inward", "too_shallow"),
}


def performed(exercise, mistakes, seed, repetitions=1, fps=FPS):
    rng = np.random.default_rng(seed)
    body = Body(draw_phenotype(rng))
    done = perform(body, exercise, mistakes=mistakes, repetitions=repetitions, fps=fps, rng=rng, rest_s=(0.5, 0.7))
    return body, done


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_words_are_those_of_the_analysis(exercise):
    script, known = load_motion(exercise), find_exercise(exercise)
    assert {mistake.name for mistake in known.mistakes} == set(script.mistakes)
    assert 3 <= len(script.mistakes) <= 6
    assert {step.phase for step in script.cycle} == {phase.name for phase in known.phases}


def faults(exercise, *mistakes):
    """What no body does, in one repetition with these mistakes; another person does each."""
    seed = crc32(f"{exercise} {' '.join(mistakes)}".encode())
    body, done = performed(exercise, dict.fromkeys(mistakes, 1.0), seed, fps=anatomy.FPS)
    return anatomy.faults(body, done)


def told(exercise, mistakes, seed, repetitions):
    """The report on exact joints, and the mistakes that it is sure of."""
    body, done = performed(exercise, mistakes, seed, repetitions)
    motion = done.motion
    keypoints, crowns = (of(motion.rotations, motion.heads) for of in (body.keypoints, body.crowns))
    coco, _ = world_poses(keypoints, crowns, FPS)
    report = analyse(coco.to(HALPE26), find_exercise(exercise))
    assert len(report.repetitions) == repetitions
    return report, {verdict.mistake for verdict in report.verdicts if verdict.state == "yes"}


@pytest.mark.parametrize(("exercise", "mistake"), CASES)
def test_a_body_could_do_it(exercise, mistake):
    """Right form, and each mistake at strength 1: docs/studio.md says what is looked at."""
    assert faults(exercise, *([mistake] if mistake else [])) == []


@pytest.mark.parametrize(("exercise", "mistake"), CASES)
def test_mistakes_are_there_at_strength_1_and_not_at_0(exercise, mistake):
    """By the rules of configs/exercise on exact joints: right form is clean, each mistake is found."""
    for seed in (0, 1):
        report, found = told(exercise, {mistake: 1.0} if mistake else {}, seed, repetitions=2)
        if mistake:
            assert mistake in found, {v.mistake: (v.state, v.reason) for v in report.findings if v.mistake == mistake}
        else:
            assert not found, [(v.mistake, v.reason) for v in report.findings if v.state == "yes"]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_two_mistakes_at_once_are_both_there(exercise):
    both = TOGETHER[exercise]
    assert faults(exercise, *both) == []
    for seed in (0, 1):
        _, found = told(exercise, dict.fromkeys(both, 1.0), seed, repetitions=1)
        assert set(both) <= found
