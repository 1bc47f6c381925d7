"""Fetching a file whose hash is known, from the first address that has it."""

import hashlib
import http.client
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from fitlab.errors import SetupError
from fitlab.files import written_whole
from fitlab.progress import progress

TIMEOUT_S = 30
"""Silence of a server after which the next one is asked."""

_BLOCK = 1 << 18


class _Unusable(Exception):
    """An address did not give the file; the message says why."""


def fetch(addresses: Sequence[str], target: Path, sha256: str) -> None:
    """Writes to ``target`` the file with this SHA-256, from the first of ``addresses`` that has it.

    Of a zip archive the one member with the suffix of ``target`` is taken.  What does not have the right hash is never
    left under its name.

    Raises
    ------
    SetupError
        If no address gave it: says what each of them did.
    """
    failures = []
    for address in addresses:
        try:
            with written_whole(target) as partial:
                _download(address, partial)
                _unpack(partial, target.suffix)
                found = sha256_of(partial)
                if found != sha256:
                    raise _Unusable(f"another file (SHA-256 {found[:16]}..., not {sha256[:16]}...)")
            return
        except (_Unusable, urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            failures.append(f"{address}: {getattr(error, 'reason', None) or error}")
    raise SetupError(
        f"{target.name} must be available from one of its addresses, got " + "; ".join(failures) + "; "
        f"try again later, or put the file at {target} yourself"
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(address: str, path: Path) -> None:
    request = urllib.request.Request(address, headers={"User-Agent": "fitlab"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response, path.open("wb") as file:
        length = int(response.headers.get("Content-Length") or 0)
        blocks = iter(lambda: response.read(_BLOCK), b"")
        for block in progress(blocks, f"fetching {path.name}", total=-(-length // _BLOCK) or None, unit="block"):
            file.write(block)
        if length and file.tell() != length:
            raise _Unusable(f"broke off after {file.tell()} of {length} bytes")


def _unpack(path: Path, suffix: str) -> None:
    """Puts the one member with ``suffix`` in the place of a zip archive; leaves other files as they are."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.endswith(suffix)]
            content = archive.read(members[0]) if len(members) == 1 else None
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise _Unusable(f"a damaged archive ({error})") from error
    if content is None:
        raise _Unusable(f"an archive with {len(members)} files ending in {suffix}")
    path.write_bytes(content)
