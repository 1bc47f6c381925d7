"""Writing results so that nothing is ever half written."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from fitlab.errors import InputError, SetupError

_LONGEST_NAME = 200
"""Bytes, and eleven more for what was cut; file systems take 255."""


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a temporary path beside ``path`` that becomes ``path`` when the block succeeds.

    The temporary name keeps the suffix, so that writers which look at it still work.  When the
    block fails nothing is left behind and an older ``path`` stays as it was.

    Raises
    ------
    SetupError
        If the folder cannot be written to or the disk is full.
    """
    target = Path(path)
    folder: Path | None = None
    try:
        folder = _place_beside(target)
        partial = folder / target.name
        yield partial
        partial.replace(target)
    except OSError as error:
        raise _writing_failed(target, error) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def folder_written_whole(path: str | os.PathLike[str], own: Sequence[str] = ()) -> Iterator[Path]:
    """Like :func:`written_whole` for a folder: yields an empty one that becomes ``path``.

    An older folder of that name is replaced only when the block succeeds, see :func:`require_replaceable`.
    """
    target = Path(path)
    require_replaceable(target, own)
    working: Path | None = None
    try:
        working = _place_beside(target)
        made = working / "new"
        made.mkdir()
        yield made
        if target.exists():
            target.replace(working / "old")
        made.replace(target)
    except OSError as error:
        raise _writing_failed(target, error) from error
    finally:
        if working is not None:
            shutil.rmtree(working, ignore_errors=True)


def require_replaceable(folder: Path, own: Sequence[str]) -> None:
    """Raises SetupError if ``folder`` holds anything that no pattern of ``own`` fits: it would be lost."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise SetupError(f"{folder} must be a folder or free, got a file of that name; choose another one")
    others = sorted(item.name for item in folder.iterdir() if not any(fnmatch(item.name, name) for name in own))
    if others:
        raise SetupError(
            f"the folder {folder} must hold nothing but an older result, got {', '.join(others[:3])}; "
            "move that away or choose another name"
        )


def require_plain_name(name: str) -> None:
    """Raises InputError if the name of a run would lead out of the folder of runs."""
    if {"", ".", ".."} & set(name.split("/")):
        raise InputError(f"name must be that of a folder, got {name!r}; leave out '..', '.' and a leading '/'")


def folder_name(text: str) -> str:
    """``text`` as the name of one folder: without slashes, and cut where file systems would refuse it.

    What is cut off is told apart by eight digits of a hash of the whole.
    """
    name = text.replace("/", "_")
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{name.encode()[:_LONGEST_NAME].decode(errors='ignore')}...{digest}"


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes ``text`` as UTF-8, whole or not at all."""
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _place_beside(target: Path) -> Path:
    """A new folder on the disk of ``target``; SetupError where none can be made."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise _unwritable(target, error) from error


def _unwritable(target: Path, error: OSError) -> SetupError:
    return SetupError(f"the folder of {target} must be writable, got {error.strerror!r}; choose another one")


def _writing_failed(target: Path, error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SetupError(f"the disk must have room for {target}, got 'disk full'; free some space and run again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return _unwritable(target, error)
    return error
