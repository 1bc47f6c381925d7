"""``fitlab synth``: data sets of the studio, with exact labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from fitlab.synthesis.card import DatasetCard
    from fitlab.synthesis.dataset import DataSet


def main(cfg: DictConfig) -> None:
    """Writes ``cfg.dataset`` into ``cfg.folder``."""
    from omegaconf import OmegaConf

    from fitlab.errors import InputError
    from fitlab.files import write_text
    from fitlab.synthesis.benchmark import FitBench
    from fitlab.synthesis.dataset import write_dataset
    from fitlab.synthesis.manifest import compare, demand

    if not (cfg.workers is None or isinstance(cfg.workers, int)):
        raise InputError(f"workers must be a whole number or null, got {cfg.workers!r}; null takes one per core")
    dataset, folder = built(cfg.dataset), Path(cfg.folder)
    card = write_dataset(dataset, folder, cfg.workers)
    write_text(folder / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True))
    print(summary(card), folder, sep="\n")
    if isinstance(dataset, FitBench):
        agreement = compare(dataset, folder)
        print(agreement)
        if note := demand(agreement):
            print(note)


def built(node: DictConfig) -> DataSet:
    """The data set that ``node`` describes, once its keys and their types are known to be right.

    Raises InputError that names the key.
    """
    from hydra.utils import get_class
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from fitlab.errors import InputError
    from fitlab.settings import one_line

    target = get_class(node["_target_"])
    given = {str(key): value for key, value in node.items() if key != "_target_"}
    for key, hint in get_type_hints(target).items():
        _look_at_kind(key, given.get(key), {get_origin(part) for part in (hint, *get_args(hint))})
    try:
        typed = OmegaConf.merge(OmegaConf.structured(target), given)
        arguments: Any = OmegaConf.to_container(typed, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise InputError(f"dataset must have the arguments of {target.__name__}, got: {one_line(error)}") from error
    dataset: DataSet = target(**{key: tuple(value) if key == "size" else value for key, value in arguments.items()})
    return dataset


def _look_at_kind(key: str, value: Any, kinds: set[Any]) -> None:
    """InputError for one value where a list or a mapping must be."""
    from omegaconf import DictConfig, ListConfig

    from fitlab.errors import InputError

    if value is None:
        return
    if kinds & {list, tuple} and not isinstance(value, ListConfig):
        raise InputError(f"dataset.{key} must be a list, got {value!r}; write dataset.{key}=[...] with all its values")
    if dict in kinds and not isinstance(value, DictConfig):
        raise InputError(f"dataset.{key} must be a mapping, got {value!r}; write dataset.{key}={{name: value}}")


def summary(card: DatasetCard) -> str:
    """A few lines on what was made."""
    lines = [f"{card.samples} {card.unit}s, SHA-256 {card.sha256}"]
    for title, counts in (("exercises", card.exercises), ("mistakes", card.mistakes), ("slices", card.slices)):
        if counts:
            lines.append(f"  {title}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    return "\n".join(lines)
