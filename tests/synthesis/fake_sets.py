"""Data sets that draw nothing, for tests of how parts are written.  A module of its own: processes import it."""

import os
import time
from collections import Counter
from dataclasses import asdict, dataclass

from fitlab.errors import InputError
from fitlab.synthesis.card import Tally


@dataclass(frozen=True)
class Numbers:
    """Parts of three numbers each; ``trouble`` in the third part."""

    kind = "numbers"
    unit = "number"
    room = "rows"

    seed: int = 0
    rows: int = 4
    pause_s: float = 0.0
    trouble: str = ""
    backgrounds: str | None = None

    @property
    def config(self):
        return asdict(self) | {"trouble": "", "pause_s": 0.0}

    @property
    def parts(self):
        return {f"{row:03d}": 3 for row in range(self.rows)}

    def write_part(self, name, folder, tick):
        for number in range(3):
            time.sleep(self.pause_s)
            if name == "002" and self.trouble == "input":
                raise InputError("numbers must be even, got 3; take another")
            if name == "002" and self.trouble == "killed":
                os._exit(9)
            (folder / f"{number}.txt").write_text(f"{self.seed} {name} {number}")
            tick()

    def tally(self, part):
        return Tally(samples=len(list(part.glob("*.txt"))), exercises=Counter(counting=3))

    def finish(self, folder):
        rows = sorted((folder / self.room).iterdir())
        (folder / "all.txt").write_text("\n".join(file.read_text() for row in rows for file in sorted(row.iterdir())))
