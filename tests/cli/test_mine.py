"""``fitlab mine`` as a user meets it."""

import json

import pytest

from fitlab.cli import main
from fitlab.datasets.label_book import LabelBook
from fitlab.synthesis import make_clip, write_clip


def failure(capsys, *arguments):
    """The exit code and the one line on standard error of a command that must fail."""
    with pytest.raises(SystemExit) as exit_:
        main(["mine", *arguments])
    printed = capsys.readouterr()
    lines = [line for line in printed.err.strip().splitlines() if line.startswith("fitlab: ")]
    assert len(lines) == 1, printed.err
    return exit_.value.code, lines[0]


def test_a_clip_of_the_studio_becomes_a_folder_to_label(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FITLAB_RUNS", str(tmp_path / "runs"))
    clip = make_clip("squat", repetitions=1, seed=4, size=(160, 120), fps=10)
    path = write_clip(clip, tmp_path, "squat")
    command = ["mine", f"video={path}", "n=3", "detector=movenet_lightning", "lookalikes=false", "name=small"]
    main(command)
    folder = tmp_path / "runs" / "mine" / "small"
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0].startswith("3 of ") and lines[-1] == str(folder)
    assert sorted(item.name for item in folder.iterdir()) == [
        "config.yaml",
        "frames.csv",
        "images",
        "predictions.json",
        "sheet.jpg",
    ]
    assert len(json.loads((folder / "predictions.json").read_text())["annotations"]) == 3
    LabelBook(folder).decide(0, "accepted")
    code, line = failure(capsys, *command[1:])
    assert code == 2 and "labels.json" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "video must be a video"),
        (["video=/no/such.mp4"], "/no/such.mp4"),
        (["video=[/no/such.mp4,/nor/this.mp4]"], "at least one of 2 clips must be usable"),
        (["video=x.mp4", "detector=eyes"], "eyes"),
        (["video=x.mp4", "known=[/no/labels.json]"], "/no/labels.json"),
        (["vidio=x.mp4"], "vidio"),
    ],
)
def test_what_cannot_be_mined(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.setenv("FITLAB_RUNS", str(tmp_path))
    code, line = failure(capsys, *arguments)
    assert code == 2 and message in line
    assert list(tmp_path.iterdir()) == []
