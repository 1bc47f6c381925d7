"""The temporal convolution network of VideoPose3D.

Pavllo, Feichtenhofer, Grangier, Auli: "3D human pose estimation in video with temporal
convolutions and semi-supervised training", CVPR 2019, section 3 and figure 2: an expansion
convolution, residual blocks of one dilated and one 1x1 convolution, and a 1x1 regression layer.
Written from the paper; the names of the modules are those of the published checkpoints, so that
their state dicts load.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import accumulate
from math import prod
from operator import add, mul

from torch import Tensor, nn
from torch.nn import functional as F


class TemporalNetwork(nn.Module):
    """2D joints over a window of frames -> 3D joints of the frame in its middle.

    Parameters
    ----------
    joints_in, joints_out : int
        K of the 2D input and of the 3D output; 17 and 17 for COCO to Human3.6M.
    widths : sequence of odd int
        Filter width of the expansion and of each residual block.  The receptive field W is their
        product: (3, 3, 3, 3) sees 81 frames, (3, 3, 3, 3, 3) sees 243.
    channels : int
        C of every hidden layer; 1024 in the paper.
    dropout : float
        Share of activations dropped in training; 0.25 in the paper.
    """

    def __init__(
        self,
        joints_in: int = 17,
        joints_out: int = 17,
        widths: Sequence[int] = (3, 3, 3, 3),
        channels: int = 1024,
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        if not widths or any(width < 1 or width % 2 == 0 for width in widths):
            raise ValueError(f"widths must be odd numbers, got {list(widths)}; the paper uses 3 throughout")
        self.joints_in, self.joints_out = joints_in, joints_out
        self.widths, self.channels = tuple(widths), channels
        self.drop = nn.Dropout(dropout)
        self.expand_conv = nn.Conv1d(joints_in * 2, channels, widths[0], bias=False)
        self.expand_bn = nn.BatchNorm1d(channels, momentum=0.1)
        convolutions, norms = [], []
        for width in widths[1:]:
            convolutions += [
                nn.Conv1d(channels, channels, width, bias=False),
                nn.Conv1d(channels, channels, 1, bias=False),
            ]
            norms += [nn.BatchNorm1d(channels, momentum=0.1), nn.BatchNorm1d(channels, momentum=0.1)]
        self.layers_conv = nn.ModuleList(convolutions)
        self.layers_bn = nn.ModuleList(norms)
        self.shrink = nn.Conv1d(channels, joints_out * 3, 1)

    @property
    def receptive_field(self) -> int:
        """W, the number of input frames that one output frame rests on."""
        return prod(self.widths)

    def forward(self, keypoints: Tensor) -> Tensor:
        """Every frame of a sequence in one pass, by dilated convolutions.

        Parameters
        ----------
        keypoints : (B, T + W - 1, K, 2)
            Normalised screen coordinates.

        Returns
        -------
        joints : (B, T, K, 3)
            Metres in camera space relative to the pelvis.
        """
        return self._run(keypoints, strided=False)

    def middle_frame(self, windows: Tensor) -> Tensor:
        """The same for windows of exactly W frames, by strided convolutions: (B, W, K, 2) -> (B, 1, K, 3).

        It computes nothing that the middle frame does not need: the form for training on windows.
        """
        if windows.shape[1] != self.receptive_field:
            raise ValueError(f"windows must have W = {self.receptive_field} frames, got {windows.shape[1]}")
        return self._run(windows, strided=True)

    def _run(self, keypoints: Tensor, *, strided: bool) -> Tensor:
        batch, frames, joints, _ = keypoints.shape
        if joints != self.joints_in or frames < self.receptive_field:
            raise ValueError(
                f"keypoints must have shape (B, T >= {self.receptive_field}, {self.joints_in}, 2), "
                f"got {tuple(keypoints.shape)}; pad the ends of the sequence"
            )
        x = keypoints.flatten(2)  # (B, T, 2 K)
        first = self.expand_conv.get_parameter("weight")
        x = self._activated(_strided(x, first) if strided else _dilated(x, first, 1), self.expand_bn)
        dilations = accumulate(self.widths, mul)
        for block, (width, dilation) in enumerate(zip(self.widths[1:], dilations, strict=False)):
            wide, narrow = (conv.get_parameter("weight") for conv in self.layers_conv[2 * block : 2 * block + 2])
            wide_bn, narrow_bn = self.layers_bn[2 * block : 2 * block + 2]
            if strided:
                kept, y = x[:, width // 2 :: width], _strided(x, wide)
            else:
                margin = dilation * (width // 2)
                kept, y = x[:, margin : x.shape[1] - margin], _dilated(x, wide, dilation)
            y = self._activated(y, wide_bn)
            x = kept + self._activated(_strided(y, narrow), narrow_bn)
        joints_3d = F.linear(x, self.shrink.weight[..., 0], self.shrink.bias)  # (B, T', 3 K)
        return joints_3d.reshape(batch, -1, self.joints_out, 3)

    def _activated(self, x: Tensor, norm: nn.Module) -> Tensor:
        return self.drop(F.relu(norm(x.flatten(0, 1)).reshape(x.shape)))


# Convolutions as matrix products over (frames, channels): on a CPU several times faster than conv1d,
# which is not made for short windows of many channels.


def _strided(x: Tensor, weight: Tensor) -> Tensor:
    """Convolution whose stride is its width: (B, T, C) with weight (C', C, width) -> (B, T / width, C')."""
    batch, frames, channels = x.shape
    width = weight.shape[2]
    windows = x.reshape(batch, frames // width, width * channels)
    return F.linear(windows, weight.permute(0, 2, 1).flatten(1))


def _dilated(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Dilated convolution without padding: (B, T, C) -> (B, T - dilation (width - 1), C')."""
    kept = x.shape[1] - dilation * (weight.shape[2] - 1)
    taps = [F.linear(x[:, i * dilation :][:, :kept], tap) for i, tap in enumerate(weight.unbind(2))]
    return reduce(add, taps)


def network_from_state(state: Mapping[str, Tensor], dropout: float = 0.25) -> TemporalNetwork:
    """The network whose weights these are; its size is read off their shapes.

    Raises
    ------
    ValueError
        If this is not the state of a temporal network.
    """
    expected = ("expand_conv.weight", "shrink.bias")
    absent = [name for name in expected if name not in state]
    if absent:
        raise ValueError(f"state must hold {' and '.join(expected)}, got none of {absent} among {len(state)} tensors")
    expand = state["expand_conv.weight"]  # (C, 2 K, width)
    blocks = sum(name.startswith("layers_conv.") for name in state)
    wide = [state[f"layers_conv.{number}.weight"] for number in range(0, blocks, 2)]
    network = TemporalNetwork(
        joints_in=expand.shape[1] // 2,
        joints_out=state["shrink.bias"].shape[0] // 3,
        widths=[expand.shape[2], *(weight.shape[2] for weight in wide)],
        channels=expand.shape[0],
        dropout=dropout,
    )
    network.load_state_dict(
        {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    )
    return network
