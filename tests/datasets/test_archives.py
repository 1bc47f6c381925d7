import numpy as np
import pytest

from fitlab.datasets.archives import arrays_in
from fitlab.errors import InputError


def test_the_arrays_of_a_file(tmp_path):
    np.savez(tmp_path / "a.npz", one=np.arange(3))
    with arrays_in(tmp_path / "a.npz") as archive:
        assert archive.files == ["one"] and archive["one"].tolist() == [0, 1, 2]


def test_what_is_no_whole_archive(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, one=np.random.default_rng(0).random(2000))
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    np.save(tmp_path / "b.npy", np.zeros(3))
    for content in (b"", b"no archive", whole[:-300], bytes(damaged), (tmp_path / "b.npy").read_bytes()):
        path.write_bytes(content)
        message = r"a\.npz must be a whole archive of this data set, got "
        with pytest.raises(InputError, match=message) as caught, arrays_in(path) as archive:
            archive["one"]
        assert "\n" not in str(caught.value)


def test_an_array_that_is_not_there(tmp_path):
    np.savez(tmp_path / "a.npz", one=np.arange(3))
    message = r"whole archive .*, got KeyError: .*fps"
    with pytest.raises(InputError, match=message), arrays_in(tmp_path / "a.npz") as archive:
        archive["fps"]
