"""Training detectors: python tests/bench/bench_training.py [step] [loader] [feed] [--repeats 5] [--steps 6]

step    optimiser steps of RTMPose-t through fitlab's run (DetectorTask, Lightning) and through mmengine's Runner with
        mmpose's own model: the same crops, targets made from keypoints, AdamW, clipped gradients
loader  crops of one process, and of mmpose's own training pipeline for RTMPose, from the same files: once up to the
        augmented crop, once with targets, which mmpose makes in its pipeline and fitlab in the step; the same
        transforms of mmpose make them on both sides
feed    crops/s that training steps take, that one worker of the data module gives, and what that is of four times the
        step's speed

What each side of the loader does
unusual_poses      decodes (the pictures of other people, too), half bodies, turns, scales, shifts, tilts, one sampling;
                   other places, second people, pieces of people, props with shadows, cut-outs; flips; blurs limbs or
                   all, exposes, colours (brightness, contrast, saturation), softens, adds noise, JPEG
like mmpose's      decodes, half bodies, turns, scales, shifts, one sampling; flips; colours
mmpose's pipeline  decodes, flips the picture, half bodies, turns, scales, shifts, one sampling; colours (hue,
                   saturation, value); without Albumentation, which is not installed (blurs and a cut-out)

One thread. The ratio is images/s of ours to theirs: by the clock, and by processor time, which other work on the
machine disturbs less; medians over repetitions taken in turns.
"""

import argparse
import io
import json
import resource
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from itertools import product
from pathlib import Path
from types import SimpleNamespace
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
from fitlab.training.detector_data import DetectorData, TrainingCrop
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
    for size, with_targets in product(SIZES, (False, True)):
        dataset = mmpose_dataset(people, size, with_targets)
        packing = Packing({**mmpose_config().codec, "input_size": size}) if with_targets else None

        def ours(recipe: Augmentation, size: tuple[int, int] = size, packing: Any = packing) -> Cost:
            def crop(number: int) -> None:
                sample = augmented(recipe, people, size, number)
                if packing:
                    packing(sample.image, sample.keypoints)

            return each(crop, count)

        print(f"crops of {size[0]} x {size[1]}{' and their targets' if with_targets else ''}, {repeats} x {count}")
        compare(
            repeats,
            {
                "fitlab, unusual_poses": lambda ours=ours: ours(recipe),
                "fitlab, like mmpose's": lambda ours=ours: ours(LIKE_MMPOSES),
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
        "crops/s of one core: a step of 16 crops (forward, backward), one worker; ratio of the worker to 4 x the step"
    )
    for name, make in networks.items():
        network = make()
        batch = ReadyCrops(people, network.input_size, 16)[:]
        images, keypoints = torch.from_numpy(batch.image), torch.from_numpy(batch.keypoints)
        given = 1 / of_a_worker(people, recipe, network, count // 16)
        for precision in (torch.float32, torch.bfloat16):

            def forth_and_back(_: int, precision: torch.dtype = precision) -> None:
                with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
                    loss, _ = network.loss(images, keypoints)  # noqa: B023
                loss.backward()

            forth_and_back(0)  # warms up
            taken = 16 / each(forth_and_back, 3)[1]
            print(f"  {name:<18} {str(precision)[6:]:<9} {taken:6.1f} {given:6.0f}   ratio {given / (4 * taken):.2f}")


def of_a_worker(people: SynthesisedPeople, recipe: Augmentation, network: Network, batches: int) -> float:
    """Seconds of a loading process's processor time per crop: augmented, collated, handed over."""
    data = DetectorData(people, {}, {}, recipe, batch_size=16, workers=1)
    position = {"max_steps": batches, "global_step": 0, "accumulate_grad_batches": 1, "global_rank": 0, "world_size": 1}
    data.trainer = SimpleNamespace(**position, lightning_module=SimpleNamespace(network=network))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    crops = sum(len(batch.image) for batch in data.train_dataloader())  # the worker ends with its loader
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / crops


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


class PackedCrops(Dataset[dict[str, Any]]):
    """Crops as MMPose's own pipeline gives them."""

    def __init__(self, crops: ReadyCrops, codec: Mapping[str, Any]) -> None:
        self.crops, self.packing = crops.crops, Packing(codec)

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self.packing(self.crops[number].image, self.crops[number].keypoints)


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


if __name__ == "__main__":
    main()
