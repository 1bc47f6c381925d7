"""The registry, and fetching from servers that misbehave in every way we could think of (all on this machine)."""

import hashlib
import io
import threading
import zipfile
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from fitlab.detectors import load_detector, pull, zoo, zoo_table
from fitlab.detectors.download import fetch
from fitlab.detectors.movenet_detector import load_movenet, save_movenet
from fitlab.detectors.zoo import EMBEDDED, ZOO, cache_dir, local_file
from fitlab.errors import InputError, SetupError
from fitlab.pipeline import DETECTOR
from fitlab.settings import compose

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"2023/{name.replace('_', '.')}", content)
    return buffer.getvalue()


FILES = {
    "/good": CONTENT,
    "/other": b"something else",
    "/empty": b"",
    "/zip": zipped(end2end_onnx=CONTENT, deploy_json=b"{}"),
    "/zip-without": zipped(deploy_json=b"{}"),
    "/zip-damaged": zipped(end2end_onnx=CONTENT)[:-40_000] + zipped(end2end_onnx=CONTENT)[-20_000:],
}


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        if self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:1000])
            self.close_connection = True
        elif self.path == "/hang-up":
            self.connection.close()
        elif self.path in FILES:
            self.send_response(200)
            self.send_header("Content-Length", str(len(FILES[self.path])))
            self.end_headers()
            self.wfile.write(FILES[self.path])
        else:
            self.send_error(404)

    def log_message(self, *arguments):
        pass

    def finish(self):
        with suppress(OSError, ValueError):  # of the connection that we closed ourselves
            super().finish()


asked: list[str] = []


@pytest.fixture(scope="module")
def host():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(autouse=True)
def no_questions_yet():
    asked.clear()


def test_fetches_from_the_first_address(host, tmp_path):
    fetch([f"{host}/good", f"{host}/other"], tmp_path / "new" / "a.onnx", SHA256)
    assert (tmp_path / "new" / "a.onnx").read_bytes() == CONTENT
    assert asked == ["/good"]


def test_takes_the_model_out_of_an_archive(host, tmp_path):
    fetch([f"{host}/zip"], tmp_path / "a.onnx", SHA256)
    assert (tmp_path / "a.onnx").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["a.onnx"]


BAD = ["/other", "/empty", "/missing", "/cut", "/hang-up", "/zip-without", "/zip-damaged"]


@pytest.mark.parametrize("path", BAD)
def test_a_bad_address_is_passed_over(host, tmp_path, path):
    fetch([host + path, f"{host}/good"], tmp_path / "a.onnx", SHA256)
    assert (tmp_path / "a.onnx").read_bytes() == CONTENT
    assert asked == [path, "/good"]


def test_a_dead_server_is_passed_over(host, tmp_path):
    dead = "http://127.0.0.1:9/a.onnx"
    nowhere = "http://no-such-host.invalid/a.onnx"
    fetch([dead, nowhere, f"{host}/good"], tmp_path / "a.onnx", SHA256)
    assert (tmp_path / "a.onnx").read_bytes() == CONTENT


def test_when_all_fail_the_error_says_what_each_did(host, tmp_path):
    with pytest.raises(SetupError) as caught:
        fetch([host + path for path in BAD], tmp_path / "a.onnx", SHA256)
    message = str(caught.value)
    assert "\n" not in message
    for path in BAD:
        assert f"{host}{path}: " in message
    assert "1000 of 300000 bytes" in message and "404" not in message.split("/missing: ")[0]
    assert "another file (SHA-256" in message and "archive" in message
    assert list(tmp_path.iterdir()) == []


def test_a_failed_fetch_keeps_the_older_file(host, tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"older")
    with pytest.raises(SetupError):
        fetch([f"{host}/cut"], tmp_path / "a.onnx", SHA256)
    assert (tmp_path / "a.onnx").read_bytes() == b"older"


@pytest.fixture
def tiny(host, tmp_path, monkeypatch):
    """An entry of the zoo that is fetched from the server here; the cache is a fresh folder."""
    monkeypatch.setenv("FITLAB_CACHE", str(tmp_path / "cache"))
    entry = replace(ZOO["rtmpose_t"], name="tiny", file="tiny.onnx", sha256=SHA256, addresses=(f"{host}/good",))
    monkeypatch.setitem(zoo.ZOO, "tiny", entry)
    return entry


def test_pull_fetches_once(tiny):
    assert pull("tiny") == cache_dir() / "tiny.onnx" == pull("tiny") == local_file(tiny)
    assert asked == ["/good"]
    (cache_dir() / "tiny.onnx").write_bytes(b"damaged")
    assert pull("tiny").read_bytes() == CONTENT
    assert asked == ["/good", "/good"]


def test_pull_to_a_folder(tiny, tmp_path):
    assert pull("tiny", to=tmp_path / "here") == tmp_path / "here" / "tiny.onnx"
    assert not cache_dir().exists()


def test_embedded_weights_need_no_pull():
    assert pull("movenet_lightning") == EMBEDDED / "movenet_lightning.safetensors"
    assert asked == []


def test_weights_that_are_not_there_or_damaged(tiny):
    with pytest.raises(SetupError, match="fitlab zoo pull tiny"):
        load_detector("tiny")
    pull("tiny").write_bytes(b"damaged")
    with pytest.raises(SetupError, match="SHA-256"):
        load_detector("tiny")


def test_unknown_names_are_told_the_known_ones():
    for call in (load_detector, pull):
        with pytest.raises(InputError, match=r"movenet_lightning.*did you mean 'movenet_thunder'"):
            call("movenet_thundr")


def test_fine_tuned_weights_load_by_path(tmp_path):
    module, variant = load_movenet(EMBEDDED / "movenet_lightning.safetensors")
    save_movenet(module, variant, tmp_path / "mine.safetensors")
    detector = load_detector(tmp_path / "mine.safetensors")
    assert detector.name == "mine" and detector.input_size == (192, 192)
    with pytest.raises(InputError):
        load_detector("none.safetensors")


def test_the_registry_is_sound():
    for name, weights in ZOO.items():
        assert weights.name == name
        assert len(weights.sha256) == 64 and int(weights.sha256, 16)
        assert weights.embedded == (EMBEDDED / weights.file).is_file()
        assert all(address.startswith("https://") for address in weights.addresses)
        assert len(weights.addresses) != 1, "never one address alone"


def test_the_table_lists_everything(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLAB_ZOO", str(tmp_path))  # the user's own entries are tested in test_own.py
    table = zoo_table()
    assert list(table.index) == list(ZOO)
    assert table.loc["movenet_thunder", "here"] and table.loc["movenet_thunder", "licence"] == "Apache-2.0"


@pytest.mark.parametrize("name", [name for name, weights in ZOO.items() if weights.embedded])
def test_cards_name_the_weights_beside_them(name):
    weights = ZOO[name]
    assert weights.sha256 in (EMBEDDED / f"{name}.md").read_text(encoding="utf-8")
    assert load_detector(name).input_size == weights.input_size


def test_the_default_detector_is_the_same_everywhere():
    assert DETECTOR in ZOO
    assert {compose(verb).detector for verb in ("analyze", "demo")} == {DETECTOR}
