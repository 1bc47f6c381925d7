"""VTK's side of what is drawn: people whose clothes a fragment shader cuts out, and things with plain colours.

Light is computed per vertex (:mod:`fitlab.synthesis.lights`); the shader only multiplies it with the colour of the
cloth, so that hems, stripes and folds are sharper than the mesh.  The athlete is drawn with odd blue values and
everything else with even ones: the person mask comes out of the same pass as the picture.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

SHADE_OF_WHITE = 160
"""Light, as stored in 8 bits, that shows a colour as it is; brighter light is clipped at 255."""

_, _DECLARATIONS, _COLOUR = Path(__file__).with_name("clothes.glsl").read_text(encoding="utf-8").split("//==== ")
_ODD = "  gl_FragData[0].b = (floor(gl_FragData[0].b * 127.5 + 0.01) * 2.0 + {odd}.0) / 255.0;\n"
_ATTRIBUTES = {"skin": 3, "layers": 4, "rest": 3}
_COLOURS = "shirt trousers shoes sole sock hair accent".split()
_NUMBERS = "phase socks bands shirt_pattern trousers_pattern".split()


class PersonActor:
    """A body in clothes.

    Parameters
    ----------
    faces : (F, 3) int
    vertices : int
    athlete : bool
        Whose pixels make up the person mask.
    """

    def __init__(self, faces: np.ndarray, vertices: int, athlete: bool) -> None:
        from vtkmodules.vtkCommonDataModel import vtkDataObject

        self._mesh = _Mesh(vertices)
        self._mesh.set_faces(faces)
        self.actor = self._mesh.actor
        self._attributes = {name: np.zeros((vertices, width), np.float32) for name, width in _ATTRIBUTES.items()}
        shader, declared, passed = self.actor.GetShaderProperty(), "", ""
        for name, values in self._attributes.items():
            self._mesh.add_array(name, values)
            place = vtkDataObject.FIELD_ASSOCIATION_POINTS
            self._mesh.mapper.MapDataArrayToVertexAttribute(name, name, place, -1)
            kind = f"vec{values.shape[1]}"
            declared += f"in {kind} {name};\nout {kind} {name}F;\n"
            passed += f"  {name}F = {name};\n"
        self._uniforms = shader.GetFragmentCustomUniforms()
        _insert(shader.AddVertexShaderReplacement, "Color::Dec", declared)
        _insert(shader.AddVertexShaderReplacement, "Color::Impl", passed)
        _insert(shader.AddFragmentShaderReplacement, "Color::Dec", _DECLARATIONS.partition("\n")[2])
        _insert(
            shader.AddFragmentShaderReplacement,
            "Light::Impl",
            _COLOUR.partition("\n")[2] + _ODD.format(odd=int(athlete)),
        )
        self._uniforms.SetUniformf("light", 255 / SHADE_OF_WHITE)
        for name in _COLOURS:  # setting a uniform declares it
            self._uniforms.SetUniform3f(name, [0.5, 0.5, 0.5])
        for name in _NUMBERS:
            self._uniforms.SetUniformf(name, 0.0)

    def wear(
        self, skin: np.ndarray, layers: np.ndarray, rest: np.ndarray, look: Mapping[str, float | tuple[int, int, int]]
    ) -> None:
        """Dresses the actor.

        Parameters
        ----------
        skin : (V, 3) colours, 0 to 255
        layers : (V, 4) metres
            Signed distances from the edges of shirt, trousers, shoes and hair, positive inside.
        rest : (V, 3)
            Places in the rest pose in body heights.
        look : mapping
            The colours and numbers that the shader knows.
        """
        for name, values in (("skin", skin / 255), ("layers", layers), ("rest", rest)):
            self._attributes[name][:] = values
            self._mesh.changed(name)
        for name in _COLOURS:
            self._uniforms.SetUniform3f(name, [part / 255 for part in look[name]])  # type: ignore[union-attr]
        for name in _NUMBERS:
            self._uniforms.SetUniformf(name, look[name])

    def pose(self, vertices: np.ndarray, shade: np.ndarray) -> None:
        """Puts the vertices (V, 3) into the world under light (V, 3) uint8, :data:`SHADE_OF_WHITE` for plain white."""
        self._mesh.move(vertices, shade)


class ThingsActor:
    """Whatever has plain colours; its mesh may be another one in every picture."""

    def __init__(self) -> None:
        self._mesh = _Mesh(0)
        self.actor = self._mesh.actor
        _insert(self.actor.GetShaderProperty().AddFragmentShaderReplacement, "Light::Impl", _ODD.format(odd=0))

    def show(self, faces: np.ndarray, vertices: np.ndarray, colours: np.ndarray) -> None:
        """Draws ``faces`` (F, 3) of ``vertices`` (V, 3) in ``colours`` (V, 3) uint8 as they are."""
        self._mesh.resize(len(vertices))
        self._mesh.set_faces(faces)
        self._mesh.move(vertices, colours)

    def move(self, vertices: np.ndarray, colours: np.ndarray) -> None:
        """The same faces elsewhere."""
        self._mesh.move(vertices, colours)


def _insert(replace: Any, mark: str, code: str) -> None:
    """Puts code after one of the marks in VTK's shaders."""
    replace(f"//VTK::{mark}", True, f"//VTK::{mark}\n{code}", False)


class _Mesh:
    """A vtkPolyData that shares memory with numpy and is told when that changes."""

    def __init__(self, vertices: int) -> None:
        from vtkmodules.vtkCommonCore import vtkPoints
        from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
        from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

        self._data, self._points, self._cells = vtkPolyData(), vtkPoints(), vtkCellArray()
        self._data.SetPoints(self._points)
        self._data.SetPolys(self._cells)
        self.mapper, self.actor = vtkPolyDataMapper(), vtkActor()
        self.mapper.SetInputData(self._data)
        self.mapper.SetColorModeToDirectScalars()
        self.actor.SetMapper(self.mapper)
        self.actor.GetProperty().LightingOff()
        self.actor.GetProperty().BackfaceCullingOn()
        self.resize(vertices)

    def resize(self, vertices: int) -> None:
        from vtkmodules.util.numpy_support import numpy_to_vtk

        self._place, self._colours = np.zeros((vertices, 3), np.float32), np.zeros((vertices, 3), np.uint8)
        self._points.SetData(numpy_to_vtk(self._place))
        self._data.GetPointData().SetScalars(numpy_to_vtk(self._colours))

    def set_faces(self, faces: np.ndarray) -> None:
        from vtkmodules.util.numpy_support import numpy_to_vtkIdTypeArray

        self._cells.SetData(3, numpy_to_vtkIdTypeArray(np.ascontiguousarray(faces, np.int64).ravel(), deep=True))
        self._cells.Modified()
        self._data.Modified()

    def add_array(self, name: str, values: np.ndarray) -> None:
        from vtkmodules.util.numpy_support import numpy_to_vtk

        array = numpy_to_vtk(values)
        array.SetName(name)
        self._data.GetPointData().AddArray(array)

    def changed(self, name: str) -> None:
        array: Any = self._data.GetPointData().GetArray(name)
        array.Modified()
        self._data.Modified()

    def move(self, vertices: np.ndarray, colours: np.ndarray) -> None:
        self._place[:], self._colours[:] = vertices, colours
        self._points.GetData().Modified()
        self._points.Modified()
        self._data.GetPointData().GetScalars().Modified()
        self._data.Modified()
