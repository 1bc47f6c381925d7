from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlab.training.stream import Draw, Stream

sizes = {"length": st.integers(1, 30), "batch_size": st.integers(1, 8), "seed": st.integers(0, 5)}


@given(**sizes, batches=st.integers(1, 20))
def test_every_epoch_is_a_permutation(length: int, batch_size: int, seed: int, batches: int):
    drawn = [draw for batch in Stream(length, batch_size, seed, batches) for draw in batch]
    assert len(drawn) == batches * batch_size
    for epoch in range(len(drawn) // length):
        assert sorted(draw.index for draw in drawn if draw.epoch == epoch) == list(range(length))
    assert [draw.epoch for draw in drawn] == [position // length for position in range(len(drawn))]


@given(**sizes, batches=st.integers(1, 20), data=st.data())
def test_a_resumed_stream_goes_on_where_it_stopped(length, batch_size, seed, batches, data):
    start = data.draw(st.integers(0, batches))
    whole, rest = Stream(length, batch_size, seed, batches), Stream(length, batch_size, seed, batches, start=start)
    assert list(rest) == list(whole)[start:]
    assert len(rest) == len(whole)


@given(**sizes, world=st.integers(1, 4))
@settings(max_examples=30)
def test_processes_share_what_one_process_accumulates(length: int, batch_size: int, seed: int, world: int):
    together = [
        [draw for rank in range(world) for draw in batches[rank]]
        for batches in zip(
            *(Stream(length, batch_size, seed, 5, rank=r, world=world) for r in range(world)), strict=True
        )
    ]
    alone = list(Stream(length, batch_size, seed, 5 * world))
    accumulated = [[draw for batch in alone[i : i + world] for draw in batch] for i in range(0, len(alone), world)]
    assert together == accumulated


def test_seeds_and_epochs_differ_in_order_and_in_randomness():
    orders = {tuple(d.index for b in Stream(20, 20, seed, 2) for d in b) for seed in range(10)}
    assert len(orders) == 10
    numbers = Counter(
        float(Draw(index, epoch, 0.0).generator(seed).random())
        for index in range(5)
        for epoch in range(5)
        for seed in range(5)
    )
    assert len(numbers) == 125
    assert np.isclose(Draw(3, 1, 0.2).generator(0).random(), Draw(3, 1, 0.9).generator(0).random())
