"""The command line as a user meets it: usage, one clear line for what cannot be used, exit codes."""

import subprocess
import sys

import pytest

from fitlab.cli import VERBS, main


def failure(capsys, *arguments):
    """The exit code and the one line on standard error of a command that must fail."""
    with pytest.raises(SystemExit) as exit_:
        main(list(arguments))
    printed = capsys.readouterr()
    lines = printed.err.strip().splitlines()
    assert len(lines) == 1, printed.err
    return exit_.value.code, lines[0]


def test_long_values_and_names_of_files_pass_as_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "30").touch()
    main(["analyze", "fps=30", f"video=[{','.join(['set.mp4'] * 60)}]", "--cfg", "job"])
    assert "fps: 30\n" in capsys.readouterr().out


def test_usage_names_every_verb_with_an_example(capsys):
    main(["--help"])
    printed = capsys.readouterr().out
    for name, verb in VERBS.items():
        assert f"fitlab {name}" in printed and verb.what in printed


def test_without_arguments_usage_is_printed():
    done = subprocess.run([sys.executable, "-m", "fitlab.cli"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "usage: fitlab VERB" in done.stdout


def test_unknown_verb(capsys):
    code, line = failure(capsys, "analyse")
    assert code == 2 and "verb must be one of analyze, train" in line


def test_help_of_a_verb_says_what_it_does(capsys):
    main(["zoo", "--help"])
    assert "fitlab zoo pull NAME" in capsys.readouterr().out
    done = subprocess.run([sys.executable, "-m", "fitlab.cli", "synth", "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and VERBS["synth"].example in done.stdout


def test_misspelt_key(capsys):
    code, line = failure(capsys, "analyze", "exercize=squat")
    assert code == 2 and "exercize" in line


def test_broken_override(capsys):
    code, line = failure(capsys, "analyze", "video=[a")
    assert code == 2 and "[a" in line


def test_a_bug_keeps_its_traceback(monkeypatch):
    import fitlab.cli.analyze

    def broken(cfg):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(fitlab.cli.analyze, "main", broken)
    with pytest.raises(ZeroDivisionError):
        main(["analyze", "video=x.mp4"])


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"zoo", "exercise"}))
def test_every_verb_has_a_configuration_that_composes(verb):
    from fitlab.settings import compose

    assert compose(verb).paths.runs


@pytest.mark.parametrize("verb", ["train", "evaluate"])
def test_a_bare_verb_starts_nothing_long(verb, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("FITLAB_RUNS", str(tmp_path))
    with pytest.raises(SystemExit) as exit_:
        main([verb])
    assert exit_.value.code == 2
    assert "an experiment must be chosen, got none" in capsys.readouterr().err


def test_a_trainer_that_this_machine_lacks_is_one_line(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("FITLAB_RUNS", str(tmp_path))
    with pytest.raises(SystemExit) as exit_:
        main(["train", "experiment=detector_debug", "trainer.accelerator=tpu_of_tomorrow", "limit=4"])
    assert exit_.value.code == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("fitlab: ")]
    assert "trainer must fit this machine, got: " in line
