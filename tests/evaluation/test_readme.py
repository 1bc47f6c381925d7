"""Tables go between the marks; everything else of a README stays."""

from fitlab.evaluation.readme import END, START, publish


def test_tables_are_printed_or_put_between_the_marks(tmp_path, capsys):
    readme = tmp_path / "README.md"
    before = f"# Question\n{START}\nold\n{END}\n## Verdict\nyes\n"
    readme.write_text(before)
    publish("| new |\n", readme, write=False)
    assert capsys.readouterr().out == "| new |\n"
    assert readme.read_text() == before
    publish("| new |\n", readme, write=True)
    assert readme.read_text() == f"# Question\n{START}\n| new |\n{END}\n## Verdict\nyes\n"
