"""Where things are: configurations, real data, runs, caches; and configurations for notebooks and tests.

In a checkout every folder lies beside the package; installed as a wheel, the configurations travel inside the
package and what is written goes below the current folder.  YAML reads the same folders as ``${fitlab:runs}``.
"""

import os
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from fitlab.errors import InputError
from fitlab.files import folder_name
from fitlab.locations import config_dir

if TYPE_CHECKING:
    from omegaconf import DictConfig

__all__ = ["cache_dir", "compose", "config_dir", "real_data_dir", "register_resolvers", "runs_dir"]

_BESIDE = Path(__file__).resolve().parents[1]
_CHECKOUT = _BESIDE if (_BESIDE / "pyproject.toml").exists() else None


def real_data_dir() -> Path:
    """Folder of the real data sets, which may be absent: ``$FITLAB_REAL_DATA``, else ``../shared/data``."""
    named = os.environ.get("FITLAB_REAL_DATA")
    return Path(named).resolve() if named else (_home().parent / "shared" / "data")


def runs_dir() -> Path:
    """Folder that every run writes below, as ``<verb>/<name>/``: ``$FITLAB_RUNS``, else ``experiments/runs``."""
    named = os.environ.get("FITLAB_RUNS")
    return Path(named).resolve() if named else _home() / "experiments" / "runs"


def cache_dir() -> Path:
    """Folder of what can be made again: ``$FITLAB_CACHE``, else ``data/cache``."""
    named = os.environ.get("FITLAB_CACHE")
    return Path(named).resolve() if named else _home() / "data" / "cache"


def compose(root: str, overrides: Sequence[str] = ()) -> "DictConfig":
    """The configuration that ``fitlab <root> <overrides>`` would run with.

    Parameters
    ----------
    root : str
        Name of a file in :func:`config_dir` without its suffix: ``"train"``, ``"analyze"`` ...
    overrides : sequence of str
        In Hydra's grammar: ``["experiment=detector_debug", "optim.rate=1e-4"]``.

    Raises
    ------
    InputError
        If the root, a group, an option or a key does not exist, or a value has the wrong type.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    register_resolvers()
    if not (config_dir() / f"{root}.yaml").exists():
        roots = sorted(path.stem for path in config_dir().glob("*.yaml"))
        raise InputError(f"configuration must be one of {', '.join(roots)}, got {root!r}; see {config_dir()}")
    outer, job = (
        GlobalHydra.instance().hydra,
        HydraConfig.instance().cfg,
    )  # composing inside a Hydra job leaves it whole
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(config_dir()), version_base="1.3"):
            return hydra_compose(root, overrides=list(overrides))
    except (HydraException, OmegaConfBaseException) as error:
        raise InputError(f"overrides of {root} must fit the configuration, got: {one_line(error)}") from error
    finally:
        GlobalHydra.instance().hydra = outer
        HydraConfig.instance().cfg = job


def register_resolvers() -> None:
    """Lets YAML say ``${fitlab:configs|real_data|runs|cache}``, and ``${fitlab_folder:text}`` for a folder's name.

    Call it before Hydra composes.
    """
    from omegaconf import OmegaConf

    places = {"configs": config_dir, "real_data": real_data_dir, "runs": runs_dir, "cache": cache_dir}
    OmegaConf.register_new_resolver("fitlab", lambda place: str(places[place]()), replace=True)
    OmegaConf.register_new_resolver("fitlab_folder", folder_name, replace=True)


def one_line(error: Exception) -> str:
    """What Hydra and OmegaConf say in many lines: what is wrong, and the options there are."""
    lines = [line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("To append to your")]  # bad advice for a misspelt key
    if len(lines) > 1 and lines[1].endswith(":"):
        lines[1] += " " + ", ".join(takewhile(lambda line: not line.startswith("Config search path"), lines[2:]))
    cause = error.__cause__
    if isinstance(cause, Exception) and len(lines) < 2:  # "Could not override ...": why not says the cause
        lines.append(
            one_line(cause)
            .partition("; ")[0]
            .replace("is not in struct", "is not there: mind its spelling; a + before it adds what is new")
        )
    text = "; ".join(lines[:2]) or repr(error)
    return text.replace("DictConfig", "a mapping").replace("ListConfig", "a list")


def _home() -> Path:
    return _CHECKOUT or Path.cwd()
