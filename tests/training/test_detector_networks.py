"""The training step of MMPose's models is MMPose's own: loss, gradients and weights, step by step."""

from pathlib import Path

import lightning
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from fitlab.errors import InputError
from fitlab.training.detector_data import TrainingCrop
from fitlab.training.detector_networks import TrainableMMPose
from fitlab.training.detector_task import DetectorTask
from fitlab.training.optim import Optim

pytest.importorskip("mmpose", reason="the OpenMMLab packages are not installed; run make setup")

RTMPOSE_T = "body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"
OPTIM = Optim(rate=4e-3, weight_decay=0.05, warmup_steps=1)  # RTMPose's own, the warm-up apart
STEPS, BATCH, WIDTH, HEIGHT = 3, 4, 192, 256


@pytest.fixture
def crops() -> list[TrainingCrop]:
    """Crops for three steps: joints that are not labelled, one outside of its crop, a person who counts half."""
    rng = np.random.default_rng(7)
    made = []
    for number in range(STEPS * BATCH):
        keypoints = rng.uniform((5, 5), (WIDTH - 5, HEIGHT - 5), (17, 2)).astype(np.float32)
        keypoints[rng.integers(17, size=3)] = np.nan
        if number % BATCH == 1:
            keypoints[9] = WIDTH + 30, 40
        image = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        weight = np.float32(0.5 if number % BATCH == 2 else 1)
        made.append(TrainingCrop(image, keypoints, np.full((17, 2), np.nan, np.float32), weight))
    return made


class Noted(lightning.Callback):
    """Loss and gradients of every step."""

    def __init__(self):
        self.losses, self.gradients = [], []

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        parameters = pl_module.network.model.named_parameters()
        self.gradients.append({name: p.grad.clone() for name, p in parameters if p.grad is not None})

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.losses.append(outputs["loss"].item())


def ours(crops: list[TrainingCrop], folder: Path) -> tuple[torch.nn.Module, Noted]:
    """The model after ``fitlab train``'s step on every batch."""
    torch.manual_seed(0)
    task, noted = DetectorTask(TrainableMMPose(RTMPOSE_T), OPTIM), Noted()
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_steps=STEPS,
        default_root_dir=folder,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[noted],
    )
    trainer.fit(task, DataLoader(crops, batch_size=BATCH))
    return task.network.model, noted


def as_mmpose_packs(crop: TrainingCrop, codec: object) -> dict:
    """A crop through the end of MMPose's own pipeline, with its pixels and colours: GenerateTarget, PackPoseInputs."""
    from mmpose.datasets.transforms import GenerateTarget, PackPoseInputs

    generate = GenerateTarget(encoder=[])
    generate.encoder = codec
    labelled = np.isfinite(crop.keypoints).all(-1)
    results = {
        "img": np.ascontiguousarray(crop.image[..., ::-1]),  # BGR
        "transformed_keypoints": np.where(labelled[:, None], crop.keypoints - 0.5, 0)[None].astype(np.float32),
        "keypoints_visible": (labelled * crop.weight)[None].astype(np.float32),
    }
    return PackPoseInputs(meta_keys=()).transform(generate.transform(results))


def theirs(crops: list[TrainingCrop]) -> tuple[torch.nn.Module, list[float], list[dict]]:
    """The model after mmengine's ``train_step`` on the same batches, with the same schedule of rates."""
    from mmengine.dataset import pseudo_collate
    from mmengine.optim import OptimWrapper

    torch.manual_seed(0)
    network = TrainableMMPose(RTMPOSE_T)
    model, losses, gradients = network.model.train(), [], []
    made = OPTIM.build(torch.nn.ModuleDict({"network": network}), STEPS)

    class Kept(OptimWrapper):
        def step(self, **arguments):
            gradients.append({name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None})
            super().step(**arguments)

    wrapper = Kept(made["optimizer"])
    for step in range(STEPS):
        batch = crops[step * BATCH : (step + 1) * BATCH]
        packed = pseudo_collate([as_mmpose_packs(crop, model.head.decoder) for crop in batch])
        losses.append(model.train_step(packed, wrapper)["loss"].item())
        made["lr_scheduler"]["scheduler"].step()
    return model, losses, gradients


def test_rtmposes_training_step_is_mmengines(crops: list[TrainingCrop], tmp_path: Path):
    model, noted = ours(crops, tmp_path)
    reference, losses, gradients = theirs(crops)
    assert noted.losses == pytest.approx(losses, abs=1e-6) and len(set(losses)) == STEPS
    for step in range(STEPS):
        assert noted.gradients[step].keys() == gradients[step].keys()
        for name, gradient in gradients[step].items():
            torch.testing.assert_close(noted.gradients[step][name], gradient, rtol=0, atol=1e-6, msg=f"{name}, {step}")
    torch.manual_seed(0)
    start = TrainableMMPose(RTMPOSE_T).model.state_dict()
    for name, value in reference.state_dict().items():  # weights, and the statistics of batch norm
        torch.testing.assert_close(model.state_dict()[name], value, rtol=0, atol=1e-6, msg=name)
    moved = [name for name, value in reference.state_dict().items() if not torch.equal(value, start[name])]
    assert len(moved) > 0.95 * len(start)


def test_a_model_with_other_joints_than_people_are_labelled_with_is_refused():
    with pytest.raises(InputError, match="must have the 17 joints of COCO, got 26"):
        TrainableMMPose(RTMPOSE_T, {"model.head.out_channels": 26})


def test_rtmpose_trains_under_mixed_precision(crops: list[TrainingCrop]):
    network = TrainableMMPose(RTMPOSE_T)
    batch = next(iter(DataLoader(crops, batch_size=BATCH)))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        whole, _ = network.loss(batch.image, batch.keypoints, batch.weight)
    with torch.autocast("cpu", torch.bfloat16):
        loss, parts = network.loss(batch.image, batch.keypoints, batch.weight)
    loss.backward()
    assert loss.dtype == torch.float32 and parts["loss_kpt"].dtype == torch.float32
    assert loss.item() == pytest.approx(whole.item(), rel=0.02)
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)
