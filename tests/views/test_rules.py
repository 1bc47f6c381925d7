"""The panel says of good and bad examples what the rule says."""

import pytest
import yaml

from fitlab.analysis.proposals import propose_rules, rule_examples
from fitlab.exercises import find_exercise, load_exercise
from fitlab.exercises.reading import exercise_files
from fitlab.views.rules import RuleEditor
from tests.motions import Squats


@pytest.fixture
def editor():
    good = [Squats(repetitions=3).poses(), Squats(repetitions=2, inward_cm=1).poses()]
    squat = find_exercise("squat")
    examples = rule_examples(squat, good, [Squats(repetitions=4, inward_cm=8).poses()])
    return RuleEditor(examples, squat.mistakes[0])


def test_counts_are_there_at_once(editor):
    assert editor.counts.loc["good"].tolist() == [0, 0, 5]
    assert editor.counts.loc["bad"].tolist() == [4, 0, 0]
    assert "precision <b>100%</b>, recall <b>100%</b>" in editor._table.value
    drawn = {trace.name: len(trace.y) for trace in editor._chart.data}
    assert drawn == {"good examples": 5, "bad examples": 4}


def test_a_limit_that_moves_changes_the_counts(editor):
    editor.threshold.value = 0.5
    editor.margin.value = 1.0
    assert editor.counts.loc["good"].tolist() == [0, 2, 3] or editor.counts.loc["good"].tolist() == [0, 5, 0]
    editor.margin.value = 0.0
    assert editor.counts.loc["good", "yes"] == 2, "knees 1 cm inward are beyond half a centimetre"
    assert "precision <b>67%</b>" in editor._table.value


def test_another_measure_brings_its_own_scale(editor):
    editor.measure.value = "trunk_inclination"
    assert editor.threshold.min < 35 < editor.threshold.max < 60
    assert editor.rule.measure == "trunk_inclination"
    assert editor.threshold.value == pytest.approx((editor.threshold.min + editor.threshold.max) / 2, abs=0.1)
    editor.measure.value = "knee_angle"
    assert editor.threshold.value == pytest.approx((editor.threshold.min + editor.threshold.max) / 2, abs=0.1)


def test_the_rule_can_be_put_into_an_exercise_file(editor):
    editor.threshold.value = 4.0
    content = yaml.safe_load(exercise_files()["squat"].read_text())
    content["mistakes"] = yaml.safe_load(editor.yaml)
    again = load_exercise(content).mistakes[0]
    assert again == editor.rule
    assert again.threshold == 4.0 and again.severe > 4.0


def test_a_proposed_rule_can_be_edited():
    squat = find_exercise("squat")
    examples = rule_examples(squat, [Squats(repetitions=4).poses()], [Squats(repetitions=4, trunk_deg=70).poses()])
    proposed = propose_rules(examples, "leans").proposals[0].rule
    editor = RuleEditor(examples, proposed)
    assert (editor.rule.name, editor.rule.measure) == ("leans", proposed.measure)
    assert editor.counts.loc["bad", "yes"] == 4 and editor.counts.loc["good", "yes"] == 0
