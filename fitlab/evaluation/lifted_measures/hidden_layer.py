"""Trains the hidden layer with which the rules of an exercise are recognised."""

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from fitlab.analysis.recognition import HiddenLayer, near

UNITS = 128
_EPOCHS, _BATCH, _RATE, _DECAY = 40, 128, 2e-3, 0.3
_DROPOUT = 0.3  # of the units; half as much of what they see


class Network(NamedTuple):
    """The layer, and what the rules make of its units: ``weights`` (H, R), ``offset`` (R,)."""

    layer: HiddenLayer
    weights: np.ndarray
    offset: np.ndarray

    def __call__(self, components: np.ndarray, azimuth_deg: np.ndarray) -> np.ndarray:
        """Logits (n, R)."""
        return self.layer(components, azimuth_deg) @ self.weights + self.offset


def fit_network(components: np.ndarray, azimuth_deg: np.ndarray, truth: np.ndarray, seed: int = 0) -> Network:
    """Learns which mistakes were made, all rules at once.

    Parameters
    ----------
    components : (n, K)
        Of repetitions; in training each is divided by the root of its deviation, so that small ones have a say.
    azimuth_deg : (n,)
    truth : (n, R) bool
    seed : int
        Of the weights, the order of the examples, and what is dropped.

    Returns
    -------
    network : Network
        Of components as they are: the scales are part of its weights.
    """
    scale = np.sqrt(np.maximum(components.std(axis=0), 1e-6))
    scale = scale * (components / scale).std()
    inputs = torch.from_numpy(np.concatenate([components / scale, near(azimuth_deg)], axis=1)).float()
    targets = torch.from_numpy(truth).float()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        hidden, read = nn.Linear(inputs.shape[1], UNITS), nn.Linear(UNITS, targets.shape[1])
        network = nn.Sequential(nn.Dropout(_DROPOUT / 2), hidden, nn.GELU(), nn.Dropout(_DROPOUT), read)
        batches = max(1, len(inputs) // _BATCH)
        optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=_EPOCHS * batches)
        for _ in range(_EPOCHS):
            for own in torch.randperm(len(inputs)).tensor_split(batches):
                loss = nn.functional.binary_cross_entropy_with_logits(network(inputs[own]), targets[own])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
    (first, first_offset), (second, second_offset) = (
        (part.weight.detach().double().numpy().T, part.bias.detach().double().numpy()) for part in (hidden, read)
    )
    rows = np.concatenate([scale, np.ones(first.shape[0] - len(scale))])[:, None]
    return Network(HiddenLayer(first / rows, first_offset), second, second_offset)
