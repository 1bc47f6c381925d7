"""MoveNet single pose, lightning and thunder, as a trainable PyTorch module.

MobileNetV2 (Sandler et al. 2018), a feature pyramid down to stride 4 and the four heads of CenterNet
(Zhou et al., Objects as Points, 2019, section 6.3).  The released weights (Google, Apache-2.0) have their
batch norm folded into the convolutions, so the module has none.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from fitlab.skeletons import COCO17

STRIDE = 4
"""Input pixels per heatmap cell."""

DISTANCE_OFFSET = 1.8
"""Scores are divided by (distance in cells + 1.8) before the maximum is taken, both for the centre and the joints."""


@dataclass(frozen=True)
class Heads:
    """What the network says at every cell of a (h, w) grid, h = H / 4, w = W / 4.

    Vectors are in cells, per joint (y, x), in the order of COCO17.

    Attributes
    ----------
    centre : float32 (B, 1, h, w), logits
        Where the centre of a person is.
    keypoints : float32 (B, 17, h, w), logits
        Where each joint of any person is.
    regression : float32 (B, 34, h, w)
        From a person's centre to each of its joints: coarse, but of this person.
    offsets : float32 (B, 34, h, w)
        From the cell in which a joint lies to the joint: the part below one cell.
    """

    centre: Tensor
    keypoints: Tensor
    regression: Tensor
    offsets: Tensor


class SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME: at stride 2 an even input gets its padding right and below only."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1, bias: bool = True
    ) -> None:
        symmetric = kernel // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, symmetric, groups=groups, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H / stride, W / stride)."""
        if self.stride[0] == 2:
            x = functional.pad(x, (0, 1, 0, 1), value=0.0)
        return super().forward(x)


class InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow again (Sandler et al. 2018, figure 4b)."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = SameConv(inputs, hidden) if expansion > 1 else None
        self.depthwise = SameConv(hidden, hidden, 3, stride, groups=hidden)
        self.project = SameConv(hidden, outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H / stride, W / stride)."""
        y = x if self.expand is None else functional.relu6(self.expand(x), inplace=True)
        y = functional.relu6(self.depthwise(y), inplace=True)
        y = self.project(y)
        return x + y if self.residual else y


class SeparableConv(nn.Module):
    """A 3x3 filter per channel, then a mix of channels and a ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.depthwise = SameConv(inputs, inputs, 3, groups=inputs, bias=False)
        self.pointwise = SameConv(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H, W)."""
        return functional.relu(self.pointwise(self.depthwise(x)), inplace=True)


class MobileNetV2(nn.Module):
    """The backbone.

    Parameters
    ----------
    widths : 8 channel counts: the stem's and those of the seven stages.
    """

    STAGES = ((1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1))
    """(expansion, blocks, stride of the first block), Sandler et al. 2018, table 2."""

    TAPS = (2, 5, 9)
    """Blocks whose output goes to the pyramid.  Stride 16 is tapped after its 64-channel stage, not at its end."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.stem = SameConv(3, widths[0], 3, 2)
        blocks, inputs = [], widths[0]
        for (expansion, count, stride), outputs in zip(self.STAGES, widths[1:], strict=True):
            for number in range(count):
                blocks.append(InvertedResidual(inputs, outputs, stride if number == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.ModuleList(blocks)
        self.last = SameConv(inputs, 1280)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Images (B, 3, H, W) -> features at strides 4, 8, 16 and 32."""
        features = []
        x = functional.relu6(self.stem(x), inplace=True)
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in self.TAPS:
                features.append(x)
        return [*features, functional.relu6(self.last(x), inplace=True)]


class FeaturePyramid(nn.Module):
    """Carries the coarse features up to stride 4, adding the finer ones on the way (Lin et al. 2017)."""

    def __init__(self, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        fine, middle, coarse, coarsest = widths
        self.lateral = nn.ModuleList(
            [SameConv(coarsest, 64), SameConv(coarse, 64), SameConv(middle, 32), SameConv(fine, 24)]
        )
        self.smooth = nn.ModuleList([SeparableConv(64, 32), SeparableConv(32, 24), SeparableConv(24, 24)])

    def forward(self, features: list[Tensor]) -> Tensor:
        """Features at strides 4, 8, 16 and 32 -> (B, 24, H / 4, W / 4)."""
        x = self.lateral[0](features[3])
        for step in range(3):
            x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = self.smooth[step](x + self.lateral[step + 1](features[2 - step]))
        return x


class Head(nn.Module):
    """One of the four outputs."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.filter = SeparableConv(24, 96)
        self.out = SameConv(96, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 24, h, w) -> (B, outputs, h, w)."""
        return self.out(self.filter(x))


class MoveNet(nn.Module):
    """The whole network, for images whose sides are multiples of 32.

    Parameters
    ----------
    widths : channel counts of the backbone, :data:`LIGHTNING` or :data:`THUNDER`.
    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.backbone = MobileNetV2(widths)
        self.neck = FeaturePyramid((widths[2], widths[3], widths[4], 1280))
        joints = len(COCO17)
        self.centre, self.keypoints = Head(1), Head(joints)
        self.regression, self.offsets = Head(2 * joints), Head(2 * joints)

    def forward(self, images: Tensor) -> Heads:
        """Images float32 (B, 3, H, W), RGB in [-1, 1] -> :class:`Heads`."""
        x = self.neck(self.backbone(images))
        return Heads(self.centre(x), self.keypoints(x), self.regression(x), self.offsets(x))


LIGHTNING = (32, 16, 24, 32, 64, 96, 160, 320)
"""Width 1.0, made for crops of 192 x 192."""

THUNDER = (56, 32, 40, 56, 112, 168, 280, 560)
"""Width 1.75, made for crops of 256 x 256."""


def normalised(crops: Tensor) -> Tensor:
    """Crops uint8 (B, H, W, 3) RGB as the network wants them: float32 (B, 3, H, W) in [-1, 1], channels last."""
    images = crops.permute(0, 3, 1, 2)  # (B, H, W, 3) -> (B, 3, H, W), memory stays channels last
    return images.float() / 127.5 - 1


def decode(heads: Heads) -> tuple[Tensor, Tensor]:
    """The joints of the most central person, as MoveNet's own graph decodes them.

    1. The person is the cell with the highest centre score over (distance from the middle + 1.8).
    2. Its regression vectors give a first guess of every joint.
    3. A joint is the cell with the highest keypoint score over (distance from the guess + 1.8).
    4. The offset at that cell places the joint below the cell.

    Returns
    -------
    positions : float32 (B, 17, 2)
        (x, y) in pixels of the crop.
    confidence : float32 (B, 17) in [0, 1]
        The keypoint score of the cell.
    """
    _, joints, rows, columns = map(int, heads.keypoints.shape)  # int: constants, not nodes, of an exported graph
    area = rows * columns
    y = torch.arange(rows, device=heads.centre.device, dtype=torch.float32)[:, None]
    x = torch.arange(columns, device=heads.centre.device, dtype=torch.float32)

    from_middle = ((y - rows / 2) ** 2 + (x - columns / 2) ** 2).sqrt() + DISTANCE_OFFSET  # (h, w)
    cell = (heads.centre.sigmoid() / from_middle).reshape(-1, area).argmax(1, keepdim=True)  # (B, 1)
    vectors = heads.regression.reshape(-1, 2 * joints, area)  # (B, 2K, h, w) -> (B, 2K, h w)
    guess = vectors.gather(2, cell[..., None].expand(-1, 2 * joints, 1)).reshape(-1, joints, 2)  # (B, K, 2) as y, x
    guess_y = guess[..., 0] + cell // columns
    guess_x = guess[..., 1] + cell % columns

    scores = heads.keypoints.sigmoid()  # (B, K, h, w)
    away = ((y - guess_y[..., None, None]) ** 2 + (x - guess_x[..., None, None]) ** 2).sqrt()
    cell = (scores / (away + DISTANCE_OFFSET)).reshape(-1, joints, area).argmax(2, keepdim=True)  # (B, K, 1)
    offsets = heads.offsets.reshape(-1, joints, 2, area)  # (B, 2K, h, w) -> (B, K, 2, h w)
    offset = offsets.gather(3, cell[..., None].expand(-1, -1, 2, 1))[..., 0]  # (B, K, 2) as y, x
    cells = torch.cat([cell % columns, cell // columns], dim=2)  # (B, K, 2) as x, y
    return (cells + offset.flip(2)) * STRIDE, scores.reshape(-1, joints, area).gather(2, cell)[..., 0]
