"""Training detectors: python tests/bench/bench_training.py [step] [loader] [feed] [--repeats 5] [--steps 6]

step    optimiser steps of RTMPose-t through fitlab's run (DetectorTask, Lightning) and through mmengine's Runner with
        mmpose's own model: the same crops, targets made from keypoints, AdamW, clipped gradients
loader  augmented crops of one process, and of mmpose's own training pipeline for RTMPose (without Albumentation, which
        is not installed), from the same files; "like mmpose's" is what that pipeline does, in fitlab's terms
feed    crops/s that training steps take, that one process augments, and how many processes feed a step, and one that
        is four times as fast

One thread. The ratio is images/s of ours to theirs: by the clock, and by processor time, which other work on the
machine disturbs less; medians over repetitions taken in turns.
"""

import argparse
import io
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from lightning.pytorch import Callback, LightningDataModule
from torch.utils.data import DataLoader, Dataset

from fitlab.detectors.mmpose import build_model
from fitlab.settings import compose
from fitlab.skeletons import COCO17
from fitlab.training.augmentation import Augmentation, seen, upright_crop
from fitlab.training.building import built
from fitlab.training.detector_data import TrainingCrop
from fitlab.training.detector_networks import Network, TrainableMMPose, TrainableMoveNet
from fitlab.training.detector_task import DetectorTask
from fitlab.training.people_sources import SynthesisedPeople
from fitlab.training.run import train
from fitlab.training.stream import stream_loader
from fitlab.training.trackers import CsvTracker

RTMPOSE_T = "body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"
SIZES = ((192, 192), (256, 256), (192, 256))
LIKE_MMPOSES = Augmentation(
    turn_deg=80, turn_share=0.6, scale=(0.6, 1.4), shift=0.16, flip=0.5, half_body=0.3, colour=0.2
)

Cost = tuple[float, float]
"""Seconds by the clock and of the processor, per image."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["step", "loader", "feed"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--crops", type=int, default=200, help="of each repetition of the loader")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    people = built(compose("train", ["experiment=detector_unusual_poses"]).data.validation.studio.people)
    if "step" in chosen.parts:
        step(people, chosen.repeats, chosen.steps, chosen.batch)
    if "loader" in chosen.parts:
        loader(people, chosen.repeats, chosen.crops)
    if "feed" in chosen.parts:
        feed(people, chosen.crops)


def step(people: SynthesisedPeople, repeats: int, steps: int, batch: int) -> None:
    crops = ReadyCrops(people, (192, 256), min(len(people), batch * steps))
    print(f"RTMPose-t, optimiser steps of {batch} crops, {repeats} x {steps} steps")
    compare(
        repeats,
        {"fitlab train": lambda: ours(crops, steps, batch), "mmengine's Runner": lambda: theirs(crops, steps, batch)},
    )


def loader(people: SynthesisedPeople, repeats: int, count: int) -> None:
    recipe = built(compose("train", ["experiment=detector_unusual_poses"]).augment)
    for size in SIZES:
        dataset = mmpose_dataset(people, size)
        print(f"augmented crops of {size[0]} x {size[1]}, {repeats} x {count}")
        compare(
            repeats,
            {
                "fitlab, unusual_poses": lambda size=size: each(lambda n: augmented(recipe, people, size, n), count),
                "fitlab, like mmpose's": lambda size=size: each(
                    lambda n: augmented(LIKE_MMPOSES, people, size, n), count
                ),
                "mmpose's pipeline": lambda dataset=dataset: each(lambda n: dataset[n % len(dataset)], count),
            },
        )


def feed(people: SynthesisedPeople, count: int) -> None:
    recipe = built(compose("train", ["experiment=detector_unusual_poses"]).augment)
    networks: dict[str, Callable[[], Network]] = {
        "movenet_lightning": lambda: TrainableMoveNet("movenet_lightning"),
        "movenet_thunder": lambda: TrainableMoveNet("movenet_thunder"),
        "rtmpose_t": lambda: TrainableMMPose(RTMPOSE_T),
    }
    print(
        "crops/s of one core: a step of 16 crops (forward, backward), augmentation; processes for it, for 4 x the speed"
    )
    for name, make in networks.items():
        network = make()
        batch = ReadyCrops(people, network.input_size, 16)[:]
        images, keypoints = torch.from_numpy(batch.image), torch.from_numpy(batch.keypoints)
        given = 1 / each(lambda n, size=network.input_size: augmented(recipe, people, size, n), count)[1]
        for precision in (torch.float32, torch.bfloat16):

            def forth_and_back(_: int, precision: torch.dtype = precision) -> None:
                with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
                    loss, _ = network.loss(images, keypoints)  # noqa: B023
                loss.backward()

            forth_and_back(0)  # warms up
            taken = 16 / each(forth_and_back, 3)[1]
            print(
                f"  {name:<18} {str(precision)[6:]:<9} {taken:6.1f} {given:6.0f}"
                f"   {int(np.ceil(taken / given))}, {int(np.ceil(4 * taken / given))}"
            )


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


def augmented(recipe: Augmentation, people: SynthesisedPeople, size: tuple[int, int], number: int) -> Any:
    rng = np.random.default_rng((1, 0, number))
    return recipe(people[number % len(people)], size, COCO17.mirror, rng, progress=0.5, others=people)


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


class PackedCrops(Dataset[dict[str, Any]]):
    """The same, as the end of MMPose's own pipeline packs them: targets, then samples."""

    def __init__(self, crops: ReadyCrops, codec: Mapping[str, Any]) -> None:
        from mmpose.datasets.transforms import GenerateTarget, PackPoseInputs

        self.crops = crops.crops
        self.transforms = (GenerateTarget(encoder=dict(codec)), PackPoseInputs(meta_keys=()))

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, number: int) -> dict[str, Any]:
        crop = self.crops[number]
        labelled = np.isfinite(crop.keypoints).all(-1)
        results: Any = {
            "img": np.ascontiguousarray(crop.image[..., ::-1]),  # BGR
            "transformed_keypoints": np.where(labelled[:, None], crop.keypoints - 0.5, 0)[None].astype(np.float32),
            "keypoints_visible": labelled[None].astype(np.float32),
        }
        for transform in self.transforms:
            results = transform.transform(results)
        return results


class Ready(LightningDataModule):
    def __init__(self, crops: ReadyCrops, batch: int) -> None:
        super().__init__()
        self.crops, self.batch, self.test = crops, batch, {}

    def train_dataloader(self) -> DataLoader[Any]:
        return stream_loader(self.crops, batch_size=self.batch, seed=0, trainer=self.trainer)


class Ticks(Callback):
    """Notes when optimiser steps end."""

    def __init__(self) -> None:
        self.times: list[Cost] = []

    def on_train_batch_end(self, *_: Any) -> None:
        self.times.append((time.perf_counter(), time.process_time()))


def ours(crops: ReadyCrops, steps: int, batch: int) -> Cost:
    """A run of ``fitlab train``, with its trainer, callbacks and curves, from the end of the first step on."""
    cfg, ticks = configured(steps), Ticks()
    trainer = built(cfg.trainer)

    def engine(**given: Any) -> Any:
        return trainer(**{**given, "callbacks": [*given["callbacks"], ticks], "limit_val_batches": 0})

    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        task = DetectorTask(TrainableMMPose(RTMPOSE_T), built(cfg.optim))
        data = Ready(crops, batch)
        train(task, data, Path(folder), trainer=engine, save_every=10**9, loggers=[CsvTracker(Path(folder))])
    return per_image(ticks.times, batch)


def theirs(crops: ReadyCrops, steps: int, batch: int) -> Cost:
    """A run of mmengine's Runner, with its default hooks."""
    from mmengine.hooks import Hook
    from mmengine.runner import Runner

    times: list[Cost] = []

    class Note(Hook):
        priority = "LOWEST"

        def after_train_iter(self, *_: Any, **__: Any) -> None:
            times.append((time.perf_counter(), time.process_time()))

    optim = configured(steps).optim
    with tempfile.TemporaryDirectory() as folder:
        Runner(
            build_model(RTMPOSE_T),
            work_dir=folder,
            train_dataloader={
                "batch_size": batch,
                "num_workers": 0,
                "sampler": {"type": "InfiniteSampler", "shuffle": True},
                "dataset": PackedCrops(crops, mmpose_config().codec),
                "collate_fn": {"type": "pseudo_collate"},
            },
            train_cfg={"by_epoch": False, "max_iters": steps},
            optim_wrapper={
                "optimizer": {"type": "AdamW", "lr": optim.rate, "weight_decay": optim.weight_decay},
                "clip_grad": {"max_norm": 1.0},
            },
            param_scheduler={"type": "CosineAnnealingLR", "T_max": steps, "by_epoch": False},
            custom_hooks=[Note()],
            default_scope="mmengine",  # mmpose.visualization wants torchvision
            log_level="ERROR",
            experiment_name=f"bench-{time.perf_counter_ns()}",
        ).train()
    return per_image(times, batch)


def configured(steps: int) -> Any:
    return compose(
        "train",
        [
            "experiment=detector_debug_rtmpose",
            f"steps={steps}",
            "validate_every=1000000",
            "trainer.log_every_n_steps=1",
        ],
    )


def per_image(times: Sequence[Cost], batch: int) -> Cost:
    clock, processor = np.median(np.diff(times, axis=0), axis=0) / batch
    return float(clock), float(processor)


def mmpose_config() -> Any:
    build_model(RTMPOSE_T)  # makes mmpose importable
    import mmpose
    from mmengine.config import Config
    from mmengine.registry import init_default_scope

    init_default_scope("mmpose")
    return Config.fromfile(Path(mmpose.__file__).parent / ".mim" / "configs" / RTMPOSE_T)


def mmpose_dataset(people: SynthesisedPeople, size: tuple[int, int]) -> Any:
    """MMPose's data set of the same people, with the training pipeline of its configuration of RTMPose."""
    cfg = mmpose_config()
    from mmpose.datasets import CocoDataset

    labels = json.loads((people.folder / "annotations.json").read_text(encoding="utf-8"))
    for annotation in labels["annotations"]:
        annotation["keypoints"] = annotation["keypoints"][: 3 * len(COCO17)]
    pipeline = [step for step in cfg.train_pipeline if step["type"] != "Albumentation"]
    for transform in pipeline:
        transform.update({"input_size": size} if "input_size" in transform else {})
        transform.update({"encoder": {**cfg.codec, "input_size": size}} if "encoder" in transform else {})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.json"
        path.write_text(json.dumps(labels), encoding="utf-8")
        return CocoDataset(
            ann_file=str(path), data_prefix={"img": f"{(people.folder / 'images').resolve()}/"}, pipeline=pipeline
        )


if __name__ == "__main__":
    main()
