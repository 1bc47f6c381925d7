"""What stands in for packages that OpenMMLab imports but fitlab's models never call.

docs/mmpose.md tells why they are not installed.
"""

import importlib.util
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from typing import Any

from fitlab.errors import SetupError

_NAMED_BY_MMPRETRAIN = {
    "torchvision": (".ops", ".ops.boxes", ".transforms", ".transforms.functional", ".transforms.transforms"),
    "modelindex": (".load_model_index", ".models", ".models.Model"),
    "mat4py": (),
}


@contextmanager
def for_mmpretrain() -> Iterator[None]:
    """Lets mmpretrain (ViTPose's backbone) be imported without the packages that only its other parts call.

    The wheel of torchvision is built for CUDA, and beside a CPU torch it breaks every package that looks for it,
    Lightning among them; modelindex installs a package called ``tests``.  So they are not installed, and what stands
    in for them is gone after the import.
    """
    absent = [name for name in _NAMED_BY_MMPRETRAIN if importlib.util.find_spec(name) is None]
    modules = {name + part: _Nothing(name + part) for name in absent for part in ("", *_NAMED_BY_MMPRETRAIN[name])}
    for name, module in modules.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]


class _Nothing(types.ModuleType):
    """A module in which every name is None."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []  # a package, so that its parts are looked for

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


class NotCompiled(types.ModuleType):
    """Stands for mmcv's compiled operators in mmcv-lite: importable, not callable."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)  # no loader: mmengine's Runner looks whether the operators are there

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def operator(*_: object, **__: object) -> None:
            raise SetupError(f"{name} must be compiled, got mmcv-lite; install mmcv instead, see docs/mmpose.md")

        return operator
