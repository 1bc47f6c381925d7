"""What an exercise is: one YAML file, read into typed, frozen values.

The studio makes motions from it, the analysis finds them by it: both use the same words.
docs/exercises.md explains every key with an example.  How a measure is computed is the business
of :mod:`fitlab.analysis.measures`; here are its name, its joints and its unit.
"""

from fitlab.exercises.reading import exercise_files, find_exercise, load_exercise
from fitlab.exercises.vocabulary import KINDS, Drive, Exercise, Gesture, Kind, Measure, Mistake, PhaseKind
from fitlab.exercises.writing import rule_yaml

__all__ = [
    "KINDS",
    "Drive",
    "Exercise",
    "Gesture",
    "Kind",
    "Measure",
    "Mistake",
    "PhaseKind",
    "exercise_files",
    "find_exercise",
    "load_exercise",
    "rule_yaml",
]
