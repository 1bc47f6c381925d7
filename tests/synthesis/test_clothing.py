from dataclasses import replace

import numpy as np
import pytest

from fitlab.synthesis.clothing import draw_outfit, dress
from fitlab.synthesis.figure import figure
from fitlab.synthesis.regions import bare

SHIRT, TROUSERS, SHOES, HAIR = range(4)


@pytest.fixture(scope="module")
def outfit():
    return replace(draw_outfit(np.random.default_rng(3)), sleeve=0.3, hem=0.0, leg=0.4, waist=0.2, barefoot=False)


def nearest(body, place):
    return int(np.argmin(np.linalg.norm(bare(body) - place, axis=1)))


def at(body, bone):
    return nearest(body, body.heads[body.template.bone_index[bone]])


@pytest.mark.parametrize(("sleeve", "elbow", "wrist"), [(-1.0, False, False), (0.3, False, False), (0.7, True, False)])
def test_sleeves_end_where_they_should(body, outfit, sleeve, elbow, wrist):
    layers = dress(body, replace(outfit, sleeve=sleeve)).layers
    assert (layers[at(body, "lowerarm01.L"), SHIRT] > 0) == elbow
    assert (layers[at(body, "wrist.R"), SHIRT] > 0) == wrist
    assert layers[at(body, "spine02"), SHIRT] > 0
    assert layers[at(body, "head"), SHIRT] < 0


@pytest.mark.parametrize(("leg", "knee", "ankle"), [(0.3, False, False), (0.7, True, False), (1.0, True, False)])
def test_trousers_end_where_they_should(body, outfit, leg, knee, ankle):
    layers = dress(body, replace(outfit, leg=leg)).layers
    assert (layers[at(body, "lowerleg01.L"), TROUSERS] > 0) == knee
    assert (layers[nearest(body, (0.19, 0.0, 0.02)), TROUSERS] > 0) == ankle
    assert layers[at(body, "wrist.L"), TROUSERS] < 0, "hands that hang beside the hips wear none"


def test_bare_feet_wear_neither_shoes_nor_socks(body, outfit):
    bare_feet, shod = (dress(body, replace(outfit, barefoot=barefoot)) for barefoot in (True, False))
    # A sock reaches as far below the shoe's edge as its height says.
    assert (bare_feet.layers[:, SHOES] <= min(0, -bare_feet.look["socks"])).all()
    assert 0 < (shod.layers[:, SHOES] > 0).mean() < 0.3


def test_cloth_lies_over_the_skin(body):
    for seed in range(8):
        dressed = dress(body, draw_outfit(np.random.default_rng(seed)))
        skin = bare(body)
        out = np.sum((dressed.vertices - skin) * figure().normals(skin), axis=1)
        standing_on_it = skin[:, 2] < 0.03
        assert out[~standing_on_it].min() > -1e-3
        assert out.max() < 0.12
        assert dressed.vertices[:, 2].min() >= 0


def test_faces_have_eyes_and_look_alike_on_both_sides(body, outfit):
    skin = dress(body, outfit).skin
    eyes = figure().stems == "eye"
    assert np.ptp(skin[: len(eyes)][eyes], axis=0).min() > 150
    assert skin.min() >= 0
    assert skin.max() <= 255


def test_the_same_state_draws_the_same_clothes():
    first, second = (draw_outfit(np.random.default_rng(7), 1.0) for _ in range(2))
    assert first == second
    assert draw_outfit(np.random.default_rng(8), 1.0) != first
    assert len({draw_outfit(np.random.default_rng(seed)).hair.style for seed in range(40)}) >= 4
