"""From the composed configuration to objects, with typos refused by name."""

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import MISSING, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fitlab.errors import InputError, SetupError
from fitlab.files import require_plain_name


@dataclass
class Paths:
    """Folders of ``configs/paths``."""

    runs: str = MISSING
    real_data: str = MISSING
    cache: str = MISSING


@dataclass
class TrainConfig:
    """What ``configs/train.yaml`` may hold: an experiment with any other key is refused."""

    task: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    augment: dict[str, Any] = field(default_factory=dict)
    optim: dict[str, Any] = field(default_factory=dict)
    trainer: dict[str, Any] = field(default_factory=dict)
    tracker: dict[str, Any] = field(default_factory=dict)
    paths: Paths = field(default_factory=Paths)
    name: str = MISSING
    seed: int = MISSING
    steps: int = MISSING
    validate_every: int = MISSING
    save_every: int = MISSING
    patience: int | None = None
    limit: int | None = None
    resume: str | None = None


UNNAMED = "unnamed"
"""What ``configs/train.yaml`` calls a run that nobody named."""


def checked(cfg: DictConfig) -> DictConfig:
    """``cfg`` once its keys, their types and the arguments of every ``_target_`` are known to exist.

    Raises InputError that names the key, what is allowed there, and the nearest name; also for a run without a name.
    """
    for key in cfg:
        if key not in TrainConfig.__dataclass_fields__:
            known = list(TrainConfig.__dataclass_fields__)
            raise InputError(f"configuration must have only known keys, got {str(key)!r}; {_nearest(str(key), known)}")
    try:
        whole = OmegaConf.merge(OmegaConf.structured(TrainConfig), cfg)
        values = OmegaConf.to_container(whole, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise InputError(f"configuration must fit configs/train.yaml, got: {str(error).splitlines()[0]}") from error
    assert isinstance(values, dict) and isinstance(whole, DictConfig)
    if whole.name == UNNAMED:
        raise InputError(
            "an experiment must be chosen, got none; say experiment=... (a file of configs/experiment), or name=... of "
            "your own"
        )
    require_plain_name(whole.name)
    for key in sorted(values, key=lambda key: key in ("task", "data")):  # last: they repeat the others, ${model} ...
        _check_targets(values[key], str(key))
    return whole


def built(node: Any) -> Any:
    """What Hydra makes of ``node``; errors of the constructors that the user can mend come through unwrapped."""
    try:
        return instantiate(node, _convert_="all")
    except InstantiationException as error:
        cause = error.__cause__
        if isinstance(cause, InputError | SetupError):
            raise cause from error
        raise


def _check_targets(node: Any, where: str) -> None:
    if isinstance(node, Mapping):
        if "_target_" in node:
            _check_arguments(node, where)
        for key, value in node.items():
            _check_targets(value, f"{where}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _check_targets(value, f"{where}[{index}]")


def _check_arguments(node: Mapping[str, Any], where: str) -> None:
    target = _located(str(node["_target_"]), where)
    try:
        parameters = inspect.signature(target).parameters
    except ValueError:  # of some that are written in C: they do not say what they take
        return
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    for key in node:
        if not str(key).startswith("_") and key not in parameters:
            hint = _nearest(str(key), list(parameters))
            raise InputError(f"{where}.{key} must be an argument of {node['_target_']}, got {str(key)!r}; {hint}")


def _located(path: str, where: str) -> Any:
    """The class, function or method called ``path``; an error inside its module is a bug and comes through.

    Hydra's own ``get_object`` does not tell the two apart, and logs a line of its own.
    """
    found = _named(path) if all(path.split(".")) else None
    if not callable(found):
        raise InputError(f"{where}._target_ must name a class or function, got {path!r}; correct its spelling")
    return found


def _named(path: str) -> Any:
    """What a module, or something in one, holds under the last name of a dotted ``path``; None where nothing does."""
    owner, _, name = path.rpartition(".")
    if not owner:
        return None
    try:
        return getattr(importlib.import_module(owner), name, None)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{owner}.".startswith(f"{error.name}."):
            raise
        return getattr(_named(owner), name, None)


def _nearest(key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
