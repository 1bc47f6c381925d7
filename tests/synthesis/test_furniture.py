import numpy as np
import pytest

from fitlab.synthesis.furniture import AROUND, BEFORE

MAKERS = sorted(
    {maker for kinds in (AROUND, BEFORE) for makers in kinds.values() for maker in makers}, key=lambda m: m.__name__
)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_it_stands_on_the_floor_around_the_origin(maker):
    for seed in range(8):
        solid = maker(np.random.default_rng(seed))
        assert -0.35 < solid.vertices[:, 2].min() < 0.08
        assert solid.vertices[:, 2].max() < 5
        assert np.abs(solid.vertices[:, :2].mean(axis=0)).max() < 0.6
        assert 0 <= solid.colours.min() <= solid.colours.max() <= 255
        assert np.isfinite(solid.vertices).all()
