"""The tables of an experiment, printed or put into its README between two marks."""

import sys
from pathlib import Path

from fitlab.files import write_text

START, END = "<!-- tables: written by the command above -->", "<!-- end of tables -->"


def publish(tables: str, readme: Path, *, write: bool) -> None:
    """Prints ``tables`` (Markdown), or with ``write`` puts them between the marks of ``readme``; the rest stays."""
    if not write:
        sys.stdout.write(tables)
        return
    before, _, rest = readme.read_text(encoding="utf-8").partition(START)
    write_text(readme, f"{before}{START}\n{tables}{END}{rest.partition(END)[2]}")
