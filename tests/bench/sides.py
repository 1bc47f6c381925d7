"""What the benches of training share: costs side by side, crops in memory, and MMPose's own data."""

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from fitlab.detectors.mmpose import build_model
from fitlab.settings import compose
from fitlab.skeletons import COCO17
from fitlab.training.augmentation import seen, upright_crop
from fitlab.training.building import built
from fitlab.training.detector_data import TrainingCrop
from fitlab.training.people_sources import SynthesisedPeople

RTMPOSE_T = "body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"

Cost = tuple[float, float]
"""Seconds by the clock and of the processor, per image."""


def one_thread() -> None:
    """For all that follows, on either side."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def studio_people() -> SynthesisedPeople:
    """The people of the crops on both sides."""
    return built(compose("train", ["experiment=detector_unusual_poses"]).data.validation.studio.people)


def compare(repeats: int, runs: Mapping[str, Callable[[], Cost]]) -> None:
    """Prints each run's images/s and its ratio to the last one."""
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            costs[name].append(run())
    peer = np.array(list(costs.values())[-1])
    for name, found in costs.items():
        clock, processor = np.median(found, axis=0)
        ratio = np.median(peer / np.array(found), axis=0)
        print(
            f"  {name:<22} {1 / clock:7.1f} images/s   {1000 * processor:6.2f} ms of processor time an image   "
            f"ratio {ratio[0]:.2f} (clock), {ratio[1]:.2f} (processor)"
        )


def each(call: Callable[[int], Any], count: int) -> Cost:
    """Cost of ``call(0), call(1) ...``, each."""
    clock, processor = time.perf_counter(), time.process_time()
    for number in range(count):
        call(number)
    return (time.perf_counter() - clock) / count, (time.process_time() - processor) / count


class ReadyCrops(Dataset[TrainingCrop]):
    """Crops in memory, for a training step alone."""

    def __init__(self, people: SynthesisedPeople, size: tuple[int, int], count: int) -> None:
        samples = [seen(person, upright_crop(person, size)) for person in people[:count]]
        nobody = np.full((len(COCO17), 2), np.nan, np.float32)
        self.crops = [TrainingCrop(sample.image, sample.keypoints, nobody, np.float32(1)) for sample in samples]

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, draw: Any) -> TrainingCrop:
        if isinstance(draw, slice):
            return TrainingCrop(*(np.stack(fields) for fields in zip(*self.crops[draw], strict=True)))
        return self.crops[draw.index]


class Packing:
    """The end of MMPose's own pipeline: targets, then samples."""

    def __init__(self, codec: Mapping[str, Any]) -> None:
        from mmpose.datasets.transforms import GenerateTarget, PackPoseInputs

        self.transforms = (GenerateTarget(encoder=dict(codec)), PackPoseInputs(meta_keys=()))

    def __call__(self, image: np.ndarray, keypoints: np.ndarray) -> dict[str, Any]:
        labelled = np.isfinite(keypoints).all(-1)
        results: Any = {
            "img": cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
            "transformed_keypoints": np.where(labelled[:, None], keypoints - 0.5, 0)[None].astype(np.float32),
            "keypoints_visible": labelled[None].astype(np.float32),
        }
        for transform in self.transforms:
            results = transform.transform(results)
        return results


def mmpose_config() -> Any:
    build_model(RTMPOSE_T)  # makes mmpose importable
    import mmpose
    from mmengine.config import Config
    from mmengine.registry import init_default_scope

    init_default_scope("mmpose")
    return Config.fromfile(Path(mmpose.__file__).parent / ".mim" / "configs" / RTMPOSE_T)


def mmpose_dataset(people: SynthesisedPeople, size: tuple[int, int], with_targets: bool) -> Any:
    """MMPose's data set of the same people, with the training pipeline of its configuration of RTMPose."""
    left_out = ("Albumentation",) if with_targets else ("Albumentation", "GenerateTarget", "PackPoseInputs")
    cfg = mmpose_config()
    from mmpose.datasets import CocoDataset

    labels = json.loads((people.folder / "annotations.json").read_text(encoding="utf-8"))
    for annotation in labels["annotations"]:
        annotation["keypoints"] = annotation["keypoints"][: 3 * len(COCO17)]
    pipeline = [step for step in cfg.train_pipeline if step["type"] not in left_out]
    for transform in pipeline:
        transform.update({"input_size": size} if "input_size" in transform else {})
        transform.update({"encoder": {**cfg.codec, "input_size": size}} if "encoder" in transform else {})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.json"
        path.write_text(json.dumps(labels), encoding="utf-8")
        return CocoDataset(
            ann_file=str(path), data_prefix={"img": f"{(people.folder / 'images').resolve()}/"}, pipeline=pipeline
        )
