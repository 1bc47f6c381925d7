"""What stands in for packages that OpenMMLab imports but fitlab's models never call.

docs/mmpose.md tells why they are not installed.
"""

import importlib.util
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fitlab.errors import SetupError


@contextmanager
def without_torchvision() -> Iterator[None]:
    """Lets mmpretrain (ViTPose's backbone) be imported without torchvision, whose image transforms it names.

    The wheel of torchvision is built for CUDA, and beside a CPU torch it breaks every package that imports it where
    it is found, Lightning among them: so it is not installed, and what stands in for it is gone after the import.
    """
    if importlib.util.find_spec("torchvision") is not None:
        yield
        return
    names = ["", ".ops", ".ops.boxes", ".transforms", ".transforms.functional", ".transforms.transforms"]
    modules = {"torchvision" + name: types.ModuleType("torchvision" + name) for name in names}
    for name, module in modules.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)
    modules["torchvision.transforms.transforms"].InterpolationMode = None  # type: ignore[attr-defined]
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]


class NotCompiled(types.ModuleType):
    """Stands for mmcv's compiled operators in mmcv-lite: importable, not callable."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def operator(*_: object, **__: object) -> None:
            raise SetupError(f"{name} must be compiled, got mmcv-lite; install mmcv instead, see docs/mmpose.md")

        return operator
