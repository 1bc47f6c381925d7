from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import lightning
import numpy as np
import pandas
import pytest
import torch

from fitlab.detectors.movenet_detector import load_movenet
from fitlab.errors import InputError
from fitlab.training.augmentation import Augmentation, seen, upright_crop
from fitlab.training.centernet import WEIGHTS
from fitlab.training.detector_data import DetectorData
from fitlab.training.detector_networks import TrainableMMPose, TrainableMoveNet
from fitlab.training.detector_task import DetectorTask
from fitlab.training.optim import Optim
from fitlab.training.people import Person, Slice
from fitlab.training.people_sources import SynthesisedPeople
from fitlab.training.run import train
from fitlab.training.trackers import CsvTracker

RTMPOSE_T = "body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"


def batch_of(
    people: SynthesisedPeople, size: tuple[int, int], turn_deg: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor]:
    samples = [seen(person, upright_crop(person, size, turn_deg)) for person in people]
    images, keypoints = ([getattr(sample, name) for sample in samples] for name in ("image", "keypoints"))
    return torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(keypoints))


def test_movenet_learns_eight_pictures(studio_people: SynthesisedPeople):
    network = TrainableMoveNet("movenet_lightning")
    batch = batch_of(studio_people, network.input_size, turn_deg=150)  # what the released weights are bad at
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-5)
    losses = []
    for step in range(8):
        optimizer.param_groups[0]["lr"] = 3e-5 * min(1, (step + 1) / 4)
        loss, _ = network.loss(*batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_the_loss_is_the_recorded_one():
    """Recorded with torch 2.13 on a CPU: weights, preprocessing, targets and losses in one."""
    network = TrainableMoveNet("movenet_lightning")
    generator = torch.Generator().manual_seed(5)
    images = torch.randint(0, 256, (2, 192, 192, 3), dtype=torch.uint8, generator=generator)
    keypoints = 16 + 160 * torch.rand(2, 17, 2, generator=generator)
    _, parts = network.loss(images, keypoints)
    recorded = {"centre": 2.6722, "keypoints": 5.2128, "regression": 17.2551, "offsets": 2.9708}
    assert {name: part.item() for name, part in parts.items()} == pytest.approx(recorded, rel=2e-3)


def test_rtmpose_trains_on_mmposes_own_loss(studio_people: SynthesisedPeople):
    pytest.importorskip("mmpose", reason="install the extra [mmpose] to train its models")
    from fitlab.detectors.mmpose import train_loss

    torch.manual_seed(0)
    network = TrainableMMPose(RTMPOSE_T).train()
    assert network.input_size == (192, 256)
    images, keypoints = batch_of(studio_people, network.input_size)
    keypoints[0, 3] = torch.nan
    loss, parts = network.loss(images, keypoints)
    own, _ = train_loss(
        network.model, images.permute(0, 3, 1, 2), keypoints.nan_to_num(5.0), keypoints.isfinite().all(-1)
    )
    assert loss.item() == pytest.approx(own.item(), rel=1e-6)
    assert "loss_kpt" in parts and "loss" not in parts
    positions, confidence = network.eval().predict(images)
    assert positions.shape == (8, 17, 2) and confidence.shape == (8, 17)


def debug_trainer(steps: int) -> partial:
    return partial(
        lightning.Trainer,
        accelerator="cpu",
        max_steps=steps,
        val_check_interval=2,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
    )


def named(people: Sequence[Person], name: str) -> list[Person]:
    """The same people as if they were others, so that one small set serves as three."""
    return [
        Person(person.image ^ np.uint8(len(name)), person.keypoints, person.box, person.area, f"{name} {number}")
        for number, person in enumerate(people)
    ]


def detector_data(people: SynthesisedPeople) -> DetectorData:
    validation, test = named(people[:4], "v"), named(people[:4], "test")
    return DetectorData(
        people,
        {"upright": Slice(validation), "upside_down": Slice(validation, 180), "nobody": Slice([])},
        {"upright": Slice(test), "upside_down": Slice(test, 180), "nobody": Slice([])},
        Augmentation(turn_deg=180, flip=0.5, second_person=0.5),
        4,
    )


def test_a_run_measures_slices_and_joints_and_leaves_weights_that_load(
    studio_people: SynthesisedPeople, tmp_path: Path
):
    task = DetectorTask(TrainableMoveNet("movenet_lightning"), Optim(rate=1e-4))
    metrics = train(
        task, detector_data(studio_people), tmp_path, trainer=debug_trainer(2), loggers=[CsvTracker(tmp_path)]
    )
    assert set(metrics["before"]) == {"upright", "upside_down"}  # a slice without people is no row
    assert metrics["before"]["upright"]["pck"] > metrics["before"]["upside_down"]["pck"]
    assert 0 <= metrics["after"]["upright"]["oks"] <= 1
    joints = pandas.read_csv(tmp_path / "joints_after.csv", index_col=0)
    assert list(joints.index) == list(task.network.skeleton.joints)
    curves = pandas.read_csv(tmp_path / "metrics.csv").pivot_table("value", "step", "name")
    assert {"train/loss", "train/keypoints", "val/pck", "val/upright", "val/upside_down"} <= set(curves.columns)
    assert 0 < curves["val/pck"].dropna().iloc[0] <= 1
    assert curves["val/pck"].iloc[-1] == pytest.approx(curves[["val/upright", "val/upside_down"]].iloc[-1].mean())
    loaded, variant = load_movenet(tmp_path / "weights.safetensors")
    assert variant == "movenet_lightning"
    for name, value in task.network.model.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], value, rtol=2e-3, atol=1e-4)  # stored as halves


def test_data_without_people_or_with_leaks_is_refused_before_training(studio_people: SynthesisedPeople):
    held_out = {"upright": Slice(named(studio_people, "v"))}
    with pytest.raises(InputError, match=r"data\.train"):
        DetectorData([], held_out, {}, Augmentation(), 4).prepare_data()
    with pytest.raises(InputError, match=r"data\.validation must hold people, got none in upright"):
        DetectorData(studio_people, {"upright": Slice([])}, {}, Augmentation(), 4).prepare_data()
    with pytest.raises(InputError, match=r"data\.test must not share people with data\.train"):
        DetectorData(studio_people, held_out, {"a": Slice(studio_people[:1])}, Augmentation(), 4).prepare_data()


def test_who_measures_needs_people_to_measure_and_none_to_train_on(studio_people: SynthesisedPeople):
    held_out = {"upright": Slice(named(studio_people, "v"))}
    DetectorData([], {}, held_out, Augmentation(), 4).prepare_test()
    with pytest.raises(InputError, match=r"data\.test must hold people, got none in upright"):
        DetectorData(studio_people, held_out, {"upright": Slice([])}, Augmentation(), 4).prepare_test()


def test_slices_without_people_are_named(studio_people: SynthesisedPeople, capsys: pytest.CaptureFixture[str]):
    detector_data(studio_people).prepare_data()
    told = capsys.readouterr().out.splitlines()
    assert told == ["nobody in data.validation: nobody: left out", "nobody in data.test: nobody: left out"]


def test_the_average_follows_the_weights_and_is_what_is_saved(studio_people: SynthesisedPeople, tmp_path: Path):
    task = DetectorTask(TrainableMoveNet("movenet_lightning"), Optim(rate=1e-3, relative=True), average=0.9)
    seen_weights, name = [], "keypoints.out.bias"
    start = task.network.model.state_dict()[name].clone()
    step = task.optimizer_step

    def noted(*arguments, **named):
        step(*arguments, **named)
        seen_weights.append(task.network.model.state_dict()[name].clone())

    task.optimizer_step = noted
    train(task, detector_data(studio_people), tmp_path, trainer=debug_trainer(4))
    best = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=False)["state_dict"]
    expected = start
    for number, weights in enumerate(seen_weights, start=1):
        decay = min(0.9, (1 + number) / (10 + number))
        expected = decay * expected + (1 - decay) * weights
    torch.testing.assert_close(best[f"average.{name}"], expected, rtol=1e-4, atol=1e-6)
    assert not torch.equal(best[f"average.{name}"], best[f"network.model.{name}"])
    saved, _ = load_movenet(tmp_path / "weights.safetensors")
    torch.testing.assert_close(saved.state_dict()[name], task.average.state_dict()[name], rtol=2e-3, atol=1e-4)


def test_distillation_starts_at_nothing_and_is_part_of_the_loss(studio_people: SynthesisedPeople):
    network = TrainableMoveNet("movenet_lightning", distil=2.0)
    images, keypoints = batch_of(studio_people, network.input_size)
    loss, parts = network.loss(images, keypoints)
    plain, _ = TrainableMoveNet("movenet_lightning").loss(images, keypoints)
    assert parts["kept"].item() == pytest.approx(0, abs=1e-3)
    assert loss.item() == pytest.approx(plain.item(), rel=1e-4)
    with torch.no_grad():
        network.model.keypoints.out.bias += 1
    loss, parts = network.loss(images, keypoints)
    rest = sum(WEIGHTS[name] * parts[name] for name in WEIGHTS)
    assert parts["kept"].item() > 1 and loss.item() == pytest.approx((rest + 2 * parts["kept"]).item(), rel=1e-4)
    assert not any(p.requires_grad for p in network.original.parameters())


def test_labels_that_are_trusted_less_count_less(studio_people: SynthesisedPeople):
    network = TrainableMoveNet("movenet_lightning")
    images, keypoints = batch_of(studio_people, network.input_size)
    without, _ = network.loss(images[1:], keypoints[1:])
    weights = torch.ones(len(images))
    weights[0] = 0
    loss, _ = network.loss(images, keypoints, weights)
    assert loss.item() == pytest.approx(without.item(), rel=1e-4)


def test_every_way_to_look_has_its_columns(studio_people: SynthesisedPeople):
    task = DetectorTask(TrainableMoveNet("movenet_lightning"), Optim(), looks=["once", "realigned"]).eval()
    with torch.no_grad():
        table = task.tables(detector_data(studio_people))["test"]
    assert list(table.columns) == [
        "people",
        "groups",
        *(f"{c}{s}" for s in ("", "_realigned") for c in ("pck", "low", "high", "oks")),
    ]
    assert (table["groups"] == table["people"]).all()  # all of one seed: drawn one by one
    assert (table["low"] <= table["pck"]).all() and (table["pck"] <= table["high"]).all()
    assert table.loc["upright", "pck"] > 0.7 > table.loc["upside_down", "pck"]


def test_frames_of_a_performance_are_one_group(studio_people: SynthesisedPeople):
    people = [
        replace(person, group=f"clip {number // 4}") for number, person in enumerate(named(studio_people[:8], "x"))
    ]
    data = DetectorData(studio_people, {}, {"clips": Slice(people)}, Augmentation(), 4)
    with torch.no_grad():
        table = DetectorTask(TrainableMoveNet("movenet_lightning"), Optim()).eval().tables(data)["test"]
    assert table.loc["clips", ["people", "groups"]].tolist() == [8, 2]


def test_a_run_without_progress_ends_early(studio_people: SynthesisedPeople, tmp_path: Path):
    task = DetectorTask(TrainableMoveNet("movenet_lightning"), Optim(rate=0.0))
    metrics = train(task, detector_data(studio_people), tmp_path, trainer=debug_trainer(40), patience=2)
    assert metrics["steps"] == 6  # the first validation sets the mark, two more do not pass it
    with pytest.raises(InputError, match="patience must be a positive number"):
        train(task, detector_data(studio_people), tmp_path, trainer=debug_trainer(2), patience=0)


def test_weights_of_another_variant_are_refused(tmp_path: Path):
    TrainableMoveNet("movenet_lightning").save(tmp_path / "mine.safetensors")
    with pytest.raises(InputError, match="movenet_lightning"):
        TrainableMoveNet("movenet_thunder", str(tmp_path / "mine.safetensors"))


def spoilt(task: DetectorTask, size: float) -> dict[str, torch.Tensor]:
    """Makes the weights of ``task`` worse: noise as large as ``size`` times each tensor. Returns what they were."""
    first = {name: value.clone() for name, value in task.network.model.state_dict().items()}
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in task.network.model.parameters():
            value += size * value.std(correction=0) * torch.randn(value.shape, generator=generator)
        if task.average is not None:
            task.average.load_state_dict(task.network.model.state_dict())
    return first


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_what_the_training_spoilt_is_taken_back(studio_people: SynthesisedPeople, average: float):
    """Weights that are worse the further they are from the first ones: the shortest way is kept."""
    task = DetectorTask(TrainableMoveNet("movenet_lightning"), Optim(), average, blends=[0.0, 0.5, 1.0])
    first = spoilt(task, 0.5)
    table = task.settle(detector_data(studio_people))
    assert list(table.index) == [0.0, 0.5, 1.0]
    assert table.pck[0.0] > table.pck[1.0]
    assert table.taken.tolist() == [True, False, False]
    slices = table.drop(columns=["pck", "taken"])
    np.testing.assert_allclose(slices.mean(axis=1), table.pck)
    for model in (task.network.model, task.average):
        if model is not None:
            for name, value in model.state_dict().items():
                torch.testing.assert_close(value, first[name])


def test_half_of_the_way_is_half_of_the_way(studio_people: SynthesisedPeople):
    task = DetectorTask(TrainableMoveNet("movenet_lightning"), Optim(), blends=[0.5])
    first = spoilt(task, 0.01)
    trained = {name: value.clone() for name, value in task.network.model.state_dict().items()}
    task.settle(detector_data(studio_people))
    for name, value in task.network.model.state_dict().items():
        torch.testing.assert_close(value, (first[name] + trained[name]) / 2)
    assert not any("first" in name for name in task.state_dict())  # checkpoints hold the trained weights alone


@pytest.mark.parametrize(("forgetting", "taken"), [(None, 1.0), (0.3, 1.0), (0.12, 0.5), (0.0, 0.0)])
def test_no_slice_may_lose_more_than_is_allowed(monkeypatch, studio_people: SynthesisedPeople, forgetting, taken):
    """One slice gains .6 on the whole way, the other loses .2: on the mean all of it is best."""
    data = detector_data(studio_people)
    part = next(iter(data.validation.values()))
    data = SimpleNamespace(validation={"gains": part, "loses": replace(part, turn_deg=180)})
    task = DetectorTask(TrainableMoveNet("movenet_lightning"), Optim(), blends=[0.5, 1.0], forgetting=forgetting)
    name, first = next(iter(task.network.model.named_parameters()))
    start = first.detach().clone()
    with torch.no_grad():
        first += 1.0

    def pck(part):
        share = float((dict(task.network.model.named_parameters())[name] - start).mean())
        return 0.9 - 0.2 * share if part.turn_deg else 0.3 + 0.6 * share

    monkeypatch.setattr(task, "_pck", pck)
    table = task.settle(data)
    assert table.taken.idxmax() == taken and table.taken.sum() == 1
    torch.testing.assert_close(dict(task.network.model.named_parameters())[name], start + taken)


@pytest.mark.parametrize(("forgetting", "blends"), [(-0.1, [1.0]), (2.0, [1.0]), (0.02, [])])
def test_what_may_be_lost_is_checked_before_training(forgetting, blends):
    with pytest.raises(InputError, match="forgetting must be from 0 to 1"):
        DetectorTask(TrainableMoveNet("movenet_lightning"), Optim(), blends=blends, forgetting=forgetting)


@pytest.mark.parametrize("blends", [0.5, "all", [0.5, 1.5], [None]])
def test_shares_of_no_way_are_refused_before_training(blends):
    with pytest.raises(InputError, match=r"blends must be a list of shares from 0 to 1, got .*e\.g\. \[0, 0\.3"):
        DetectorTask(TrainableMoveNet("movenet_lightning"), Optim(), blends=blends)
