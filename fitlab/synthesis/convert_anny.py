"""Makes ``anny_adults.npz``, the compact body that travels with the package, from the package ``anny``.

    python -m fitlab.synthesis.convert_anny

Anny (Bregier et al., ECCV 2026; Apache-2.0, its MakeHuman data CC0) keeps several hundred blend shapes and builds a
cache of 800 MB on first use.  Its rest shape is multilinear in the phenotype between corners (gender: male, female;
age: young, old; ...), so the shapes at the 144 adult corners say everything about adults.  Their principal components
are stored with half precision; the largest error over all corners is printed and must stay below half a millimetre.
"""

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.files import written_whole
from fitlab.synthesis.body import BODY_FILE, PHENOTYPES

_COMPONENTS = 72  # the rank of the 144 corners is 71


def main(path: Path = BODY_FILE) -> None:
    """Writes the body file to ``path``; needs ``anny`` (and a minute, the first time)."""
    import anny
    import torch

    model = anny.Anny().to(dtype=torch.float32)
    corners = list(itertools.product(*(corner_values for corner_values in PHENOTYPES.values())))
    with torch.no_grad():
        shapes = [_rest_shape(model, dict(zip(PHENOTYPES, corner, strict=True))) for corner in corners]
    grid = np.stack(shapes).reshape(len(corners), -1)  # (144, (V + J) * 3)
    mean = grid.mean(axis=0)
    scores, sizes, basis = np.linalg.svd(grid - mean, full_matrices=False)
    scores = (scores * sizes)[:, :_COMPONENTS]
    spread = np.abs(scores).max(axis=0)  # components carry the size, so that half precision is spent well
    basis = (basis[:_COMPONENTS] * spread[:, None]).astype(np.float16)
    scores = (scores / spread).astype(np.float32)
    error = np.abs(mean + scores @ basis.astype(np.float32) - grid).max()
    sys.stdout.write(f"{len(corners)} corners, {_COMPONENTS} components, largest error {error * 1000:.3f} mm\n")
    if error > 5e-4:
        raise RuntimeError(f"the compact body must be within 0.5 mm of Anny, got {error * 1000:.3f} mm")

    regressor = anny.KeypointsRegressor.coco(model)
    weights = regressor.regression_weights.numpy()
    rows, columns = np.nonzero(weights)
    with written_whole(path) as partial:
        np.savez_compressed(
            partial,
            mean=mean.reshape(-1, 3),
            basis=basis.reshape(_COMPONENTS, -1, 3),
            scores=scores.reshape(*(len(values) for values in PHENOTYPES.values()), _COMPONENTS),
            faces=model.faces.numpy().astype(np.uint16),
            skin_bones=model.vertex_bone_indices.numpy().astype(np.uint8),
            skin_weights=model.vertex_bone_weights.numpy().astype(np.float16),
            bones=np.array(model.bone_labels),
            parents=np.array(model.bone_parents, np.int16),
            keypoints=np.array(regressor.labels),
            keypoint_rows=rows.astype(np.uint8),
            keypoint_vertices=columns.astype(np.uint16),
            keypoint_weights=weights[rows, columns].astype(np.float32),
        )
    sys.stdout.write(f"{path}: {path.stat().st_size / 1e6:.1f} MB\n")


def _rest_shape(model: Any, phenotype: dict[str, float]) -> np.ndarray:
    """(V + J, 3) rest vertices and bone heads of ``phenotype``."""
    out = model(pose_parameters=None, phenotype_kwargs=phenotype)
    return np.concatenate([out["rest_vertices"][0].numpy(), out["rest_bone_heads"][0].numpy()])


if __name__ == "__main__":
    main()
