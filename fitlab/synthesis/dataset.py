"""Data sets on disk: made of parts by several processes, gone on with after a crash, and described by a card.

Every sample is a function of the data set's arguments and its own number, so neither the number of processes nor where
a run was killed shows in the files.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from fitlab.errors import InputError, SetupError
from fitlab.files import write_text
from fitlab.synthesis.card import (
    LICENCE,
    DatasetCard,
    Tally,
    backgrounds_digest,
    digest_of,
    digest_of_all,
    made_with,
    studio_digest,
)
from fitlab.synthesis.workers import Maker, make_parts


class DataSet(Maker, Protocol):
    """What can be written by :func:`write_dataset`.

    ``kind`` and ``unit`` are those of :class:`fitlab.synthesis.card.DatasetCard`; ``room`` is the folder of the parts.
    """

    kind: str
    unit: str
    room: str

    @property
    def config(self) -> Mapping[str, Any]:
        """The arguments, ready for JSON."""

    @property
    def parts(self) -> Mapping[str, int]:
        """Name of every part -> how many samples."""

    def tally(self, part: Path) -> Tally:
        """What the finished ``part`` holds."""

    def finish(self, folder: Path) -> None:
        """Writes what belongs to all parts together."""


def write_dataset(dataset: DataSet, folder: str | os.PathLike[str], workers: int | None = None) -> DatasetCard:
    """Writes ``dataset`` into ``folder``, or goes on where a run was stopped.

    Parameters
    ----------
    workers : int, optional
        Processes; default: one per core.  The files do not depend on it.

    Returns
    -------
    card : DatasetCard
        Also written as ``card.json`` and ``card.md``, last: where there is one, the data set is complete.

    Raises
    ------
    InputError
        If ``workers`` is below 1 or ``folder`` holds something else.
    SetupError
        If ``folder`` cannot be written, or another process writes to it.
    """
    if workers is not None and workers < 1:
        raise InputError(f"workers must be at least 1, got {workers}; null takes one per core")
    folder, studio = Path(folder).absolute(), studio_digest()
    plan = {
        "kind": dataset.kind,
        "config": dataset.config,
        "backgrounds": backgrounds_digest(dataset.config),
        "studio": studio,
        "made_with": made_with(),
    }
    _claim(folder, json.dumps(plan, indent=1) + "\n")
    with _alone(folder / "plan.json"):
        for place in (folder, folder / dataset.room):
            for left in place.glob(".writing-*"):  # by a run that was killed
                shutil.rmtree(left, ignore_errors=True)
        targets = {name: folder / dataset.room / name for name in dataset.parts}
        missing = {name: samples for name, samples in dataset.parts.items() if not targets[name].is_dir()}
        if missing:
            (folder / "card.json").unlink(missing_ok=True)
            processes = min(workers or os.cpu_count() or 1, len(missing))
            make_parts(dataset, missing, targets, processes, dataset.unit)
        dataset.finish(folder)
        card = _card(dataset, targets, studio, folder)
        card.write(folder)
    return card


def _card(dataset: DataSet, targets: Mapping[str, Path], studio: str, folder: Path) -> DatasetCard:
    total, digests = Tally(), {}
    for target in targets.values():
        total += dataset.tally(target)
        digests[target.relative_to(folder).as_posix()] = digest_of(target)
    own = (
        f"The pictures behind the people come from {backgrounds} and keep their own licence."
        for backgrounds in backgrounds_digest(dataset.config)
    )
    return DatasetCard(
        kind=dataset.kind,
        unit=dataset.unit,
        config=dict(dataset.config),
        studio=studio,
        made_with=made_with(),
        samples=total.samples,
        exercises=dict(sorted(total.exercises.items())),
        mistakes=dict(sorted(total.mistakes.items())),
        slices=dict(sorted(total.slices.items())),
        parts=digests,
        sha256=digest_of_all(digests),
        licence=(LICENCE, *own),
    )


def _claim(folder: Path, plan: str) -> None:
    """Makes the folder that of this data set; InputError if it holds another."""
    path = folder / "plan.json"
    try:
        known = path.read_text(encoding="utf-8") if path.exists() else None
        foreign = known is None and folder.is_dir() and any(item.name != "config.yaml" for item in folder.iterdir())
    except OSError as error:
        raise SetupError(f"the folder {folder} must be readable, got {error.strerror!r}; choose another one") from error
    if foreign:
        raise InputError(
            f"the folder of a data set must be new or hold that data set, got {folder}; choose another one"
        )
    if known is None:
        write_text(path, plan)
    elif known != plan:
        raise InputError(
            f"the data set in {folder} must be the one to go on with, got {_difference(known, plan)}; "
            "delete it or choose another folder"
        )


def _difference(known: str, plan: str) -> str:
    try:
        old, new = json.loads(known), json.loads(plan)
        if old["kind"] != new["kind"]:
            return f"one of {old['kind']}"
        for key, value in new["config"].items():
            if old["config"].get(key) != value:
                return f"one with {key}={old['config'].get(key)}"
        if old["studio"] == new["studio"]:
            if old["backgrounds"] != new["backgrounds"]:
                return f"one with other pictures in {', '.join(new['backgrounds'])}"
            name = next(name for name, version in new["made_with"].items() if old["made_with"].get(name) != version)
            return f"one made with {name} {old['made_with'].get(name)}, here is {new['made_with'][name]}"
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return "a plan.json that is none"
    return "one made by another version of the studio"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else writes to the data set of this plan meanwhile."""
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(
                f"{path.parent} must be written by one process at a time, got another one at work; wait for it"
            ) from None
        yield
