import copy

import pytest
import torch
from torch import nn

from fitlab.training.optim import Optim
from fitlab.training.relative_adam import RelativeAdamW


def layer(seed: int = 0) -> nn.Conv2d:
    torch.manual_seed(seed)
    conv = nn.Conv2d(3, 4, 3)
    with torch.no_grad():
        conv.weight *= torch.tensor([1e-3, 1.0, 100.0, 0.0])[:, None, None, None]
    return conv


def steps(conv: nn.Conv2d, optimizer: torch.optim.Optimizer, count: int, seed: int = 1) -> None:
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count):
        optimizer.zero_grad()
        conv(torch.randn(2, 3, 6, 6, generator=generator)).square().mean().backward()
        optimizer.step()


def test_every_channel_changes_by_the_same_share():
    conv = layer()
    before = conv.weight.detach().clone()
    steps(conv, RelativeAdamW(conv.parameters(), lr=1e-2, weight_decay=0.0), 1)
    change = (conv.weight.detach() - before).flatten(1).square().mean(1).sqrt()
    size = before.flatten(1).square().mean(1).sqrt()
    # The first step of Adam moves every weight by its rate.
    assert (change / size)[:3].tolist() == pytest.approx([1e-2] * 3, rel=1e-3)
    assert change[3].item() == pytest.approx(
        1e-2 * 0.1 * size.median().item(), rel=1e-2
    )  # a channel of zeros is not stuck


def test_it_is_adamw_on_weights_of_unit_size():
    """Dividing the weights by their size, training them by AdamW and multiplying again is the same."""
    conv = layer()
    size = torch.maximum((rms := conv.weight.detach().flatten(1).square().mean(1).sqrt()), 0.1 * rms.median())[
        :, None, None, None
    ]
    unit = nn.Parameter(conv.weight.detach() / size)
    bias_size = conv.bias.detach().square().mean().sqrt()
    unit_bias = nn.Parameter(conv.bias.detach() / bias_size)
    plain = torch.optim.AdamW([unit, unit_bias], lr=3e-3, weight_decay=0.1, eps=1e-30)
    generator = torch.Generator().manual_seed(1)
    for _ in range(5):
        plain.zero_grad()
        x = torch.randn(2, 3, 6, 6, generator=generator)
        nn.functional.conv2d(x, unit * size, unit_bias * bias_size).square().mean().backward()
        plain.step()
    steps(conv, RelativeAdamW(conv.parameters(), lr=3e-3, weight_decay=0.1, eps=1e-30), 5)
    torch.testing.assert_close(conv.weight.detach(), (unit * size).detach(), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(conv.bias.detach(), (unit_bias * bias_size).detach(), rtol=1e-4, atol=1e-6)


def test_a_resumed_optimiser_goes_on_as_if_never_stopped():
    whole = layer()
    optimizer = RelativeAdamW(whole.parameters(), lr=5e-2)
    steps(whole, optimizer, 3)
    again = copy.deepcopy(whole)
    saved = copy.deepcopy(optimizer.state_dict())
    steps(whole, optimizer, 3, seed=2)
    resumed = RelativeAdamW(again.parameters(), lr=5e-2)
    resumed.load_state_dict(saved)
    steps(again, resumed, 3, seed=2)
    assert torch.equal(whole.weight, again.weight) and torch.equal(whole.bias, again.bias)


def test_the_recipe_chooses_it():
    built = Optim(relative=True, rate=2e-3).build(layer(), 10)
    assert isinstance(built["optimizer"], RelativeAdamW)
    assert not isinstance(Optim().build(layer(), 10)["optimizer"], RelativeAdamW)
