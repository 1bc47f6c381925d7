"""Learned mistakes on disk."""

import numpy as np
import pytest

from fitlab.analysis.learned import learn
from fitlab.analysis.learned_files import load_learned, save_learned
from fitlab.errors import InputError
from tests.analysis.learning import examples


@pytest.fixture(scope="module")
def model():
    return learn(examples(people=3, each=4), "knees_inward")


def test_what_is_loaded_answers_exactly_alike(model, tmp_path):
    loaded = load_learned(save_learned(model, tmp_path / "knees.npz"))
    descriptions = [example.description for example in examples()]
    np.testing.assert_array_equal(loaded.probabilities(descriptions), model.probabilities(descriptions))
    np.testing.assert_array_equal(loaded.novelties(descriptions), model.novelties(descriptions))
    assert loaded.evidence == model.evidence
    assert (loaded.name, loaded.joints, loaded.personal) == (model.name, model.joints, model.personal)


def test_the_file_holds_no_pickle(model, tmp_path):
    with np.load(save_learned(model, tmp_path / "knees.npz"), allow_pickle=False) as archive:
        assert all(archive[name].dtype.kind in "fU" for name in archive.files)


def test_other_files_say_what_they_are_not(model, tmp_path):
    np.savez(tmp_path / "other.npz", a=np.arange(3))
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "object.npz", about=np.array([{}], dtype=object))
    for name in ("other", "text", "object"):
        with pytest.raises(InputError, match="must be a file of save_learned"):
            load_learned(tmp_path / f"{name}.npz")
    with pytest.raises(InputError, match="no such file"):
        load_learned(tmp_path / "none.npz")
    with pytest.raises(InputError, match=r"must end in \.npz"):
        save_learned(model, tmp_path / "knees.pkl")
