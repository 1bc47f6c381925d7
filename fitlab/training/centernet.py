"""What MoveNet's heads are trained on: the targets and losses of CenterNet (Zhou et al., Objects as Points, 2019).

Four parts, one per head: where a person's centre is, where each joint is, the vectors from the centre to the joints,
and the part of a joint's place below one cell.  Vectors are (y, x) in cells, as the heads give them.
"""

import torch
from torch import Tensor
from torch.nn import functional

from fitlab.detectors.movenet import STRIDE, Heads
from fitlab.skeletons import COCO17

SIGMA = 2.0
"""Standard deviation of the target's peaks in cells.  At 2 the released weights are calibrated: shifting all their
logits hardly changes the loss (experiments/detector_debug/README.md)."""

AROUND = 2
"""Cells around a joint's own, either way, in which its offset is learned.

Decoding reads it where the heatmap is highest, which need not be the joint's cell.  From there, too, those of the
released weights point to the joint: one and two cells aside they differ by .98 and 1.86 cells.  Learned in the joint's
cell alone the differences fall to .24 and .40, and joints to whole cells (experiments/detector_unusual_poses).
"""

MOST = 0.75
"""Share of the joints that must be known for their mean to be taken for the person's centre."""

FACE_ABOVE = 0.4
"""Where the middle of a face lies that is not labelled: beyond the shoulders' middle by this share of the way there
from the hips'.  Measured on 3,000 pictures of all exercises of the studio: the centre moves by 1.6 % of the person's
extent (median; 90 %: 4 %), about a cell, and data sets without faces (Leeds Sports Pose) train all four heads."""

_SHOULDERS, _HIPS = ([COCO17.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("shoulder", "hip"))
_IS_FACE = [joint.endswith(("nose", "eye", "ear")) for joint in COCO17.joints]

WEIGHTS = {"centre": 1.0, "keypoints": 1.0, "regression": 0.1, "offsets": 1.0}
"""Of the parts in the sum.  A vector's error is of the order of ten times an offset's."""


def centernet_loss(
    heads: Heads, keypoints: Tensor, visible: Tensor, *, other: Tensor | None = None, sigma: float = SIGMA
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss of one batch of crops.

    Parameters
    ----------
    heads : Heads
        Of a network with h x w cells.
    keypoints : float (B, K, 2)
        (x, y) in pixels of the crop; may lie outside of it.
    visible : float or bool (B, K)
        Weight of each joint; 0 where it is not labelled: its channels are left out.  A person of whom too few joints
        are known (:data:`MOST`) has no known centre, and its vectors are left out too.
    other : float (B, K, 2), optional
        Joints of a second person, NaN where there are none: the heatmaps hold everybody's.
    sigma : float
        Of the peaks, in cells.

    Returns
    -------
    loss : scalar
    parts : dict of detached scalars, one per head
    """
    rows, columns = heads.keypoints.shape[-2:]
    labelled = (visible > 0) & keypoints.isfinite().all(-1)  # (B, K)
    weights = visible.float() * labelled
    joints = keypoints.nan_to_num().flip(-1) / STRIDE  # (B, K, 2) as y, x in cells
    inside = labelled & _within(joints, rows, columns)

    centre, centred = _centres(joints, labelled, rows, columns)
    peak = _peaks(centre, centred, rows, columns, sigma)  # (B, 1, h, w)
    peaks = _peaks(joints, inside, rows, columns, sigma)  # (B, K, h, w)
    if other is not None:
        second = other.isfinite().all(-1)
        theirs = other.nan_to_num().flip(-1) / STRIDE
        peaks = torch.maximum(peaks, _peaks(theirs, second & _within(theirs, rows, columns), rows, columns, sigma))
        their_centre, has_centre = _centres(theirs, second, rows, columns)
        peak = torch.maximum(peak, _peaks(their_centre, has_centre, rows, columns, sigma))

    of_person = weights.sum(1, keepdim=True) / labelled.sum(1, keepdim=True).clamp(min=1)  # (B, 1)
    parts = {
        "centre": _focal(heads.centre, peak, of_person * centred),
        "keypoints": _focal(heads.keypoints, peaks, weights),
        "regression": _vectors(heads.regression, centre, joints, weights * centred),
        "offsets": _offsets(heads.offsets, joints, weights * inside, sigma),
    }
    loss = torch.stack([WEIGHTS[name] * part for name, part in parts.items()]).sum()
    return loss, {name: part.detach() for name, part in parts.items()}


def _within(cells: Tensor, rows: int, columns: int) -> Tensor:
    return (cells >= 0).all(-1) & (cells < cells.new_tensor([rows, columns])).all(-1)


def _centres(joints: Tensor, labelled: Tensor, rows: int, columns: int) -> tuple[Tensor, Tensor]:
    """Centres (B, 1, 2) of people from their joints in cells, and whether they are known and inside (B, 1).

    MoveNet's centre is the mean of the joints: measured on its released weights, within half a cell.
    """
    shoulders, hips = (joints[:, pair].mean(1) for pair in (_SHOULDERS, _HIPS))
    face = shoulders + FACE_ABOVE * (shoulders - hips)  # (B, 2)
    torso = labelled[:, _SHOULDERS + _HIPS].all(1, keepdim=True)
    guessed = torso & ~labelled & labelled.new_tensor(_IS_FACE)  # (B, K)
    known = labelled | guessed
    places = torch.where(guessed[..., None], face[:, None], joints)
    centre = (places * known[..., None]).sum(1, keepdim=True) / known.sum(1)[:, None, None].clamp(min=1)  # (B, 1, 2)
    centred = (known.float().mean(1, keepdim=True) >= MOST) & _within(centre, rows, columns)
    return centre, centred


def _peaks(points: Tensor, present: Tensor, rows: int, columns: int, sigma: float) -> Tensor:
    """Gaussians (B, P, h, w), exactly 1 at the cell that holds each point; all 0 where a point is not present."""
    cell = points.floor()[..., None, None, :]  # (B, P, 1, 1, 2)
    y = torch.arange(rows, device=points.device)[:, None] - cell[..., 0]  # (B, P, h, 1)
    x = torch.arange(columns, device=points.device) - cell[..., 1]  # (B, P, 1, w)
    return torch.exp(-(y**2 + x**2) / (2 * sigma**2)) * present[..., None, None]


def _focal(logits: Tensor, peaks: Tensor, counted: Tensor) -> Tensor:
    """Penalty-reduced focal loss per peak (eq. 1 of the paper: alpha 2, beta 4); channels count by their weight."""
    logits = logits.float()  # the logarithms of a half would overflow under mixed precision
    p = logits.sigmoid()
    at_peak = (1 - p) ** 2 * functional.logsigmoid(logits)
    elsewhere = (1 - peaks) ** 4 * p**2 * functional.logsigmoid(-logits)
    is_peak = peaks == 1
    terms = torch.where(is_peak, at_peak, elsewhere) * counted[..., None, None]
    return -terms.sum() / (is_peak * counted[..., None, None]).sum().clamp(min=1)


def _vectors(maps: Tensor, start: Tensor, joints: Tensor, counted: Tensor) -> Tensor:
    """Mean L1 error, in cells, of the vectors read at the person's centre cell."""
    cell = start.floor()  # (B, 1, 2)
    return _l1(_read(maps, cell.expand_as(joints)[:, :, None])[:, :, 0], joints - cell, counted)


def _offsets(maps: Tensor, joints: Tensor, counted: Tensor, sigma: float) -> Tensor:
    """Mean L1 error, in cells, of the offsets in and around each joint's cell, weighed by the height of the peak."""
    reach = torch.arange(-AROUND, AROUND + 1, device=maps.device)
    steps = torch.cartesian_prod(reach, reach)  # (N, 2)
    cells = joints.floor()[:, :, None] + steps  # (B, K, N, 2)
    near = torch.exp(-(steps**2).sum(-1) / (2 * sigma**2)) * _within(cells, *maps.shape[-2:])  # (B, K, N)
    return _l1(_read(maps, cells), joints[:, :, None] - cells, counted[..., None] * near)


def _read(maps: Tensor, cells: Tensor) -> Tensor:
    """(B, K, N, 2) values of maps (B, 2K, h, w) at N integer cells (B, K, N, 2) a joint; clamped to the grid."""
    batch, joints = cells.shape[:2]
    rows, columns = maps.shape[-2:]
    at = cells[..., 0].clamp(0, rows - 1) * columns + cells[..., 1].clamp(0, columns - 1)  # (B, K, N)
    flat = maps.reshape(batch, joints, 2, rows * columns)  # (B, 2K, h, w) -> (B, K, 2, h w)
    return flat.gather(3, at.long()[:, :, None].expand(-1, -1, 2, -1)).transpose(2, 3)


def _l1(found: Tensor, wanted: Tensor, counted: Tensor) -> Tensor:
    """Mean over what counts of the error of vectors (..., 2); ``counted`` (...) weighs them."""
    error = (found.float() - wanted).abs().sum(-1) * counted
    return error.sum() / counted.sum().clamp(min=1)
