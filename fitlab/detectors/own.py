"""What the user added to the zoo: weights in the user's own folder, found by name.

Unlike a cache, the folder holds what cannot be fetched again.
"""

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from fitlab.detectors.catalogue import ZOO
from fitlab.detectors.download import sha256_of
from fitlab.detectors.protocol import Detector
from fitlab.detectors.weights_files import SUFFIXES, load_file
from fitlab.errors import InputError, SetupError
from fitlab.files import write_text, written_whole
from fitlab.formats.hints import load_json
from fitlab.skeletons import SKELETONS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

_FAMILIES = {"MoveNetDetector": "movenet", "ExportedMoveNet": "movenet", "RTMPoseDetector": "rtmpose"}


@dataclass(frozen=True)
class OwnWeights:
    """An entry that the user made.

    Attributes
    ----------
    file : str
        Name in :func:`own_dir`.
    sha256 : str
        Of that file.
    family : {"movenet", "rtmpose", "mmpose"}
    skeleton : str
    input_size : (width, height) of the crops in pixels
    source : str
        Where the file was when it was added.
    config : str, optional
        Of a checkpoint of MMPose that does not say it.
    """

    name: str
    file: str
    sha256: str
    family: str
    skeleton: str
    input_size: tuple[int, int]
    source: str
    config: str | None = None


def own_dir() -> Path:
    """Folder of the user's entries: ``$FITLAB_ZOO``, else ``fitlab/zoo`` in the user's data folder."""
    if chosen := os.environ.get("FITLAB_ZOO"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "fitlab" / "zoo"


def own_entries() -> dict[str, OwnWeights]:
    """The user's entries by name, in alphabetical order."""
    return {path.stem: _read(path) for path in sorted(own_dir().glob("*.json"))}


def find_own(name: str) -> OwnWeights | None:
    """The user's entry called ``name``, if there is one."""
    path = own_dir() / f"{name}.json"
    return _read(path) if _NAME.fullmatch(name) and path.is_file() else None


def own_file(entry: OwnWeights) -> Path:
    """Where the weights of an entry lie, checked; SetupError where they are not, or are not what was added."""
    path = own_dir() / entry.file
    remedy = f"run: fitlab zoo remove {entry.name}, and add it again"
    if not path.is_file():
        raise SetupError(f"the weights of {entry.name} must be at {path}, got no such file; {remedy}")
    found = sha256_of(path)
    if found != entry.sha256:
        raise SetupError(f"{path} must have SHA-256 {entry.sha256}, got {found}; {remedy}")
    return path


def load_own(entry: OwnWeights, device: str = "cpu") -> Detector:
    """The detector of an entry."""
    return load_file(own_file(entry), entry.name, device, config=entry.config, skeleton=entry.skeleton)


def add(
    name: str, path: str | os.PathLike[str], *, config: str | None = None, skeleton: str | None = None
) -> OwnWeights:
    """Copies weights into the user's zoo, where they can be named from then on.

    Parameters
    ----------
    name : str
        Letters, digits, ``_`` and ``-``.
    path : path
        Weights of MoveNet (``.safetensors``), a checkpoint of MMPose (``.pth``), an exported graph (``.onnx``), or the
        folder of a training run.
    config, skeleton : str, optional
        See :func:`fitlab.detectors.weights_files.load_file`.

    Raises
    ------
    InputError
        If the name is taken or none, or if no detector can be made of the file.
    """
    source = _weights_in(Path(path))
    if not _NAME.fullmatch(name):
        raise InputError(f"the name must be of letters, digits, _ and -, got {name!r}; choose another one")
    if name in ZOO:
        raise InputError(f"the name must be free, got {name!r} of the catalogue; choose another one")
    if skeleton is not None and skeleton not in SKELETONS:
        raise InputError(f"skeleton must be one of {', '.join(SKELETONS)}, got {skeleton!r}; correct its name")
    sha256, there = sha256_of(source), find_own(name)
    if there is not None and there.sha256 != sha256:
        raise InputError(
            f"the name must be free, got {name!r} of {there.source}; choose another one or run: "
            f"fitlab zoo remove {name}"
        )
    detector = load_file(source, name, config=config, skeleton=skeleton)
    entry = OwnWeights(
        name=name,
        file=name + source.suffix,
        sha256=sha256,
        family=_FAMILIES.get(type(detector).__name__, "mmpose"),
        skeleton=detector.skeleton.name,
        input_size=detector.input_size,
        source=str(source.resolve()),
        config=config if source.suffix == ".pth" else None,
    )
    with written_whole(own_dir() / entry.file) as partial:
        shutil.copyfile(source, partial)
    write_text(own_dir() / f"{name}.json", json.dumps(asdict(entry), indent=2) + "\n")  # last: then it is complete
    return entry


def remove(name: str) -> None:
    """Takes an entry out of the user's zoo and deletes its copy of the weights; InputError where there is none."""
    entry = find_own(name)
    if entry is None:
        known = ", ".join(own_entries()) or "none"
        raise InputError(f"the name must be of an entry that you added, got {name!r}; there are: {known}")
    (own_dir() / f"{name}.json").unlink()
    (own_dir() / entry.file).unlink(missing_ok=True)


def _read(path: Path) -> OwnWeights:
    content = load_json(path)
    try:
        return OwnWeights(**content | {"input_size": tuple(content["input_size"])})
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{path} must be as fitlab zoo add writes it, got other keys; delete it and add again"
        ) from error


def _weights_in(path: Path) -> Path:
    """The file of weights that ``path`` is, or that a run left in it."""
    if path.is_dir():
        found = [path / f"weights{suffix}" for suffix in SUFFIXES if (path / f"weights{suffix}").is_file()]
        if len(found) != 1:
            raise InputError(f"the folder must be of a run with one file of weights, got {len(found)} in {path}")
        return found[0]
    if not path.is_file():
        raise InputError(f"the weights must be a file or the folder of a run, got {path}; check the path")
    if path.suffix not in SUFFIXES:
        hint = "take weights.safetensors or weights.pth of the run" if path.suffix == ".ckpt" else "export them"
        raise InputError(f"the weights must end in {', '.join(SUFFIXES)}, got {path}; {hint}")
    return path
