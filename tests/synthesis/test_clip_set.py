import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis import make_clip, write_clip
from fitlab.synthesis.clip_set import ClipSet
from fitlab.synthesis.dataset import write_dataset

RECIPE = {"size": (96, 64), "fps": 6, "repetitions": 1, "rest_s": (0.3, 0.5), "seed": 2, "mistakes": {"too_shallow": 1}}


def test_clips_with_their_card(tmp_path):
    clips = ClipSet({"user": RECIPE})
    card = write_dataset(clips, tmp_path / "set", 1)
    assert (card.kind, card.exercises, card.mistakes) == ("clips", {"squat": 1}, {"too_shallow": 1})
    assert (
        card.samples
        == clips.parts["user"]
        == sum(card.slices[name] for name in ("upright", "bent") if name in card.slices)
    )
    alone = write_clip(make_clip(**RECIPE), tmp_path, "user")
    together = tmp_path / "set" / "clips" / "user" / "user.mp4"
    assert together.read_bytes() == alone.read_bytes()
    assert together.with_suffix(".json").read_bytes() == alone.with_suffix(".json").read_bytes()
    with np.load(together.with_suffix(".npz")) as one, np.load(alone.with_suffix(".npz")) as other:
        assert all(np.array_equal(one[key], other[key]) for key in other)
    again = write_dataset(clips, tmp_path / "again", 1)
    assert again.sha256 == card.sha256


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"repetition": 5}, "got repetition"),
        ({"exercise": "flying"}, "exercise must be one"),
        ({"fps": -1}, "fps must be"),
    ],
)
def test_recipes_that_cannot_be_made(recipe, message):
    with pytest.raises(InputError, match=message):
        ClipSet({"user": recipe})


def test_no_recipes():
    with pytest.raises(InputError, match="at least one clip"):
        ClipSet({})
