"""What FitBench-S was when it was frozen: hashes of the labels and of the pictures of every clip.

``python -m fitlab.synthesis.manifest compare FOLDER`` holds what ``fitlab synth preset=benchmark`` wrote there against
the manifest that travels with the package; ``freeze`` instead of ``compare`` writes that manifest anew.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from fitlab.errors import InputError, SetupError
from fitlab.files import write_text
from fitlab.synthesis.benchmark import VIEWS, FitBench
from fitlab.synthesis.card import DatasetCard, made_with
from fitlab.synthesis.clip_files import stored_hashes

MANIFEST = Path(__file__).with_name("fitbench_s.json")

_NAMED = 8  # of the clips that differ
_PROBES = 2  # frames of a clip whose hashes the manifest holds: a test draws these alone


@dataclass(frozen=True)
class Agreement:
    """How the clips in a folder compare with the manifest.

    Parameters
    ----------
    clips : int
        How many clips were to be made that are frozen.
    missing, labels, pictures : tuple of str
        Those of them, ``<performance>/<view>``, that are not there or cannot be read; whose labels differ; whose
        pictures differ.
    unknown : tuple of str
        Clips that were made but never frozen.
    """

    clips: int
    missing: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def wrong(self) -> tuple[str, ...]:
        """All clips that are missing or differ."""
        return tuple(sorted({*self.missing, *self.labels, *self.pictures}))

    def __str__(self) -> str:
        if not self.clips:
            return "FitBench-S: nothing is frozen of these clips; it has other exercises, seed, fps or repetitions"
        line = f"labels and pictures of all {self.clips} clips agree with the manifest"
        if self.wrong:
            line = f"{len(self.wrong)} of {self.clips} clips do not agree with the manifest"
        listed = {
            "missing": self.missing,
            "labels differ": self.labels,
            "pictures differ": self.pictures,
            "not in the manifest": self.unknown,
        }
        told = [f"  {what}: {len(names)} ({_some(names)})" for what, names in listed.items() if names]
        return "\n".join([f"FitBench-S: {line}", *told])


def _some(names: tuple[str, ...]) -> str:
    return ", ".join([*names[:_NAMED], *(["..."] if len(names) > _NAMED else [])])


def compare(bench: FitBench, folder: Path, manifest: Path = MANIFEST) -> Agreement:
    """Holds the clips of ``bench`` in ``folder`` against ``manifest``; hashes of labels are computed anew."""
    frozen = _read(manifest)
    given = bench.config
    if any(frozen["config"].get(key) != given[key] for key in ("seed", "fps", "repetitions")):
        return Agreement(0)
    found = _entries(folder)
    wanted = [f"{performance}/{view}" for performance in bench.parts for view in VIEWS]
    expected = {name: frozen["clips"][name] for name in wanted if name in frozen["clips"]}

    def differ(key: str) -> tuple[str, ...]:
        return tuple(name for name, entry in expected.items() if name in found and found[name][key] != entry[key])

    return Agreement(
        len(expected),
        tuple(name for name in expected if name not in found),
        differ("labels_sha256"),
        differ("frames_sha256"),
        tuple(name for name in found if name not in frozen["clips"]),
    )


def demand(agreement: Agreement, manifest: Path = MANIFEST) -> str:
    """What the differences mean where they mean little; nothing where clips are as they were frozen.

    Hashes bind to versions and to the kind of processor: with others, last bits of labels and pictures differ, and
    whether more than these does is not told by a hash.

    Raises
    ------
    SetupError
        If clips are missing, or differ though they were made with what the manifest was made with.
    """
    if not agreement.wrong:
        return ""
    here = made_with()
    other = ", ".join(
        f"{name} {here.get(name, 'none')} instead of {version}"
        for name, version in _read(manifest)["made_with"].items()
        if here.get(name) != version
    )
    if other and not agreement.missing:
        return (
            f"made with {other}: last bits of labels and pictures differ then, and hashes cannot tell whether more does"
        )
    raise SetupError(
        f"FitBench-S must be as it was frozen, got {len(agreement.wrong)} of {agreement.clips} clips that are missing "
        f"or differ, made with {other or 'what it was frozen with'}; make them again"
    )


def freeze(folder: Path, manifest: Path = MANIFEST) -> int:
    """Writes the manifest of the finished benchmark in ``folder``; returns how many clips it holds.

    Raises
    ------
    InputError
        If there is no finished data set in ``folder``, or one that was changed.
    """
    card = DatasetCard.read(folder)
    if changed := card.changed(folder):
        raise InputError(f"the data set in {folder} must be as its card says, got {changed[0]} changed; make it again")
    entries = _entries(folder)
    content = {"config": card.config, "studio": card.studio, "made_with": card.made_with, "clips": entries}
    write_text(manifest, json.dumps(content, indent=0) + "\n")
    return len(entries)


def _read(manifest: Path) -> Mapping[str, Any]:
    nothing: Mapping[str, Any] = {"config": {}, "made_with": {}, "clips": {}}
    return json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else nothing


def _entries(folder: Path) -> dict[str, dict[str, Any]]:
    """``<performance>/<view>`` -> hashes of every clip that is whole."""
    found = {}
    for path in sorted(folder.glob("clips/*/*.mp4")):
        try:
            hashes, frames = stored_hashes(path)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            continue
        probes = np.linspace(0, len(frames) - 1, _PROBES + 2).astype(int)[1:-1]
        found[f"{path.parent.name}/{path.stem}"] = {
            "frames": len(frames),
            **hashes,
            "probes": {str(frame): frames[frame] for frame in probes},
        }
    return found


def _main(arguments: list[str]) -> None:
    if len(arguments) != 2 or arguments[0] not in ("compare", "freeze"):
        sys.exit("usage: python -m fitlab.synthesis.manifest compare|freeze FOLDER")
    folder = Path(arguments[1])
    try:
        if arguments[0] == "freeze":
            sys.stdout.write(f"{MANIFEST}: {freeze(folder)} clips\n")
            return
        agreement = compare(FitBench(**DatasetCard.read(folder).config), folder)
        sys.stdout.write(f"{agreement}\n")
        sys.stdout.write(f"{demand(agreement)}\n" if agreement.wrong else "")
    except (InputError, SetupError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main(sys.argv[1:])
