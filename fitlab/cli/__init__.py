"""The command line: ``fitlab VERB [hydra overrides]``.

Every verb has one root configuration, ``configs/<verb>.yaml``, composed by Hydra; ``-m``,
``--cfg job`` and ``--help`` after a verb are Hydra's own.  Failures that the user can mend are one
line on standard error: exit code 2 for input, 3 for the environment.
"""

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fitlab.errors import InputError, SetupError

if TYPE_CHECKING:
    from omegaconf import DictConfig


class Verb(NamedTuple):
    """A verb: what it does, one way to call it, and the function ``module.main(cfg)`` behind it."""

    what: str
    example: str
    module: str


VERBS = {
    "analyze": Verb(
        "video or pose file -> which exercise, repetitions, mistakes, athlete comparison, 3D report",
        "fitlab analyze video=user.mp4 reference=athlete.mp4",
        "fitlab.cli.analyze",
    ),
    "train": Verb(
        "fine-tune the 2D detector or the temporal lifter",
        "fitlab train experiment=lifter_uiprmd",
        "fitlab.training.run",
    ),
    "evaluate": Verb(
        "measure a trained model on held-out data",
        "fitlab evaluate experiment=lifter_uiprmd",
        "fitlab.cli.evaluate",
    ),
    "synth": Verb(
        "make exercise clips with exact labels",
        "fitlab synth preset=squat_pair",
        "fitlab.cli.synth",
    ),
    "mine": Verb(
        "find the frames of unlabelled clips that are most worth labelling",
        "fitlab mine video=set.mp4",
        "fitlab.cli.mine",
    ),
    "exercise": Verb(
        "exercise files: list them, check one of your own",
        "fitlab exercise check my_lunge.yaml",
        "fitlab.cli.exercise",
    ),
    "zoo": Verb(
        "weights: list them, pull one by name, add your own, export to ONNX",
        "fitlab zoo list",
        "fitlab.cli.zoo",
    ),
    "demo": Verb(
        "the whole chain on clips made on the spot",
        "fitlab demo",
        "fitlab.cli.demo",
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the verb named first in ``arguments`` (default: the process's own) and exits."""
    verb, *overrides = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if verb in ("-h", "--help", "help"):
        print(usage())
        return
    if verb == "--version":
        from fitlab import __version__

        print(__version__)
        return
    try:
        if verb not in VERBS:
            raise InputError(f"verb must be one of {', '.join(VERBS)}, got {verb!r}; see fitlab --help")
        _run(verb, overrides)
    except InputError as error:
        _fail(error, 2)
    except SetupError as error:
        _fail(error, 3)
    except KeyboardInterrupt:
        _fail("interrupted", 130)


def usage() -> str:
    """The text of ``fitlab --help``."""
    width = max(map(len, VERBS))
    lines = ["fitlab: research tooling for 3D human pose in fitness", "", "usage: fitlab VERB [key=value ...]", ""]
    for name, verb in VERBS.items():
        lines += [f"  {name:<{width}}  {verb.what}", f"  {'':<{width}}    {verb.example}"]
    return "\n".join(
        [*lines, "", "fitlab VERB --help lists what can be set; fitlab VERB --cfg job prints it resolved."]
    )


_NOT_PLAIN = re.compile(r"[^\w./:+@%-]", re.ASCII)


def _run(verb: str, overrides: list[str]) -> None:
    if verb in ("exercise", "zoo"):  # plain words, no configuration
        import_module(VERBS[verb].module).main(overrides)
        return
    import hydra
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import HydraException
    from hydra.types import RunMode
    from omegaconf.errors import OmegaConfBaseException

    from fitlab.settings import config_dir, one_line, register_resolvers

    register_resolvers()
    # Hydra turns every exception into its own report and exit code 1 unless asked for the exception.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    if verb in ("analyze", "mine") and overrides and "=" not in overrides[0] and _is_file(overrides[0]):
        raise InputError(f"what is given must be named, got the file {overrides[0]}; write video={overrides[0]}")
    sys.argv = [f"fitlab {verb}", *map(_quoted, overrides)]
    if {"-h", "--help"} & set(overrides):
        sys.argv.append(f'hydra.help.header="{VERBS[verb].what}: {VERBS[verb].example}"')

    failures: list[Exception] = []

    @hydra.main(config_path=str(config_dir()), config_name=verb, version_base="1.3")
    def job(cfg: "DictConfig") -> None:
        try:
            import_module(VERBS[verb].module).main(cfg)
        except (InputError, SetupError) as error:
            if HydraConfig.get().mode != RunMode.RUN:  # one job of many: let Hydra name it
                raise
            failures.append(error)  # out of Hydra's sight, which would print lines of its own

    try:
        job()
    except (HydraException, OmegaConfBaseException) as error:
        raise InputError(f"{one_line(error)}; fitlab {verb} --cfg job shows every key") from error
    for failure in failures:
        raise failure


def _quoted(override: str) -> str:
    """``key=FILE`` with the name in quotes: phones name files as Hydra does not allow, PXL~2 (1).mp4."""
    key, equals, value = override.partition("=")
    if key == "exercise" and value.endswith(".yaml"):
        name = Path(value).stem
        raise InputError(
            f"exercise must be a name on the command line, got the file {value}; "
            f"move it to DIR/exercise/{name}.yaml and say --config-dir DIR exercise={name}"
        )
    if not equals or not _NOT_PLAIN.search(value) or not _is_file(value):
        return override
    return f"{key}='" + value.replace("'", "\\'").replace("${", "\\${") + "'"


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # too long for a name: a list
        return False


def _fail(problem: object, code: int) -> None:
    print(f"fitlab: {problem}", file=sys.stderr)
    sys.exit(code)
