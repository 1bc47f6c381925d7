"""BVH: a hierarchy of bones of constant length and their rotations, as animation programs read it; y up.

Meredith & Maddock, Motion Capture File Formats Explained, 2001.  The format says nothing of units: written are
centimetres, read is that unit in which a person fits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from fitlab.errors import InputError
from fitlab.formats.bones import Node, hierarchy, places_of, rotations_of
from fitlab.formats.conventions import in_guessed_metres, y_up, z_up
from fitlab.formats.hints import Hints, joint_name, needed, skeleton_named
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

_CENTIMETRES = 100.0
_END_CM = 5.0  # of the bone that follows a last joint, which some programs draw
_ROUND_FPS = 1e-4  # frame times have six digits: 0.033333 is 30 a second

# Names that MotionBuilder and Mixamo give to the heads of bones; LeftShoulder is the collar bone there.
_MOTIONBUILDER = {
    "hips": "pelvis",
    "left_up_leg": "left_hip",
    "left_leg": "left_knee",
    "left_foot": "left_ankle",
    "left_toe_base": "left_toes",
    "left_shoulder": "left_collar",
    "left_arm": "left_shoulder",
    "left_fore_arm": "left_elbow",
    "left_hand": "left_wrist",
}
_MOTIONBUILDER |= {
    name.replace("left_", "right_"): joint.replace("left_", "right_") for name, joint in _MOTIONBUILDER.items()
}


def write(seq: PoseSequence, path: Path) -> None:
    """World-space poses of a skeleton that is one tree, in centimetres, rotations in the order z, x, y.

    Bones get their median length; where a joint is missing for a while its way between the frames before and after is a
    straight line, and one that is never seen is left out.
    """
    if seq.space != "world":
        raise InputError(
            f"poses in a BVH file must be in world space, got {seq.space}; ground them first or choose .npz"
        )
    joints, parents, positions = _seen(seq)
    positions = y_up(positions) * _CENTIMETRES
    nodes = hierarchy(positions, joints, parents)
    rotations = rotations_of(nodes, positions, parents)
    columns = [positions[:, parents.index(-1)], _euler_zxy(rotations).reshape(len(seq), -1)]
    lines = ["HIERARCHY", *_lines(nodes), "MOTION", f"Frames: {len(seq)}", f"Frame Time: {1 / seq.fps:.9f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in np.concatenate(columns, axis=1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(path: Path, hints: Hints) -> PoseSequence:
    """Where the joints of the hierarchy are: forward kinematics, in world space.

    Left out are ends of bones (``End Site``) and nodes that lie on their parent always.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    head, cut, motion = text.partition("MOTION")
    if not text.lstrip().startswith("HIERARCHY") or not cut:
        raise InputError(f"{path} must hold HIERARCHY and MOTION, got {text[:20]!r} ...; export it again, completely")
    joints = _parsed(iter(head.split()), path)
    frames, frame_time, values = _motion(motion, sum(len(joint.channels) for joint in joints), path)
    rotations, moves = _channels(joints, values.reshape(frames, -1))
    parents = [joint.parent for joint in joints]
    places = places_of(parents, np.array([joint.offset for joint in joints]), rotations, moves)

    away = [joint.parent < 0 or any(joint.offset) or np.nan_to_num(moves[:, n]).any() for n, joint in enumerate(joints)]
    kept = np.flatnonzero(away).tolist()
    metres, unit = in_guessed_metres(z_up(places[:, kept]), path, hints)
    names = _names([joints[n].name for n in kept])
    skeleton, order = skeleton_named(names)
    if skeleton.name == "markers":
        skeleton = Skeleton("bvh", tuple(names), tuple(_kept_parent(parents, n, kept) for n in kept))
    fps = 1 / frame_time
    fps = round(fps) if abs(fps - round(fps)) < _ROUND_FPS * fps else fps
    return PoseSequence(
        metres[:, order],
        needed("fps", hints.fps, fps),
        hints.skeleton or skeleton,
        hints.space or "world",
        history=(f"read_poses({path.name}, unit={unit})",),
    )


def _seen(seq: PoseSequence) -> tuple[list[str], list[int], np.ndarray]:
    """Names, parents and positions (T, K, 3), without gaps, of the joints that are ever seen."""
    seen = np.flatnonzero(~seq.missing.all(axis=0)).tolist()
    parents = [_kept_parent(seq.skeleton.parents, k, seen) for k in seen]
    roots = [seq.skeleton.joints[k] for k, parent in zip(seen, parents, strict=True) if parent < 0]
    if len(roots) != 1:
        raise InputError(
            f"the skeleton of a BVH file must be one tree, got {len(roots)} roots ({', '.join(roots[:4])}) in "
            f"{seq.skeleton.name}; convert the poses first, seq.to(H36M17), or choose .c3d or .trc"
        )
    positions = seq.positions[:, seen].astype(np.float64)
    frames = np.arange(len(seq))
    for joint in positions.transpose(1, 0, 2):  # a view (T, 3)
        missing = np.isnan(joint[:, 0])
        for track in joint.T:
            track[missing] = np.interp(frames[missing], frames[~missing], track[~missing])
    return [seq.skeleton.joints[k] for k in seen], parents, positions


def _kept_parent(parents: tuple[int, ...] | list[int], joint: int, kept: list[int]) -> int:
    """Place in ``kept`` of the nearest ancestor of ``joint`` that is kept, -1 for none."""
    at = parents[joint]
    while at >= 0 and at not in kept:
        at = parents[at]
    return kept.index(at) if at >= 0 else -1


def _euler_zxy(rotations: np.ndarray) -> np.ndarray:
    """(..., 3) degrees about z, x and y, one after the other, of (T, N, 3, 3); without jumps over time."""
    z = np.arctan2(-rotations[..., 0, 1], rotations[..., 1, 1])
    x = np.arcsin(np.clip(rotations[..., 2, 1], -1, 1))
    y = np.arctan2(-rotations[..., 2, 0], rotations[..., 2, 2])
    locked = np.abs(rotations[..., 2, 1]) > 1 - 1e-12  # then z and y turn about one axis
    z = np.where(locked, np.arctan2(rotations[..., 1, 0], rotations[..., 0, 0]), z)
    y = np.where(locked, 0.0, y)
    return np.degrees(np.unwrap(np.stack([z, x, y], axis=-1), axis=0))


def _lines(nodes: list[Node]) -> list[str]:
    """The HIERARCHY of nodes that are in order, depth first."""
    lines: list[str] = []

    def add(n: int, depth: int) -> None:
        node, tab = nodes[n], "\t" * depth
        below = [m for m, other in enumerate(nodes) if other.parent == n]
        channels = "6 Xposition Yposition Zposition" if n == 0 else "3"
        lines.extend(
            [
                f"{tab}{'ROOT' if n == 0 else 'JOINT'} {node.name}",
                f"{tab}{{",
                f"{tab}\tOFFSET {' '.join(f'{value:.6f}' for value in node.offset)}",
                f"{tab}\tCHANNELS {channels} Zrotation Xrotation Yrotation",
            ]
        )
        for m in below:
            add(m, depth + 1)
        if not below:
            length = max(float(np.linalg.norm(node.offset)), 1e-9)
            end = " ".join(f"{_END_CM * value / length:.6f}" for value in node.offset)
            lines.extend([f"{tab}\tEnd Site", f"{tab}\t{{", f"{tab}\t\tOFFSET {end}", f"{tab}\t}}"])
        lines.append(f"{tab}}}")

    add(0, 0)
    return lines


@dataclass
class _Joint:
    """A ROOT or JOINT of a file."""

    name: str
    parent: int
    offset: tuple[float, ...] = ()
    channels: list[str] = field(default_factory=list)


def _parsed(words: Iterator[str], path: Path) -> list[_Joint]:
    """The joints of a HIERARCHY, parents first; an ``End Site`` is passed over."""
    joints: list[_Joint] = []
    open_: list[int] = []  # -1 for an End Site
    try:
        next(words)
        for word in words:
            if word in ("ROOT", "JOINT", "End"):
                name = []
                while (part := next(words)) != "{":
                    name.append(part)
                if word == "End":
                    open_.append(-1)
                    continue
                joints.append(_Joint("_".join(name), open_[-1] if open_ else -1))
                open_.append(len(joints) - 1)
            elif word == "}":
                open_.pop()
            elif word == "OFFSET":
                offset = tuple(float(next(words)) for _ in range(3))
                if open_[-1] >= 0:
                    joints[open_[-1]].offset = offset
            elif word == "CHANNELS":
                joints[open_[-1]].channels = [next(words) for _ in range(int(next(words)))]
            else:
                raise ValueError(word)
        if open_ or not joints or not all(joint.offset for joint in joints):
            raise IndexError
    except ValueError as error:
        raise InputError(f"the HIERARCHY in {path} must follow the format, got {error}; export it again") from error
    except (StopIteration, IndexError, RuntimeError) as error:
        raise InputError(f"the HIERARCHY in {path} must be complete, got a part of it; export it again") from error
    unknown = {c for joint in joints for c in joint.channels if not re.fullmatch("[XYZ](position|rotation)", c)}
    if unknown:
        raise InputError(
            f"channels in {path} must be Xposition .. Zrotation, got {', '.join(sorted(unknown))}; export it again"
        )
    return joints


def _motion(text: str, channels: int, path: Path) -> tuple[int, float, np.ndarray]:
    """Number of frames, seconds between them, and the values of all channels."""
    said = re.match(r"\s*Frames:\s*(\d+)\s+Frame Time:\s*(\S+)", text)
    try:
        if said is None or int(said[1]) < 1 or not float(said[2]) > 0:
            raise ValueError(f"{' '.join(text[:60].split())!r}")
        values = np.array(text[said.end() :].split(), float)
    except ValueError as error:
        raise InputError(
            f"MOTION in {path} must be Frames, Frame Time and numbers, got {error}; export it again"
        ) from error
    if len(values) != int(said[1]) * channels:
        raise InputError(
            f"{path} must have {said[1]} frames of {channels} values, got {len(values)} values "
            f"({len(values) / channels:.1f} frames); it was cut off or joints were removed, export it again"
        )
    return int(said[1]), float(said[2]), values


def _channels(joints: list[_Joint], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (T, N, 3, 3), and places (T, N, 3) instead of the offsets, NaN where there are none."""
    rotations = np.tile(np.eye(3), (len(values), len(joints), 1, 1))
    moves = np.full((len(values), len(joints), 3), np.nan)
    column = 0
    for n, joint in enumerate(joints):
        mine = values[:, column : column + len(joint.channels)]
        column += len(joint.channels)
        turns = [c for c, channel in enumerate(joint.channels) if channel.endswith("rotation")]
        if turns:
            order = "".join(joint.channels[c][0] for c in turns)
            rotations[:, n] = Rotation.from_euler(order, mine[:, turns], degrees=True).as_matrix()
        placed = {channel[0]: mine[:, c] for c, channel in enumerate(joint.channels) if channel.endswith("position")}
        if placed:
            moves[:, n] = np.stack(
                [placed.get(axis, np.full(len(values), joint.offset["XYZ".index(axis)])) for axis in "XYZ"], axis=-1
            )
    return rotations, moves


def _names(labels: list[str]) -> list[str]:
    """Joint names as fitlab spells them; ``mixamorig:LeftUpLeg`` is ``left_hip``."""
    names = [joint_name(label.rpartition(":")[2]) for label in labels]
    return [_MOTIONBUILDER.get(name, name) for name in names] if "left_up_leg" in names else names
