import itertools

import pytest
import torch
from torch import nn

from fitlab.errors import InputError
from fitlab.training.optim import Optim


def network() -> nn.Module:
    return nn.ModuleDict({"backbone": nn.Linear(3, 4), "head": nn.Linear(4, 2)})


def test_the_rate_climbs_then_falls_to_its_last_share():
    optim = Optim(warmup_steps=4, final_share=0.1)
    shares = [optim.share_at(step, 20) for step in range(21)]
    assert shares[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert shares[12] == pytest.approx(0.55)  # half way
    assert shares[20] == pytest.approx(0.1)
    assert all(later < earlier for earlier, later in itertools.pairwise(shares[4:]))
    assert Optim(final_share=1.0).share_at(17, 20) == 1.0


def test_patterns_freeze_and_slow_down_parameters():
    module = network()
    built = Optim(rate=1e-2, weight_decay=0.1, frozen=["head.bias"], rates={"backbone.*": 0.1, "*": 0.5}).build(
        module, 10
    )
    rates = {
        name: (group["initial_lr"], group["weight_decay"])
        for group in built["optimizer"].param_groups
        for name, parameter in module.named_parameters()
        if any(parameter is member for member in group["params"])
    }
    assert rates == {
        "backbone.weight": (pytest.approx(1e-3), 0.1),
        "backbone.bias": (pytest.approx(1e-3), 0.0),
        "head.weight": (pytest.approx(5e-3), 0.1),
    }
    assert [name for name, p in module.named_parameters() if not p.requires_grad] == ["head.bias"]


def test_a_frozen_parameter_does_not_move():
    module = network()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    optimizer = Optim(rate=0.1, frozen=["backbone.*"]).build(module, 10)["optimizer"]
    module["head"](module["backbone"](torch.ones(1, 3))).sum().backward()
    optimizer.step()
    moved = {name for name, value in module.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {"head.weight", "head.bias"}


@pytest.mark.parametrize(
    ("optim", "said"),
    [
        (Optim(frozen=["bckbone.*"]), "backbone.weight"),
        (Optim(rates={"x": 1.0}), "'x'"),
        (Optim(frozen=["*"]), "frozen"),
    ],
)
def test_patterns_that_fit_nothing_are_refused(optim: Optim, said: str):
    with pytest.raises(InputError, match=said):
        optim.build(network(), 10)
