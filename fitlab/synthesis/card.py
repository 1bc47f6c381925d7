"""The card of a data set: what it holds, how it was made, and hashes of all of it."""

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fitlab.errors import InputError
from fitlab.files import write_text
from fitlab.locations import config_dir
from fitlab.synthesis.place import find_pictures

LICENCE = (
    "Made by fitlab (Apache-2.0). The body is Anny, NAVER Corp. (Apache-2.0) on MakeHuman data (CC0). "
    "Motion, clothes, places and labels are synthesised: no person is depicted."
)
_USED = ("fitlab", "numpy", "scipy", "opencv-python-headless", "vtk", "av", "pycocotools")
_BELOW = ("exercises", "geometry", "signals", "skeletons", "video")  # rooms of fitlab that the studio stands on


@dataclass
class Tally:
    """What a part holds: ``samples``, and how often each exercise, mistake and slice occurs in it."""

    samples: int = 0
    exercises: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)
    slices: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: "Tally") -> "Tally":
        self.samples += other.samples
        self.exercises += other.exercises
        self.mistakes += other.mistakes
        self.slices += other.slices
        return self


@dataclass(frozen=True)
class DatasetCard:
    """What is known of a data set on disk.

    Parameters
    ----------
    kind : str
        ``pictures``, ``clips`` or ``motion``.
    unit : str
        What ``samples`` counts, and what each count of a slice counts.
    config : mapping
        Arguments of the data set; the same ones make the same files.
    studio : str
        SHA-256 of the studio's sources and motion files, see :func:`studio_digest`.
    made_with : {package: version}
    samples : int
    exercises, mistakes, slices : {name: count}
    parts : {folder: SHA-256}
    sha256 : str
        Of all parts.
    licence : tuple of str
    """

    kind: str
    unit: str
    config: Mapping[str, Any]
    studio: str
    made_with: Mapping[str, str]
    samples: int
    exercises: Mapping[str, int]
    mistakes: Mapping[str, int]
    slices: Mapping[str, int]
    parts: Mapping[str, str]
    sha256: str
    licence: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Writes ``card.json`` and ``card.md``."""
        write_text(folder / "card.json", json.dumps(asdict(self), indent=1) + "\n")
        write_text(folder / "card.md", self.markdown())

    @classmethod
    def read(cls, folder: Path) -> "DatasetCard":
        """The card of the data set in ``folder``; InputError if there is none."""
        path = Path(folder) / "card.json"
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return cls(**told | {"licence": tuple(told["licence"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InputError(f"{path} must be the card of a finished data set, got: {error}; make it again") from error

    def changed(self, folder: Path) -> list[str]:
        """Parts in ``folder`` that differ from what the card says, or are not there."""
        return [name for name, digest in self.parts.items() if digest_of(Path(folder) / name) != digest]

    def markdown(self) -> str:
        """The card for people."""
        lines = [f"# {self.samples} {self.unit}s", ""]
        lines += [f"Kind: {self.kind}. SHA-256 of all {len(self.parts)} parts: `{self.sha256}`", "", "## Made of", ""]
        lines += [f"- {key}: `{json.dumps(value)}`" for key, value in self.config.items()]
        lines += ["", "## Made with", "", f"- studio `{self.studio}`"]
        lines += [f"- {name} {number}" for name, number in self.made_with.items()]
        for title, counts in (("Exercises", self.exercises), ("Mistakes", self.mistakes), ("Slices", self.slices)):
            lines += ["", f"## {title}", "", "| name | count |", "|---|---|"]
            lines += [f"| {name} | {count} |" for name, count in counts.items()]
        lines += ["", "## Licence", "", *self.licence, "", "## Parts", "", "| part | SHA-256 |", "|---|---|"]
        lines += [f"| {name} | `{digest}` |" for name, digest in self.parts.items()]
        return "\n".join(lines) + "\n"


def digest_of(folder: Path) -> str:
    """SHA-256 of the names and contents of all files below ``folder``; empty where there is no such folder."""
    if not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest.update(
                f"{path.relative_to(folder).as_posix()} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode()
            )
    return digest.hexdigest()


def digest_of_all(parts: Mapping[str, str]) -> str:
    """SHA-256 of the hashes of all parts."""
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in parts.items()).encode()).hexdigest()


def studio_digest() -> str:
    """SHA-256 of everything of fitlab that a data set depends on: sources, the body, motion and exercise files."""
    here, configs = Path(__file__).parent, config_dir()
    files = [path for kind in ("*.py", "*.npz", "*.glsl") for path in here.glob(kind)]
    files += [*configs.glob("motion/*.yaml"), here.parent / "poses.py"]
    files += [configs / "exercise" / motion.name for motion in configs.glob("motion/*.yaml")]
    files += [path for room in _BELOW for path in (here.parent / room).glob("*.py")]
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda path: (path.parent.name, path.name)):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def backgrounds_digest(config: Mapping[str, Any]) -> dict[str, str]:
    """Folder of pictures that a data set, or one of its clips, is filmed in front of -> SHA-256 of those pictures."""
    recipes = (config, *config.get("clips", {}).values())
    found = {}
    for folder in {str(recipe["backgrounds"]) for recipe in recipes if recipe.get("backgrounds")}:
        digest = hashlib.sha256()
        for path in find_pictures(Path(folder)):
            with path.open("rb") as file:
                digest.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
        found[folder] = digest.hexdigest()
    return dict(sorted(found.items()))


def made_with() -> dict[str, str]:
    """Versions of what takes part, and the kind of machine."""
    found = {}
    for package in _USED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found | {"python": platform.python_version(), "machine": _machine()}


def _machine() -> str:
    """System, processor and its widest vector unit: sums of floats differ in the last digit between those."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        flags = []
    unit = next((unit for unit in ("avx512f", "avx2") if unit in flags), "")
    return f"{platform.system()} {platform.machine()} {unit}".strip()
