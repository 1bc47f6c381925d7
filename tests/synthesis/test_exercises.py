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


@pytest.mark.parametrize(("exercise", "mistake"), CASES)
def test_a_body_could_do_it(exercise, mistake):
    """Right form, and each mistake at strength 1: docs/studio.md says what is looked at."""
    seed = crc32(f"{exercise} {mistake}".encode())  # another person in every case
    body, done = performed(exercise, {mistake: 1.0} if mistake else {}, seed, fps=anatomy.FPS)
    found = anatomy.faults(body, done)
    if exercise == "sit_up":  # hands that rest on the belly sink into it; FitBench-S is frozen with that
        start, stop = done.repetitions[0]
        found = [fault for fault in found if fault.kind != "overlap" or start <= fault.frame < stop]
    assert found == []


@pytest.mark.parametrize(("exercise", "mistake"), CASES)
def test_mistakes_are_there_at_strength_1_and_not_at_0(exercise, mistake):
    """By the rules of configs/exercise on exact joints: right form is clean, each mistake is found."""
    for seed in (0, 1):
        body, done = performed(exercise, {mistake: 1.0} if mistake else {}, seed, repetitions=2)
        motion = done.motion
        coco, _ = world_poses(
            body.keypoints(motion.rotations, motion.heads), body.crowns(motion.rotations, motion.heads), FPS
        )
        report = analyse(coco.to(HALPE26), find_exercise(exercise))
        assert len(report.repetitions) == 2
        found = {verdict.mistake for verdict in report.verdicts if verdict.state == "yes"}
        if mistake:
            assert mistake in found, {v.mistake: (v.state, v.reason) for v in report.findings if v.mistake == mistake}
        else:
            assert not found, [(v.mistake, v.reason) for v in report.findings if v.state == "yes"]
