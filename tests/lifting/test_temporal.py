"""The network is the paper's, and its fast form equals one window per frame."""

import pytest
import torch

from fitlab.lifting.temporal import TemporalNetwork, network_from_state
from tests.oracles import one_window_per_frame


def random_network(widths=(3, 3, 3), channels=24, joints=17):
    torch.manual_seed(1)
    network = TemporalNetwork(joints, joints, widths, channels).eval()
    for module in network.modules():  # batch norms away from the identity
        if isinstance(module, torch.nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
    return network


@pytest.mark.parametrize("widths", [(3, 3, 3), (5, 3), (3, 5, 3), (1, 3), (7,)])
def test_whole_sequence_equals_one_window_per_frame(widths):
    network = random_network(widths)
    keypoints = torch.randn(network.receptive_field + 20, 17, 2)
    with torch.no_grad():
        torch.testing.assert_close(network(keypoints[None])[0], one_window_per_frame(network, keypoints))


def test_strided_windows_equal_the_dilated_form_on_a_window():
    network = random_network()
    windows = torch.randn(5, 27, 17, 2)
    with torch.no_grad():
        torch.testing.assert_close(network.middle_frame(windows), network(windows))


def test_the_output_depends_on_exactly_the_receptive_field():
    network = random_network()
    keypoints = torch.randn(1, 60, 17, 2, requires_grad=True)
    network(keypoints)[0, 10].sum().backward()
    touched = keypoints.grad[0].abs().sum((1, 2)).nonzero().flatten()
    assert (touched.min(), touched.max()) == (10, 10 + 27 - 1)


def test_the_published_size_has_the_published_number_of_parameters():
    network = TemporalNetwork(17, 17, (3, 3, 3, 3, 3), 1024)
    assert network.receptive_field == 243
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(16.95e6, rel=2e-4)  # as the paper states


def test_layers_are_named_as_in_the_published_checkpoints():
    names = set(TemporalNetwork(17, 17, (3, 3, 3), 8).state_dict())
    expected = {"expand_conv.weight", "shrink.weight", "shrink.bias"}
    norms = ["expand_bn", *(f"layers_bn.{n}" for n in range(4))]
    parts = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    expected |= {f"{norm}.{part}" for norm in norms for part in parts} | {f"layers_conv.{n}.weight" for n in range(4)}
    assert names == expected


def test_the_size_is_read_off_the_state():
    network = random_network((3, 5, 1), channels=12)
    again = network_from_state(network.state_dict()).eval()
    assert again.widths == (3, 5, 1)
    assert again.channels == 12
    keypoints = torch.randn(1, 30, 17, 2)
    torch.testing.assert_close(again(keypoints), network(keypoints))


def test_a_sequence_shorter_than_a_window_is_refused():
    with pytest.raises(ValueError, match="pad the ends"):
        random_network()(torch.zeros(1, 26, 17, 2))


def test_even_widths_are_refused():
    with pytest.raises(ValueError, match="odd"):
        TemporalNetwork(widths=(3, 4))


def test_other_states_are_refused():
    with pytest.raises(ValueError, match=r"expand_conv\.weight"):
        network_from_state({"weight": torch.zeros(3)})
