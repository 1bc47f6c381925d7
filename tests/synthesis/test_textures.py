import numpy as np
import pytest

from fitlab.synthesis.textures import PLAIN, TEXTURES, TILE_M, VARIANTS, sample


def grid(step, start=0.0):
    line = start + np.arange(96, dtype=np.float32) * step
    return np.meshgrid(line, line)


@pytest.mark.parametrize("name", sorted(TEXTURES))
def test_a_texture_is_about_plain_and_repeats(name):
    u, v = grid(TILE_M / 96)
    fine = np.full_like(u, 0.01)
    for variant in range(VARIANTS):
        tile = sample(name, variant, u, v, fine)
        assert tile.dtype == np.uint8
        assert 0.7 * PLAIN < tile.mean() < 1.15 * PLAIN
        again = sample(name, variant, u - 3 * TILE_M, v + 2 * TILE_M, fine)
        assert np.abs(again.astype(int) - tile).mean() < 1.5


def test_what_is_far_away_is_smooth():
    u, v = grid(0.3)
    spread = [sample("bricks", 0, u, v, np.full_like(u, footprint)).std() for footprint in (0.005, 0.05, 0.3)]
    assert spread[0] > 1.5 * spread[1] > 2 * spread[2]


def test_seams_do_not_show():
    """Across the edge of a tile neighbours differ no more than elsewhere."""
    u, v = grid(0.01, TILE_M - 0.48)
    tile = sample("plaster", 1, u, v, np.full_like(u, 0.01)).astype(int)
    steps = np.abs(np.diff(tile, axis=1)).mean(axis=0)
    assert steps[45:50].max() < 3 * np.median(steps) + 2
