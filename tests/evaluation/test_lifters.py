"""Lifters compared on known clips, and published with a card and a filled table."""

import json

import numpy as np
import pytest
import torch
import yaml

from fitlab.errors import InputError
from fitlab.evaluation import lifters
from fitlab.evaluation.lifters import compare_lifters, publish, results_table
from fitlab.geometry import Camera, project_poses, view_poses
from fitlab.lifting import Lifter, TemporalNetwork, load_network, save_network
from fitlab.lifting.scoring import LiftingClip, score_lifter
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17
from tests.lifting.closed_form import squat, walk


class Known(Lifter):
    """Gives the truth, moved by ``shift`` metres but for the pelvis, and scaled."""

    def __init__(self, clips, shift=0.0, scale=1.0):
        self.name, self.clips, self.shift, self.scale = f"shift {shift} scale {scale}", clips, shift, scale

    def __call__(self, seq):
        true = next(clip.camera for clip in self.clips if clip.image is seq)
        moved = true.positions * self.scale
        moved[:, 1:] += [0, 0, self.shift]
        return true.replace("known", positions=moved)


@pytest.fixture(scope="module")
def clips():
    camera = Camera.looking_at((3, 4, 1), (0, 0, 1), 900, (1000, 1000))
    return [
        LiftingClip(name, name, project_poses(m.to(COCO17), camera), view_poses(m, camera))
        for name, m in (("squat", squat(60)), ("walk", walk(30)))
    ]


def test_a_perfect_lifter_scores_zero(clips):
    scores = score_lifter(Known(clips), clips).slices
    assert list(scores.index) == ["squat", "walk", "all"]
    assert scores["frames"].tolist() == [60, 30, 90]
    np.testing.assert_allclose(scores[["mpjpe", "p_mpjpe", "n_mpjpe", "mpjve"]], 0, atol=1e-3)


def test_known_errors_have_known_scores(clips):
    shifted = score_lifter(Known(clips, shift=0.017), clips).slices.loc["all"]
    assert shifted["mpjpe"] == pytest.approx(17 * 16 / 17, rel=1e-3)
    assert shifted["mpjve"] == pytest.approx(0, abs=1e-2)
    scaled = score_lifter(Known(clips, scale=1.1), clips).slices.loc["all"]
    assert scaled["mpjpe"] > 20
    assert scaled["n_mpjpe"] == pytest.approx(0, abs=1e-2)
    assert score_lifter(Known(clips, shift=0.017), clips).joints["mpjpe"].tolist() == pytest.approx(
        [0, *[17] * 16], rel=1e-3
    )


def test_lifters_stand_side_by_side(clips):
    table = compare_lifters([Known(clips), Known(clips, shift=0.01)], clips)
    assert table.loc[("all", "shift 0.01 scale 1.0"), "mpjpe"] > table.loc[("all", "shift 0.0 scale 1.0"), "mpjpe"]


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    save_network(TemporalNetwork(widths=(3, 3), channels=8), folder / "weights.safetensors")
    scores = {"frames": 90.0, "mpjpe": 60.04, "p_mpjpe": 40.0, "n_mpjpe": 50.0, "mpjve": 5.0}
    metrics = {
        "steps": 7,
        "seed": 1,
        "seconds": 3.0,
        "before": {"all": {**scores, "mpjpe": 99.96}},
        "after": {"all": scores},
    }
    config = {
        "name": "lifter_uiprmd", "model": {"widths": [3, 3], "channels": 8}, "task": {"start": "synthetic"},
        "data": {"random_share": 0.3, "batch_size": 64, "studio": 2, "exercises": ["squat", "plank"]},
        "optim": {"rate": 1e-4},
        "trainer": {"accelerator": "cpu"},
    }  # fmt: skip
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


def test_a_run_is_published_with_card_and_table(run, tmp_path, monkeypatch):
    monkeypatch.setattr(lifters, "EMBEDDED", tmp_path / "weights")
    page = tmp_path / "README.md"
    page.write_text("# Q\n<!-- table: begin -->\nold\n<!-- table: end -->\nverdict\n")
    path = publish(run, "mine", page)
    state = load_network(run / "weights.safetensors").state_dict()
    assert all(torch.equal(value, state[name]) for name, value in load_network(path).state_dict().items())
    card = path.with_suffix(".md").read_text()
    for fact in (
        "UI-PRMD",
        "NSF EIA-0196217",
        "2 takes of the studio (`fitlab.synthesis`): squat, plank.",
        "trainer=cpu steps=7 seed=1",
        "optim.rate=0.0001",
        "lifter_synthetic",
        "9 frames",
        "100.0 -> 60.0",
    ):
        assert fact in card
    text = page.read_text()
    assert results_table(json.loads((run / "metrics.json").read_text())) in text
    assert "old" not in text
    assert text.endswith("verdict\n")


def test_an_unfinished_run_is_refused(run):
    (run / "metrics.json").unlink()
    with pytest.raises(InputError, match=r"metrics\.json"):
        publish(run, "mine")


def test_a_missing_frame_is_left_out_and_nothing_else(rng):
    camera = rng.normal(size=(50, 17, 3))

    class Off:
        name = "off by a centimetre"

        def __call__(self, image):
            found = camera - camera[:, :1] + [0.01, 0, 0]
            found[3] = np.nan
            return PoseSequence(found, 30, H36M17, "camera")

    image = PoseSequence(rng.normal(size=(50, 17, 2)), 30, COCO17, "image", image_size=(100, 100))
    scores = score_lifter(Off(), [LiftingClip("clip", "all", image, PoseSequence(camera, 30, H36M17, "camera"))])
    assert scores.slices.frames["all"] == 49
    assert scores.slices.mpjpe["all"] == pytest.approx(10)
    np.testing.assert_allclose(scores.joints.mpjpe, 10, rtol=1e-4)
