"""AdamW whose steps are relative to what they change."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

SMALLEST = 0.1
"""A channel counts as at least this share of its tensor's median, so that one that is all zero can learn."""


class RelativeAdamW(torch.optim.AdamW):
    """AdamW with a rate for every channel: that of its group times the channel's root mean square when training began.

    Adam moves every weight by about its rate, however small the weight is.  With batch norm in the network that does
    not matter; where it is folded into the convolutions, as in MoveNet, scales of channels differ by 10**5, and at a
    rate of 1e-4 a layer of weights around 1e-3 is another one after twenty steps
    (experiments/detector_unusual_poses/README.md).  Steps relative to the weights, as in Adafactor (Shazeer & Stern
    2018, section 8), treat all alike: a rate of 1e-3 changes any weight by about a thousandth of what its channel is
    like.

    Channels are the entries along the first axis; a bias is one channel.  Takes the arguments of ``torch.optim.AdamW``.
    """

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step; see ``torch.optim.Optimizer``."""
        # What the decay leaves of the weights is not Adam's step, and not scaled.
        kept = [
            p.detach() * (1 - group["lr"] * group["weight_decay"])
            for group in self.param_groups
            for p in group["params"]
        ]
        scales = [self._scale_of(p) for group in self.param_groups for p in group["params"]]
        loss = super().step(closure)
        parameters = [p for group in self.param_groups for p in group["params"]]
        for parameter, start, scale in zip(parameters, kept, scales, strict=True):
            if state := self.state[parameter]:  # else it had no gradient
                state["scale"] = scale  # part of the state, so that a resumed run has the same
                parameter.sub_(start).mul_(scale).add_(start)
        return loss

    def _scale_of(self, parameter: Tensor) -> Tensor:
        known = self.state[parameter].get("scale") if parameter in self.state else None
        return _scale(parameter) if known is None else known


def _scale(weights: Tensor) -> Tensor:
    """Root mean square per channel, in a shape that multiplies ``weights``."""
    if weights.ndim < 2:
        return weights.square().mean().sqrt().clamp(min=1e-8).expand_as(weights).clone()
    rms = weights.flatten(1).square().mean(1).sqrt()  # (channels,)
    rms = torch.maximum(rms, SMALLEST * rms.median()).clamp(min=1e-8)
    return rms.reshape(-1, *[1] * (weights.ndim - 1))
