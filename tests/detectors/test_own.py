"""The user's own entries in the zoo."""

import json
from pathlib import Path

import pytest
import torch

from fitlab.cli import main
from fitlab.detectors import load_detector, zoo_table
from fitlab.detectors.catalogue import EMBEDDED
from fitlab.detectors.download import sha256_of
from fitlab.detectors.movenet_detector import MoveNetDetector, load_movenet, save_movenet
from fitlab.detectors.own import add, own_dir, own_entries, remove
from fitlab.detectors.weights_files import Recipe, save_mmpose
from fitlab.detectors.zoo import weights_file
from fitlab.errors import InputError, SetupError
from fitlab.training.detector_networks import TrainableMMPose, TrainableMoveNet

RTMPOSE_T = "body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"


@pytest.fixture(autouse=True)
def empty_zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FITLAB_ZOO", str(tmp_path / "zoo"))
    return tmp_path / "zoo"


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """What a run leaves: weights that are not the embedded ones."""
    module, variant = load_movenet(EMBEDDED / "movenet_lightning.safetensors")
    with torch.no_grad():
        module.keypoints.out.bias.fill_(0.25)
    folder = tmp_path / "runs" / "mine"
    folder.mkdir(parents=True)
    save_movenet(module, variant, folder / "weights.safetensors")
    return folder


def test_weights_of_a_run_are_used_by_name(run_folder: Path, empty_zoo: Path):
    entry = add("my_lightning", run_folder)
    assert (entry.family, entry.skeleton, entry.input_size) == ("movenet", "coco17", (192, 192))
    assert entry.sha256 == sha256_of(run_folder / "weights.safetensors") == sha256_of(empty_zoo / entry.file)
    assert own_entries() == {"my_lightning": entry}
    (run_folder / "weights.safetensors").unlink()  # the copy is the user's
    detector = load_detector("my_lightning")
    assert isinstance(detector, MoveNetDetector) and detector.name == "my_lightning"
    trainable = TrainableMoveNet("movenet_lightning", "my_lightning")
    assert (trainable.model.keypoints.out.bias == 0.25).all()
    table = zoo_table()
    assert table.index[-1] == "my_lightning" and table.loc["my_lightning", "here"]
    assert table.loc["my_lightning", "input"] == "192x192"


def test_names_of_the_catalogue_start_training_too():
    assert weights_file("movenet_lightning") == EMBEDDED / "movenet_lightning.safetensors"
    with pytest.raises(InputError, match="got movenet_lightning"):
        TrainableMoveNet("movenet_thunder", "movenet_lightning")
    with pytest.raises(InputError, match="did you mean 'movenet_lightning'"):
        TrainableMoveNet("movenet_lightning", "movenet_lightnin")


def test_a_checkpoint_of_mmpose_with_its_recipe_and_without(tmp_path: Path):
    pytest.importorskip("mmpose", reason="the OpenMMLab packages are not installed; run make setup")
    from fitlab.detectors.mmpose import build_model

    torch.manual_seed(0)
    feet = build_model(RTMPOSE_T, {"model.head.out_channels": 26})
    save_mmpose(feet, Recipe(RTMPOSE_T, {"model.head.out_channels": 26}, "halpe26"), tmp_path / "weights.pth")
    entry = add("feet", tmp_path / "weights.pth")
    assert (entry.family, entry.skeleton, entry.input_size) == ("mmpose", "halpe26", (192, 256))
    again = load_detector("feet")
    assert again.skeleton.name == "halpe26"
    for name, value in feet.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[name]), name

    trained = TrainableMMPose(RTMPOSE_T)
    trained.save(tmp_path / "weights.pth")
    add("mine", tmp_path / "weights.pth")
    goes_on = TrainableMMPose(RTMPOSE_T, checkpoint="mine")
    for name, value in trained.model.state_dict().items():
        assert torch.equal(value, goes_on.model.state_dict()[name]), name

    torch.manual_seed(1)
    foreign = TrainableMMPose(RTMPOSE_T).model
    torch.save({"state_dict": foreign.state_dict()}, tmp_path / "epoch_1.pth")
    with pytest.raises(InputError, match="must say of which model of MMPose it is, got none named"):
        add("foreign", tmp_path / "epoch_1.pth")
    entry = add("foreign", tmp_path / "epoch_1.pth", config=RTMPOSE_T)
    found = load_detector("foreign")
    assert torch.equal(found.model.backbone.stem[0].conv.weight, foreign.backbone.stem[0].conv.weight)
    main(["zoo", "export", "foreign", str(tmp_path / "foreign.onnx")])  # the configuration is in the entry
    add("foreign_onnx", tmp_path / "foreign.onnx")
    assert own_entries()["foreign_onnx"].family == "rtmpose"
    with pytest.raises(InputError, match="skeleton must be one of coco17"):
        add("other", tmp_path / "epoch_1.pth", config=RTMPOSE_T, skeleton="coco")
    save_mmpose(foreign, Recipe("no/such.py"), tmp_path / "weights.pth")
    with pytest.raises(InputError, match=r"config must be a file below .*, got 'no/such\.py'"):
        add("other", tmp_path / "weights.pth")


def test_the_command_line(run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    main(["zoo", "export", str(run_folder / "weights.safetensors"), str(tmp_path / "mine.onnx")])
    told = capsys.readouterr().out
    assert "tolerance 1e-04" in told and sha256_of(tmp_path / "mine.onnx") in told
    main(["zoo", "add", "mine", str(tmp_path / "mine.onnx")])
    assert str(own_dir() / "mine.onnx") in capsys.readouterr().out
    main(["zoo", "list"])
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("mine "))
    assert "yes" in row and "192x192" in row and "your own" in row
    (own_dir() / "mine.onnx").rename(tmp_path / "elsewhere.onnx")
    main(["zoo"])
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("mine "))
    assert "lost" in row
    main(["zoo", "remove", "mine"])
    assert own_entries() == {} and not any(own_dir().iterdir())
    for words, message in (
        (["add", "mine"], "zoo must be followed by list, pull NAME, add NAME PATH"),
        (["add", "mine", "a.onnx", "scale=2"], "config=... or skeleton=..., got 'scale='"),
        (["remove", "mine"], "must be of an entry that you added, got 'mine'; there are: none"),
    ):
        with pytest.raises(SystemExit) as end:
            main(["zoo", *words])
        assert end.value.code == 2 and message in capsys.readouterr().err


@pytest.mark.parametrize("name", ["movenet_thunder", "my lightning", "../mine", "", "mine.onnx", "-h"])
def test_names_that_cannot_be(name: str, run_folder: Path):
    with pytest.raises(InputError, match="the name must be"):
        add(name, run_folder)
    assert own_entries() == {}


def test_a_taken_name_keeps_its_weights(run_folder: Path, tmp_path: Path):
    first = add("mine", run_folder)
    assert add("mine", run_folder) == first  # the same once more is no harm
    with pytest.raises(InputError, match=r"must be free, got 'mine' .* fitlab zoo remove mine"):
        add("mine", EMBEDDED / "movenet_thunder.safetensors")
    assert own_entries()["mine"] == first
    remove("mine")
    assert add("mine", EMBEDDED / "movenet_thunder.safetensors").input_size == (256, 256)


def test_what_is_no_weights_is_told_before_anything_is_copied(tmp_path: Path, empty_zoo: Path):
    (tmp_path / "last.ckpt").write_bytes(b"a run")
    (tmp_path / "weights.safetensors").write_text("not weights")
    (tmp_path / "empty").mkdir()
    for path, message in (
        (tmp_path / "none.onnx", "must be a file or the folder of a run"),
        (tmp_path / "last.ckpt", r"take weights\.safetensors or weights\.pth of the run"),
        (tmp_path / "weights.safetensors", "must be a safetensors file"),
        (tmp_path / "empty", "one file of weights, got 0"),
    ):
        with pytest.raises(InputError, match=message):
            add("mine", path)
    assert not empty_zoo.exists()


def test_copies_that_were_changed_are_not_used(run_folder: Path):
    entry = add("mine", run_folder)
    (own_dir() / entry.file).write_bytes(b"damaged")
    for call in (load_detector, weights_file):
        with pytest.raises(SetupError, match=r"must have SHA-256 .* fitlab zoo remove mine"):
            call("mine")
    (own_dir() / entry.file).unlink()
    with pytest.raises(SetupError, match="got no such file; run: fitlab zoo remove mine"):
        load_detector("mine")
    content = json.loads((own_dir() / "mine.json").read_text())
    (own_dir() / "mine.json").write_text(json.dumps(content | {"colour": "blue"}))
    with pytest.raises(InputError, match="must be as fitlab zoo add writes it"):
        load_detector("mine")
