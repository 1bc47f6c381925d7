"""Where runs are written, and what the jobs of a sweep (``fitlab VERB -m key=a,b``) are called."""

from pathlib import Path

from fitlab.files import folder_name, require_plain_name


def run_folder(runs: str, verb: str, name: str) -> Path:
    """``<runs>/<verb>/<name>``, in a sweep each job's own; raises InputError if ``name`` would lead somewhere else."""
    name = str(name).rstrip("/") or "/"  # a number, or what a shell completed
    require_plain_name(name)
    return Path(runs) / verb / name_in_sweep(name)


def name_in_sweep(name: str) -> str:
    """``name``, in a sweep followed by the job's overrides: jobs must not replace each other's results.

    Overrides that the root configuration excludes (``hydra.job.config.override_dirname.exclude_keys``) are left out.
    """
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    if not HydraConfig.initialized() or HydraConfig.get().mode != RunMode.MULTIRUN:
        return name
    overrides = HydraConfig.get().job.override_dirname
    folder, slash, own = name.rpartition("/")
    return f"{folder}{slash}{folder_name(f'{own},{overrides}')}" if overrides else name
