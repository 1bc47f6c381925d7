"""Data for detectors: python -m tests.bench.bench_loader [loader] [feed] [--repeats 5] [--crops 200]

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
import resource
from collections.abc import Callable
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from fitlab.settings import compose
from fitlab.skeletons import COCO17
from fitlab.training.augmentation import Augmentation
from fitlab.training.building import built
from fitlab.training.detector_data import DetectorData
from fitlab.training.detector_networks import Network, TrainableMMPose, TrainableMoveNet
from fitlab.training.people_sources import SynthesisedPeople
from tests.bench.sides import (
    RTMPOSE_T,
    Cost,
    Packing,
    ReadyCrops,
    compare,
    each,
    mmpose_config,
    mmpose_dataset,
    one_thread,
    studio_people,
)

SIZES = ((192, 192), (256, 256), (192, 256))
LIKE_MMPOSES = Augmentation(
    turn_deg=80, turn_share=0.6, scale=(0.6, 1.4), shift=0.16, flip=0.5, half_body=0.3, colour=0.2
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["loader", "feed"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--crops", type=int, default=200, help="of each repetition of the loader")
    chosen = parser.parse_args()
    one_thread()
    people = studio_people()
    if "loader" in chosen.parts:
        loader(people, chosen.repeats, chosen.crops)
    if "feed" in chosen.parts:
        feed(people, chosen.crops)


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


def augmented(recipe: Augmentation, people: SynthesisedPeople, size: tuple[int, int], number: int) -> Any:
    rng = np.random.default_rng((1, 0, number))
    return recipe(people[number % len(people)], size, COCO17.mirror, rng, progress=0.5, others=people)


if __name__ == "__main__":
    main()
