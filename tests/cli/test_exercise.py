"""``fitlab exercise``: what a file means, and everything that is wrong in it."""

import pytest

from fitlab.cli import main
from fitlab.exercises import exercise_files


def check(path, capsys) -> str:
    main(["exercise", "check", str(path)])
    return capsys.readouterr().out


def test_every_exercise_is_listed_with_its_mistakes(capsys):
    main(["exercise", "list"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*exercise_files(), "auto", "none"]
    assert "knees_inward, too_shallow, trunk_forward" in next(line for line in lines if line.startswith("squat "))


def test_a_good_file_is_told_in_words(capsys):
    said = check(exercise_files()["squat"], capsys)
    assert "counted by    knee_angle (high at rest, by at least 15 deg)" in said
    assert "knees_inward: knee_inward (mean of left and right) at 'bottom' above 4.5 cm; 1.5 to there" in said
    assert "tolerances    head 15, trunk 10" in said


def test_a_hold_is_told(capsys):
    said = check(exercise_files()["handstand"], capsys)
    assert "by at least 90 deg), held; above 30 deg throughout is a hold, too" in said


def test_what_lifted_poses_are_judged_by_is_told(capsys, tmp_path):
    """As docs/exercises.md says: by what was learned of this very rule, under the file's name."""

    def said_of(text):
        path = tmp_path / "own.yaml"
        path.write_text(text)
        return check(path, capsys)

    text, whole = exercise_files()["squat"].read_text(), "judged by the whole repetition, else the corrected value: "
    assert f"{whole}knees_inward, too_shallow, trunk_forward\n" in said_of(text)
    other = said_of(text.replace("threshold: 15", "threshold: 16"))
    assert f"{whole}knees_inward, trunk_forward\n" in other
    assert "judged by the corrected value: too_shallow\n" in other and "nothing was learned" not in other
    renamed = said_of(text.replace("name: squat", "name: own"))
    assert "judged by its margin alone: knees_inward, too_shallow, trunk_forward\n" in renamed
    first = said_of(text.replace("    measure: knee_inward\n", "    measure: knee_off_line\n", 1))  # the first is new
    assert "nothing was learned of knees_inward: see" in first and f"{whole}too_shallow, trunk_forward\n" in first
    assert "lifted poses" not in check(exercise_files()["any"], capsys)


def test_gestures_are_told_and_checked(capsys, tmp_path):
    text = exercise_files()["squat"].read_text()
    path = tmp_path / "own.yaml"
    path.write_text(text + "start: {measure: hip_height, direction: above, threshold: 60, seconds: 0.5}\n")
    said = check(path, capsys)
    assert "starts after  the first time that hip_height is above 60 cm for 0.5 s" in said
    assert "ends before" not in said
    path.write_text(text + "end: {measure: hip_hight, direction: over, threshold: 60, seconds: -1}\n")
    with pytest.raises(SystemExit):
        main(["exercise", "check", str(path)])
    said = capsys.readouterr().err
    assert "end.measure must be one of knee_angle" in said and "got 'hip_hight'" in said
    assert "end.direction must be one of above, below, got 'over'" in said
    assert "end.seconds must be a number of at least 0, got -1" in said


def test_a_rule_that_looks_below_a_limit(capsys, tmp_path):
    text = exercise_files()["squat"].read_text().replace("direction: above", "direction: below")
    path = tmp_path / "own.yaml"
    path.write_text(
        text.replace("severe: 12", "severe: -8").replace("severe: 50", "severe: 0").replace("severe: 80", "severe: 10")
    )
    assert "at 'bottom' below 1.5 cm; 4.5 to there cannot be told" in check(path, capsys)


def test_every_problem_is_named(tmp_path, capsys):
    text = exercise_files()["squat"].read_text()
    path = tmp_path / "broken.yaml"
    path.write_text(text.replace("threshold: 15", "threshold: deep").replace("phase: bottom", "phase: botom", 1))
    with pytest.raises(SystemExit) as stopped:
        main(["exercise", "check", str(path)])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "knees_inward.phase must be one of standing, going down, bottom, going up, got 'botom'" in said
    assert "too_shallow.threshold must be a number, got 'deep'" in said


def test_an_advice_without_text_is_named(tmp_path, capsys):
    path = tmp_path / "own.yaml"
    path.write_text(exercise_files()["squat"].read_text().replace("advice: too_shallow", "advice: go_deeper"))
    with pytest.raises(SystemExit):
        main(["exercise", "check", str(path)])
    assert "'go_deeper'" in capsys.readouterr().err


def test_an_advice_may_be_words_of_your_own(tmp_path, capsys):
    squat = exercise_files()["squat"].read_text()
    path = tmp_path / "own.yaml"
    path.write_text(squat.replace("advice: too_shallow", "advice: Go deeper than {value} {repetitions}."))
    check(path, capsys)
    for wrong in ("Go deeper than {depth}.", "Go {value.real} deep.", "Go {value[a]} deep."):
        path.write_text(squat.replace("advice: too_shallow", f"advice: {wrong}"))
        with pytest.raises(SystemExit):
            main(["exercise", "check", str(path)])
        assert f"may put in {{value}} and {{repetitions}}, got '{wrong}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"), [(["draw"], "see docs/exercises.md"), (["check", "no.yaml"], "no such file")]
)
def test_what_cannot_be_done(words, said, capsys):
    with pytest.raises(SystemExit):
        main(["exercise", *words])
    assert said in capsys.readouterr().err
    main(["exercise", "--help"])
    assert "fitlab exercise check FILE" in capsys.readouterr().out


def test_a_folder_is_no_exercise_file(capsys, tmp_path):
    with pytest.raises(SystemExit) as exit_:
        main(["exercise", "check", str(tmp_path)])
    assert exit_.value.code == 2
    assert "must be an exercise file, got: Is a directory" in capsys.readouterr().err


def test_a_key_that_is_there_twice_is_told(capsys, tmp_path):
    text = exercise_files()["squat"].read_text()
    line = next(line for line in text.splitlines() if line.strip().startswith("threshold:"))
    (tmp_path / "mine.yaml").write_text(text.replace(line, f"{line}\n{line}", 1))
    with pytest.raises(SystemExit) as exit_:
        main(["exercise", "check", str(tmp_path / "mine.yaml")])
    assert exit_.value.code == 2
    assert "threshold twice" in capsys.readouterr().err


def test_merged_mappings_and_odd_keys_are_no_keys_that_are_there_twice(capsys, tmp_path):
    squat = exercise_files()["squat"].read_text()
    (tmp_path / "odd.yaml").write_text(squat + "? [1, 2]\n: 3\n")
    with pytest.raises(SystemExit):
        main(["exercise", "check", str(tmp_path / "odd.yaml")])
    assert "found unhashable key" in capsys.readouterr().err
    merged = squat + "other: &a {x: 1}\nthat: {<<: *a, x: 2}\n"
    (tmp_path / "merged.yaml").write_text(merged)
    with pytest.raises(SystemExit):
        main(["exercise", "check", str(tmp_path / "merged.yaml")])
    assert "twice" not in capsys.readouterr().err
