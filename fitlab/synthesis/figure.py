"""The part of the body's mesh that is drawn: as fine as a picture needs, which is drawn in half the time."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy import sparse

from fitlab.synthesis.body import Body, load_template

# Share of the triangles that is kept, by the part that moves their first corner; all of those not named.
_KEPT = {"head": 0.22, "face": 0.75, "neck03": 0.4, "eye": 0.5, "finger": 0.28, "toe": 0.25, "foot": 0.35}


@dataclass(frozen=True, eq=False)
class Figure:
    """The mesh that is drawn.

    Parameters
    ----------
    vertices : (N,) int
        Its vertices among those of the body.
    faces : (F, 3) int
        Counted among its own vertices.
    skin : (N, J) sparse
        Their rows of the weights of linear blend skinning.
    """

    vertices: np.ndarray
    faces: np.ndarray
    skin: sparse.csr_array

    @cached_property
    def stems(self) -> np.ndarray:
        """(N,) what moves each vertex most: the name of a bone without side and number."""
        template = load_template()
        return _stems(template.bones)[template.main_bone[self.vertices]]

    @cached_property
    def around(self) -> sparse.csr_array:
        """(N, F): 1 where a face has the vertex as a corner."""
        ones = np.ones(self.faces.size, np.float32)
        corners = self.faces.ravel(), np.repeat(np.arange(len(self.faces)), 3)
        return sparse.csr_array((ones, corners), shape=(len(self.vertices), len(self.faces)))

    def share(self, *names: str) -> np.ndarray:
        """(N,) how much bones whose names start with one of ``names`` move each vertex, 0 to 1."""
        stems = _stems(load_template().bones)
        return np.asarray(self.skin @ np.array([stem.startswith(names) for stem in stems], np.float32))

    def normals(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 unit normals, outwards, of the mesh at ``points`` (N, 3)."""
        a, b, c = (points[self.faces[:, corner]] for corner in range(3))
        first, second = b - a, c - a
        areas = first[:, [1, 2, 0]] * second[:, [2, 0, 1]] - first[:, [2, 0, 1]] * second[:, [1, 2, 0]]
        normals = self.around @ areas
        return normals / np.maximum(np.sqrt(np.einsum("vi,vi->v", normals, normals)), 1e-12)[:, None]


def _stems(bones: tuple[str, ...]) -> np.ndarray:
    return np.array([bone.split(".")[0].split("-")[0] for bone in bones])


@cache
def figure() -> Figure:
    """The figure of all bodies: parts of many small triangles (face, hands, feet) are thinned out."""
    template, points = load_template(), Body().vertices.astype(float)
    stems = _stems(template.bones)[template.main_bone]
    parts = np.array([next((name for name in _KEPT if stem.startswith(name)), "rest") for stem in stems])
    nose = (template.keypoints @ points)[0]
    close = np.linalg.norm(points - nose - (0, 0.03, 0.0), axis=1) < 0.078
    parts[(parts == "head") & close] = "face"
    of_face = parts[template.faces[:, 0]]
    kept = [template.faces[of_face == "rest"]]
    for part, share in _KEPT.items():
        mine = template.faces[of_face == part]
        if len(mine):
            kept.append(_thinned(points, mine, share))
    faces = np.concatenate(kept)
    chosen, numbers = np.unique(faces, return_inverse=True)
    return Figure(chosen, numbers.reshape(-1, 3), sparse.csr_array(template.skin[chosen]))


def _thinned(points: np.ndarray, faces: np.ndarray, share: float) -> np.ndarray:
    """About ``share`` of the faces (F, 3), between some of the same points; edges of the part stay (Schroeder 1992)."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkDecimatePro

    used, numbers = np.unique(faces, return_inverse=True)
    place, cells, mesh, names = (
        vtkPoints(),
        vtkCellArray(),
        vtkPolyData(),
        numpy_to_vtk(used.astype(np.int64), deep=True),
    )
    place.SetData(numpy_to_vtk(points[used], deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(np.ascontiguousarray(numbers, np.int64).ravel(), deep=True))
    names.SetName("vertex")
    mesh.SetPoints(place)
    mesh.SetPolys(cells)
    mesh.GetPointData().AddArray(names)
    thinner = vtkDecimatePro()
    thinner.SetInputData(mesh)
    thinner.SetTargetReduction(1 - share)
    thinner.PreserveTopologyOn()
    thinner.SplittingOff()
    thinner.BoundaryVertexDeletionOff()
    thinner.SetMaximumError(1.0)
    thinner.SetFeatureAngle(60)
    thinner.Update()
    thin = thinner.GetOutput()
    left = vtk_to_numpy(thin.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return vtk_to_numpy(thin.GetPointData().GetArray("vertex"))[left]
