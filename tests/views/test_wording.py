"""Names as words, numbers with units."""

import math
from dataclasses import replace

import pytest

from fitlab.analysis.report import analyse
from fitlab.exercises import find_exercise
from fitlab.views.wording import cards, hold_note, provenance, statistic, with_unit, words
from tests.motions import held_squat
from tests.views.squatting import squat_report


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("mean_duration_s", 2.5, ("Repetition, mean", "2.50 s")),
        ("range_knee_angle_deg", 93.2, ("Range knee angle", "93.20°")),
        ("mean_speed_m_per_s", 0.27, ("All joints, mean speed", "0.27 m/s")),
        ("known_share", 0.985, ("Joints seen", "98.5 %")),
        ("half_repetitions", 2.0, ("Half repetitions", "2")),
        ("top_speed", 181.1, ("Knee angle, top speed", "181.1 °/s")),
        ("sd_duration_s", math.nan, ("Repetition, standard deviation", "–")),
    ],
)
def test_statistics(name: str, value: float, expected: tuple[str, str]) -> None:
    assert statistic(name, value, "knee_angle", "deg") == expected


def test_units_and_names() -> None:
    assert with_unit(3.14159, "deg") == "3.1°"
    assert with_unit(3.14159, "cm", 2) == "3.14 cm"
    assert with_unit(None, "cm") == "–"
    assert with_unit(-0.04, "cm") == "0.0 cm"
    assert words("knees_inward") == "Knees inward"


def test_cards_count_what_the_report_holds() -> None:
    values = {card["label"]: (card["value"], card["note"], card["tone"]) for card in cards(squat_report())}
    assert values["Repetitions"] == ("5", "all full", "info")
    assert values["Mistakes found"] == ("1", "in 2 of 5 repetitions, cannot tell 1 of 3", "bad")
    assert values["Mean deviation"][0] == "7.1"
    bare = {card["label"]: card["value"] for card in cards(squat_report(exercise=False, athlete=False))}
    assert bare == {"Repetitions": "5", "Duration": "15.5", "Mistakes found": "–"}


def test_the_longest_hold_has_a_card() -> None:
    for in_form_s, note, tone in ((8, "in form all along", "good"), (5, "then knees inward", "bad")):
        report = analyse(held_squat(8, in_form_s=in_form_s), find_exercise("squat"))
        card = next(card for card in cards(report) if card["label"] == "Longest hold")
        assert (card["value"], card["unit"], card["tone"]) == (f"{report.holds[0].duration_s:.1f}", "s", tone)
        assert card["note"].endswith(note)


def test_a_hold_is_in_form_only_as_far_as_that_was_seen() -> None:
    (hold,) = analyse(held_squat(8, in_form_s=5), find_exercise("squat")).holds
    first = f"for the first {hold.clean_s:.1f} s"
    assert hold_note(hold) == f"in form {first}"
    assert hold_note(replace(hold, judged=0.4)) == f"form could not be checked {first}"
    assert hold_note(replace(hold, breaks=(), judged=0.4)) == "form could not be checked all along"
    assert hold_note(replace(hold, breaks=(), cut=True)) == "in form all along (cut by the clip)"


def test_provenance_names_every_step() -> None:
    facts = dict(provenance(squat_report()))
    assert facts["Made by"] == "made in closed form → knees pushed inward"
    assert "numpy" in facts["Versions"]
