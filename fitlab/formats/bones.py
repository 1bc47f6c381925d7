"""From joint positions to a hierarchy of bones with constant lengths and a rotation each, and back.

Letters: T frames, K joints, N nodes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.formats.rest_pose import rest_places

_LEAST_M = 1e-5  # of a bone: readers take a node without length for an auxiliary one
_PRIOR = 1e-3  # how much a node with several children would rather stay as its parent is


@dataclass(frozen=True)
class Node:
    """A node of the hierarchy.

    Parameters
    ----------
    name : str
    parent : int
        Index of a node before this one, -1 for the root.
    offset : (x, y, z)
        From the parent in the rest pose.
    joint : int or None
        Which joint it is; None for a node that lets one of several bones turn by itself.
    """

    name: str
    parent: int
    offset: tuple[float, float, float]
    joint: int | None


def hierarchy(positions: np.ndarray, joints: Sequence[str], parents: Sequence[int]) -> list[Node]:
    """The nodes of a tree of joints, depth first.

    All children of a node move rigidly with it.  A joint with several children therefore gets a node without length
    for each of them, as in motion capture files of CMU (``LHipJoint``, ``LowerBack``): hips can widen, spines bend.

    Parameters
    ----------
    positions : (T, K, 3)
        Without NaN.  Bones get their median length, and the directions of the T-pose of
        :mod:`fitlab.formats.rest_pose`, or of the first frame if that lacks a joint.
    joints, parents : K names and parent indices, one of them -1
    """
    places = rest_places(joints)
    places = positions[0] if places is None else places
    children = {k: [c for c, parent in enumerate(parents) if parent == k] for k in range(-1, len(joints))}
    nodes: list[Node] = []

    def add(joint: int, parent: int) -> None:
        offset = np.zeros(3)
        if parents[joint] >= 0:
            way = places[joint] - places[parents[joint]]
            length = np.median(np.linalg.norm(positions[:, joint] - positions[:, parents[joint]], axis=-1))
            offset = max(float(length), _LEAST_M) * _unit(way, np.array([0.0, 1.0, 0.0]))
        nodes.append(Node(joints[joint], parent, (offset[0], offset[1], offset[2]), joint))
        here, several = len(nodes) - 1, len(children[joint]) > 1
        for child in children[joint]:
            if several:
                nodes.append(Node(f"{joints[joint]}_to_{joints[child]}", here, (0.0, 0.0, 0.0), None))
            add(child, len(nodes) - 1 if several else here)

    add(children[-1][0], -1)
    return nodes


def rotations_of(nodes: Sequence[Node], positions: np.ndarray, parents: Sequence[int]) -> np.ndarray:
    """(T, N, 3, 3) of every node in its parent's axes, so that bones point where ``positions`` (T, K, 3) have them.

    Positions do not tell how a bone is turned about itself: it turns no more than it must (the smallest rotation from
    where its parent would hold it).  A joint with several children turns as they do on the whole (Wahba's problem,
    solved by singular values: Markley 1988).
    """
    turned = np.tile(np.eye(3), (len(positions), len(nodes), 1, 1))
    for n, node in enumerate(nodes):
        prior = turned[:, node.parent] if node.parent >= 0 else turned[:, n]
        aims = _bones_below(nodes, n)
        if not aims:
            turned[:, n] = prior
            continue
        rest = np.stack([_unit(np.array(nodes[m].offset)) for m in aims])
        joints = np.array([nodes[m].joint for m in aims], int)
        held = np.einsum("tij,mj->tmi", prior, rest)
        ways = _unit(positions[:, joints] - positions[:, np.array(parents)[joints]], held)
        turned[:, n] = _swing(held[:, 0], ways[:, 0]) @ prior if len(aims) == 1 else _fitted(rest, ways, prior)
    above = np.array([node.parent for node in nodes])
    local = np.swapaxes(turned[:, above], -1, -2) @ turned
    local[:, above < 0] = turned[:, above < 0]
    return local


def places_of(
    parents: Sequence[int], offsets: np.ndarray, rotations: np.ndarray, moves: np.ndarray | None = None
) -> np.ndarray:
    """(T, N, 3) where nodes are: forward kinematics.

    Parameters
    ----------
    parents : N indices of nodes before each, -1 for a root
    offsets : (N, 3), rotations : (T, N, 3, 3)
        In the parent's axes.
    moves : (T, N, 3), optional
        Instead of the offset where it is not NaN.
    """
    turned = np.empty_like(rotations)
    places = np.empty(rotations.shape[:3])
    for n, parent in enumerate(parents):
        way = np.broadcast_to(offsets[n], places[:, n].shape)
        if moves is not None:
            way = np.where(np.isnan(moves[:, n]), way, moves[:, n])
        if parent < 0:
            turned[:, n], places[:, n] = rotations[:, n], way
        else:
            turned[:, n] = turned[:, parent] @ rotations[:, n]
            places[:, n] = places[:, parent] + np.einsum("tij,tj->ti", turned[:, parent], way)
    return places


def _bones_below(nodes: Sequence[Node], n: int) -> list[int]:
    """The next nodes down that are joints."""
    found = []
    for m, node in enumerate(nodes):
        if node.parent == n:
            found += [m] if node.joint is not None else _bones_below(nodes, m)
    return found


def _swing(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(T, 3, 3) smallest rotations from unit vectors (T, 3) to others."""
    cosine = np.sum(start * end, axis=-1)[:, None, None]
    x, y, z = np.cross(start, end).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    opposite = cosine < -1 + 1e-9
    turned = np.eye(3) + cross + cross @ cross / np.where(opposite, 1.0, 1 + cosine)
    least = np.eye(3)[np.abs(start).argmin(axis=-1)]
    axis = _unit(np.cross(start, least))  # any that is at right angles
    return np.where(opposite, 2 * axis[:, :, None] * axis[:, None] - np.eye(3), turned)


def _fitted(rest: np.ndarray, ways: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """(T, 3, 3) rotations that bring directions ``rest`` (M, 3) closest to ``ways`` (T, M, 3)."""
    u, _, vt = np.linalg.svd(np.einsum("tmi,mj->tij", ways, rest) + _PRIOR * prior)
    u[:, :, 2] *= np.linalg.det(u @ vt)[:, None]
    return u @ vt


def _unit(vectors: np.ndarray, otherwise: np.ndarray | None = None) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    known = vectors / np.where(length > 1e-9, length, 1.0)
    return known if otherwise is None else np.where(length > 1e-9, known, otherwise)
