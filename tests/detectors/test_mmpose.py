import importlib.util
import sys
import warnings

import numpy as np
import pytest
import torch

from fitlab.detectors.mmpose import MMPoseDetector, build_model, models, train_loss
from fitlab.detectors.protocol import Detector
from fitlab.detectors.stand_ins import NotCompiled
from fitlab.errors import InputError, SetupError
from fitlab.skeletons import COCO17, COCO23, HALPE26

pytest.importorskip("mmpose", reason="the OpenMMLab packages are not installed; run make setup")

CONFIGS = {
    "rtmpose_t": "body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py",
    "hrnet_w32": "body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py",
    "vitpose_small": "body_2d_keypoint/topdown_heatmap/coco/td-hm_ViTPose-small_8xb64-210e_coco-256x192.py",
    "vitpose_base": "body_2d_keypoint/topdown_heatmap/coco/td-hm_ViTPose-base_8xb64-210e_coco-256x192.py",
}


@pytest.fixture(scope="module", params=CONFIGS)
def model(request):
    torch.manual_seed(0)
    return build_model(CONFIGS[request.param])


@pytest.fixture(scope="module")
def rtmpose():
    torch.manual_seed(0)
    return build_model(CONFIGS["rtmpose_t"])


@pytest.fixture
def batch(rng):
    """Two crops with a bright square on every joint."""
    keypoints = rng.uniform((10, 10), (180, 240), size=(2, 17, 2))
    images = rng.integers(0, 60, size=(2, 3, 256, 192))
    for image, points in zip(images, keypoints.astype(int), strict=True):
        for x, y in points:
            image[:, y - 4 : y + 4, x - 4 : x + 4] = 200
    visible = np.ones((2, 17))
    visible[0, 3] = 0
    return torch.from_numpy(images.astype(np.uint8)), torch.from_numpy(keypoints), torch.from_numpy(visible)


def mmposes_own_loss(model, images, keypoints, visible):
    """The total loss as MMPose's pipeline, collation and train_step make it; `keypoints` as MMPose counts pixels."""
    from mmengine.dataset import pseudo_collate
    from mmpose.datasets.transforms import GenerateTarget, PackPoseInputs
    from mmpose.registry import KEYPOINT_CODECS

    generate = GenerateTarget(encoder=[])
    generate.encoder = model.head.decoder
    assert type(generate.encoder).__name__ in KEYPOINT_CODECS.module_dict
    items = []
    for image, points, weights in zip(images, keypoints, visible, strict=True):
        results = {
            "img": np.ascontiguousarray(image.permute(1, 2, 0).numpy()[..., ::-1]),
            "transformed_keypoints": points[None].numpy().astype(np.float32),
            "keypoints_visible": weights[None].numpy().astype(np.float32),
        }
        items.append(PackPoseInputs(meta_keys=()).transform(generate.transform(results)))
    losses = model(**model.data_preprocessor(pseudo_collate(items), True), mode="loss")
    return model.parse_losses(losses)[0]


def test_forward_and_one_training_step(model, batch):
    model.train()
    loss, parts = train_loss(model, *batch)
    assert torch.isfinite(loss) and loss > 0
    assert set(parts) >= {"loss", "loss_kpt"} and not any(part.requires_grad for part in parts.values())
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.requires_grad and p.grad is not None]
    assert all(torch.isfinite(g).all() for g in gradients)
    assert sum(bool(g.abs().sum() > 0) for g in gradients) > 0.95 * len(list(model.parameters()))
    before = [p.detach().clone() for p in model.head.parameters()]
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert any(not torch.equal(a, b) for a, b in zip(before, model.head.parameters(), strict=True))
    model.zero_grad(set_to_none=True)


def test_loss_equals_mmposes_own(model, batch):
    images, keypoints, visible = batch
    model.train()
    torch.manual_seed(1)  # ViTPose drops paths at random
    ours, _ = train_loss(model, images, keypoints, visible)
    torch.manual_seed(1)
    theirs = mmposes_own_loss(model, images, keypoints - 0.5, visible)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-6)


def test_what_the_codec_encodes_the_detector_decodes(model, rng, monkeypatch):
    # On the grid of the coarsest codec (stride 4), which rounds what lies between; off the border, where UDP smears.
    keypoints = 4.0 * rng.integers(6, (42, 58), size=(3, 17, 2)) + 0.5
    codec = model.head.decoder
    encoded = [codec.encode((points - 0.5)[None], np.ones((1, 17), np.float32)) for points in keypoints]

    def perfect(_):
        if "heatmaps" in encoded[0]:
            return torch.from_numpy(np.stack([e["heatmaps"] for e in encoded]))
        return tuple(torch.from_numpy(np.concatenate([e[f"keypoint_{a}_labels"] for e in encoded])) for a in "xy")

    monkeypatch.setattr(model.head, "forward", perfect)
    positions, confidence = MMPoseDetector(model)(np.zeros((3, 256, 192, 3), np.uint8))
    assert positions.dtype == confidence.dtype == np.float32
    np.testing.assert_allclose(positions, keypoints, atol=1.0)  # UDP's own round trip: 0.5 px on average, 0.9 at most
    names = ["heatmaps"] if "heatmaps" in encoded[0] else ["keypoint_x_labels", "keypoint_y_labels"]
    mmposes = [codec.decode(*(e[name].copy() for name in names))[0][0] for e in encoded]
    np.testing.assert_allclose(positions, np.array(mmposes) + 0.5, atol=1e-3)
    assert (confidence > 0.1).all() and (confidence <= 1).all()


def test_loss_falls_on_one_batch(batch):
    torch.manual_seed(0)
    model = build_model(CONFIGS["rtmpose_t"])
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(8):
        loss, _ = train_loss(model, *batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert np.mean(losses[-2:]) < 0.8 * losses[0]


def test_missing_joints_have_no_say(rtmpose, batch):
    images, keypoints, visible = batch
    rtmpose.train()
    weighed_out, _ = train_loss(rtmpose, images, keypoints, visible)
    missing = keypoints.clone()
    missing[0, 3] = float("nan")
    as_nan, _ = train_loss(rtmpose, images, missing, torch.ones_like(visible))
    assert as_nan.item() == pytest.approx(weighed_out.item(), abs=1e-7)


def test_detector_follows_the_protocol(rtmpose, rng):
    detector = MMPoseDetector(rtmpose, "coco17", name="rtmpose_t")
    assert isinstance(detector, Detector)
    assert detector.input_size == (192, 256) and detector.skeleton is COCO17 and not detector.flip_test
    crops = rng.integers(0, 256, size=(2, 256, 192, 3), dtype=np.uint8)
    positions, confidence = detector(crops)
    assert positions.shape == (2, 17, 2) and confidence.shape == (2, 17)
    alone, _ = detector(crops[1:])
    np.testing.assert_allclose(alone[0], positions[1], atol=0.51)  # SimCC has bins of half a pixel


def test_flipped_test_is_symmetric(rtmpose, rng):
    """With test-time flipping a mirrored crop has the mirrored answer, up to a bin or two."""
    detector = MMPoseDetector(rtmpose, flip_test=True)
    crop = rng.integers(0, 256, size=(1, 256, 192, 3), dtype=np.uint8)
    outputs = []
    original = rtmpose.head.decoder.decode
    rtmpose.head.decoder.decode = lambda x, y: (outputs.append(x), original(x, y))[1]
    try:
        detector(crop)
        detector(crop[:, :, ::-1])
    finally:
        del rtmpose.head.decoder.decode
    straight, mirrored = outputs[0].squeeze(), outputs[1].squeeze()
    np.testing.assert_allclose(straight, mirrored[list(COCO17.mirror), ::-1], atol=1e-5)


def test_flipping_is_the_models_own_unless_the_detector_says_otherwise():
    """How often the backbone looks at a crop tells."""
    flips = build_model(CONFIGS["rtmpose_t"], {"model.test_cfg.flip_test": True})
    does_not = build_model(CONFIGS["rtmpose_t"])
    looks = []
    for model in (flips, does_not):
        model.backbone.register_forward_hook(lambda *_: looks.append(1))
    for model, asked, expected in (
        (flips, None, 2),
        (flips, False, 1),
        (flips, None, 2),  # another detector of the same model has not changed it
        (does_not, None, 1),
        (does_not, True, 2),
        (does_not, None, 1),
    ):
        looks.clear()
        MMPoseDetector(model, flip_test=asked)(np.zeros((1, 256, 192, 3), np.uint8))
        assert len(looks) == expected


def test_overrides_change_the_joints():
    model = build_model(
        CONFIGS["rtmpose_t"], {"model.head.out_channels": 23, "model.head.decoder.input_size": (192, 256)}
    )
    assert MMPoseDetector(model, COCO23).skeleton is COCO23
    with pytest.raises(InputError, match="must have the model's 23 joints, got 'halpe26' with 26"):
        MMPoseDetector(model, HALPE26)


def test_checkpoint_of_mmengine(rtmpose, tmp_path):
    """As mmengine's CheckpointHook writes them: weights beside a log that `weights_only` rejects by itself."""
    from mmengine.logging import MessageHub
    from mmengine.runner import save_checkpoint

    hub = MessageHub.get_instance("test_checkpoint")
    for step in range(3):
        hub.update_scalar("train/loss", np.float64(step))
        hub.update_scalar("train/lr", 0.1)
    path = tmp_path / "epoch_1.pth"
    state = {f"module.{name}": value for name, value in rtmpose.state_dict().items()}
    save_checkpoint({"meta": {"epoch": 1}, "state_dict": state, "message_hub": hub.state_dict()}, str(path))

    torch.manual_seed(5)
    loaded = build_model(CONFIGS["rtmpose_t"], checkpoint=path)
    for name, value in rtmpose.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name

    with pytest.warns(UserWarning, match="has other joints: head.final_layer.weight"):
        fewer = build_model(CONFIGS["rtmpose_t"], {"model.head.out_channels": 14}, path)
    name = "backbone.stem.0.conv.weight"
    assert torch.equal(fewer.state_dict()[name], rtmpose.state_dict()[name])

    with pytest.raises(InputError, match="must fit the model"):
        build_model(CONFIGS["hrnet_w32"], checkpoint=path)


class Command:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a checkpoint",
        Command(print, "code in a checkpoint must not run"),
        Command(getattr, np.ndarray, "dump"),
    ],
)
def test_files_that_are_no_checkpoint(content, tmp_path, capsys):
    path = tmp_path / "weights.pth"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save({"state_dict": content}, path)
    with pytest.raises(InputError, match=r"checkpoint must be a \.pth file with tensors"):
        build_model(CONFIGS["rtmpose_t"], checkpoint=path)
    assert "must not run" not in capsys.readouterr().out


def test_inputs_that_do_not_fit(rtmpose, batch):
    images, keypoints, visible = batch
    with pytest.raises(InputError, match=r"must be \(B, 3, 256, 192\), got \(2, 3, 192, 256\)"):
        train_loss(rtmpose, images.transpose(2, 3), keypoints, visible)
    with pytest.raises(InputError, match=r"did you mean body_2d_keypoint/rtmpose/coco/rtmpose-t_"):
        build_model("body_2d_keypoint/rtmpose/coco/rtmpose-t.py")
    with pytest.raises(InputError, match="checkpoint must be"):
        build_model(CONFIGS["rtmpose_t"], checkpoint="nowhere.pth")


def test_absent_packages_are_named(monkeypatch):
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda name: None if name == "mmdet" else object())
    with pytest.raises(SetupError, match=r"got no mmdet; run 'make setup'"):
        models._prepare.__wrapped__()


def test_nothing_stands_in_after_the_import(model):
    names = ("torchvision", "modelindex", "mat4py")
    assert [name for name, m in sys.modules.items() if name.startswith(names) and m.__spec__ is None] == []


def test_operators_of_mmcv_say_what_they_lack(rtmpose):
    ext = sys.modules["mmcv._ext"]
    if not isinstance(ext, NotCompiled):
        pytest.skip("a compiled mmcv is installed")
    assert importlib.util.find_spec("mmcv._ext").loader is None  # how mmengine's Runner looks for them
    with pytest.raises(SetupError, match="deform_conv_forward must be compiled, got mmcv-lite"):
        ext.deform_conv_forward()


def test_building_is_silent(capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        build_model(CONFIGS["rtmpose_t"])
    assert capfd.readouterr().out == ""
