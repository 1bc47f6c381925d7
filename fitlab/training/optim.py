"""The optimiser recipe that every task shares: AdamW, warm-up, cosine decay, rates by layer, frozen layers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import nn

from fitlab.errors import InputError
from fitlab.training.relative_adam import RelativeAdamW


@dataclass(frozen=True)
class Optim:
    """How a network is trained.

    Parameters
    ----------
    rate : float
        Peak learning rate.
    weight_decay : float
        Decoupled (AdamW); not applied to biases and norms, i.e. to parameters with one axis.
    warmup_steps : int
        The rate climbs linearly from 0 over these optimiser steps.
    final_share : float in [0, 1]
        Share of the peak rate at which the cosine ends; 1 keeps the rate constant after the warm-up.
    frozen : sequence of str
        Glob patterns of parameter names that are not trained, e.g. ``["network.backbone.*"]``.
    rates : mapping of str to float
        Glob pattern -> factor on the rate; the first pattern that fits a parameter counts.
    relative : bool
        The rate is a share of each channel's weights (:class:`fitlab.training.relative_adam.RelativeAdamW`): for
        networks whose batch norm is folded into their convolutions.
    """

    rate: float = 1e-4
    weight_decay: float = 0.01
    warmup_steps: int = 0
    final_share: float = 0.0
    frozen: Sequence[str] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    relative: bool = False

    def build(self, module: nn.Module, total_steps: int) -> dict[str, Any]:
        """What ``LightningModule.configure_optimizers`` returns; freezes the parameters named in ``frozen``.

        Raises InputError for a pattern that fits no parameter, or when nothing is left to train.
        """
        names = [name for name, _ in module.named_parameters()]
        for pattern in (*self.frozen, *self.rates):
            if not any(fnmatchcase(name, pattern) for name in names):
                raise InputError(
                    f"patterns of optim must fit a parameter, got {pattern!r} which fits none of the {len(names)}; "
                    f"they are named like {names[0]} and {names[-1]}"
                )
        for name, parameter in module.named_parameters():
            if any(fnmatchcase(name, pattern) for pattern in self.frozen):
                parameter.requires_grad_(False)
        groups = self._groups((name, p) for name, p in module.named_parameters() if p.requires_grad)
        if not groups:
            raise InputError(f"optim.frozen must leave parameters to train, got {list(self.frozen)}; freeze fewer")
        kind = RelativeAdamW if self.relative else torch.optim.AdamW
        optimizer = kind(groups, lr=self.rate, weight_decay=self.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: self.share_at(step, total_steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def share_at(self, step: int, total_steps: int) -> float:
        """Share of the peak rate in optimiser step ``step`` of ``total_steps`` (Loshchilov & Hutter 2017, eq. 5)."""
        if step < self.warmup_steps:
            return (step + 1) / (self.warmup_steps + 1)
        passed = min(1.0, (step - self.warmup_steps) / max(1, total_steps - self.warmup_steps))
        return self.final_share + (1 - self.final_share) * 0.5 * (1 + math.cos(math.pi * passed))

    def _groups(self, parameters: Iterable[tuple[str, nn.Parameter]]) -> list[dict[str, Any]]:
        """Parameters with the same rate and decay together."""
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, parameter in parameters:
            factor = next((f for pattern, f in self.rates.items() if fnmatchcase(name, pattern)), 1.0)
            decay = self.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((factor, decay), []).append(parameter)
        return [
            {"params": members, "lr": self.rate * factor, "weight_decay": decay}
            for (factor, decay), members in groups.items()
        ]
