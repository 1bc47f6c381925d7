"""What MoveNet's heads are trained on: the targets and losses of CenterNet (Zhou et al., Objects as Points, 2019).

Four parts, one per head: where a person's centre is, where each joint is, the vectors from the centre to the joints,
and the part of a joint's place below one cell.  Vectors are (y, x) in cells, as the heads give them.
"""

import torch
from torch import Tensor
from torch.nn import functional

from fitlab.detectors.movenet import STRIDE, Heads

SIGMA = 2.0
"""Standard deviation of the target's peaks in cells.  At 2 the released weights are calibrated: shifting all their
logits hardly changes the loss (experiments/detector_debug/README.md)."""

MOST = 0.75
"""Share of the joints that must be labelled for their mean to be taken for the person's centre."""

WEIGHTS = {"centre": 1.0, "keypoints": 1.0, "regression": 0.1, "offsets": 1.0}
"""Of the parts in the sum.  A vector's error is of the order of ten times an offset's."""


def centernet_loss(
    heads: Heads, keypoints: Tensor, visible: Tensor, *, sigma: float = SIGMA
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss of one batch of crops with one labelled person each.

    Parameters
    ----------
    heads : Heads
        Of a network with h x w cells.
    keypoints : float (B, K, 2)
        (x, y) in pixels of the crop; may lie outside of it.
    visible : float or bool (B, K)
        0 where a joint is not labelled: its channels are left out.  A person with too few labelled joints
        (:data:`MOST`) has no known centre, and its vectors are left out too.
    sigma : float
        Of the peaks, in cells.

    Returns
    -------
    loss : scalar
    parts : dict of detached scalars, one per head
    """
    rows, columns = heads.keypoints.shape[-2:]
    labelled = (visible > 0) & keypoints.isfinite().all(-1)  # (B, K)
    joints = keypoints.nan_to_num().flip(-1) / STRIDE  # (B, K, 2) as y, x in cells
    size = joints.new_tensor([rows, columns])
    inside = labelled & (joints >= 0).all(-1) & (joints < size).all(-1)

    # MoveNet's centre is the mean of the joints: measured on its released weights, within half a cell.
    known = labelled.sum(1, keepdim=True).clamp(min=1)  # (B, 1)
    centre = (joints * labelled[..., None]).sum(1) / known  # (B, 2)
    centred = (labelled.float().mean(1) >= MOST) & (centre >= 0).all(-1) & (centre < size).all(-1)  # (B,)
    centred = centred[:, None]

    peak = _peaks(centre[:, None], centred, rows, columns, sigma)  # (B, 1, h, w)
    parts = {
        "centre": _focal(heads.centre, peak, centred),
        "keypoints": _focal(heads.keypoints, _peaks(joints, inside, rows, columns, sigma), labelled),
        "regression": _vectors(heads.regression, centre[:, None], joints, labelled & centred),
        "offsets": _offsets(heads.offsets, joints, inside),
    }
    loss = torch.stack([WEIGHTS[name] * part for name, part in parts.items()]).sum()
    return loss, {name: part.detach() for name, part in parts.items()}


def _peaks(points: Tensor, present: Tensor, rows: int, columns: int, sigma: float) -> Tensor:
    """Gaussians (B, P, h, w), exactly 1 at the cell that holds each point; all 0 where a point is not present."""
    cell = points.floor()[..., None, None, :]  # (B, P, 1, 1, 2)
    y = torch.arange(rows, device=points.device)[:, None] - cell[..., 0]  # (B, P, h, 1)
    x = torch.arange(columns, device=points.device) - cell[..., 1]  # (B, P, 1, w)
    return torch.exp(-(y**2 + x**2) / (2 * sigma**2)) * present[..., None, None]


def _focal(logits: Tensor, peaks: Tensor, counted: Tensor) -> Tensor:
    """Penalty-reduced focal loss per peak (eq. 1 of the paper: alpha 2, beta 4), over the channels that count."""
    logits = logits.float()  # the logarithms of a half would overflow under mixed precision
    p = logits.sigmoid()
    at_peak = (1 - p) ** 2 * functional.logsigmoid(logits)
    elsewhere = (1 - peaks) ** 4 * p**2 * functional.logsigmoid(-logits)
    is_peak = peaks == 1
    terms = torch.where(is_peak, at_peak, elsewhere) * counted[..., None, None]
    return -terms.sum() / (is_peak & counted[..., None, None]).sum().clamp(min=1)


def _vectors(maps: Tensor, start: Tensor, joints: Tensor, counted: Tensor) -> Tensor:
    """Mean L1 error, in cells, of the vectors read at the person's centre cell."""
    cell = start.floor()  # (B, 1, 2)
    return _l1(_read(maps, cell.expand_as(joints)), joints - cell, counted)


def _offsets(maps: Tensor, joints: Tensor, counted: Tensor) -> Tensor:
    """Mean L1 error, in cells, of the offsets read at each joint's cell."""
    return _l1(_read(maps, joints.floor()), joints - joints.floor(), counted)


def _read(maps: Tensor, cells: Tensor) -> Tensor:
    """(B, K, 2) values of maps (B, 2K, h, w) at integer cells (B, K, 2); clamped to the grid."""
    batch, joints = cells.shape[:2]
    rows, columns = maps.shape[-2:]
    at = cells[..., 0].clamp(0, rows - 1) * columns + cells[..., 1].clamp(0, columns - 1)  # (B, K)
    flat = maps.reshape(batch, joints, 2, rows * columns)  # (B, 2K, h, w) -> (B, K, 2, h w)
    return flat.gather(3, at.long()[..., None, None].expand(-1, -1, 2, 1))[..., 0]


def _l1(found: Tensor, wanted: Tensor, counted: Tensor) -> Tensor:
    error = (found.float() - wanted).abs().sum(-1) * counted
    return error.sum() / counted.sum().clamp(min=1)
