"""What a skeleton is: names, a tree, sides and groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "head": ("nose", "eye", "ear", "head", "head_top", "neck"),
        "trunk": ("pelvis", "spine", "chest", "thorax", "shoulder"),
        "arms": ("elbow", "wrist", "hand"),
        "hips": ("hip",),
        "knees": ("knee",),
        "feet": ("ankle", "heel", "big_toe", "small_toe", "toes", "foot"),
    }
)
"""Joint groups of the athlete comparison: group -> joint names without their side."""


@dataclass(frozen=True)
class Skeleton:
    """Named joints joined into a tree.

    Parameters
    ----------
    name : str
        Short name, the key in :data:`SKELETONS`.
    joints : tuple of str, length K
        Joint names in the order of the position array.  ``left_`` and ``right_`` mean the
        person's own sides.
    parents : tuple of int, length K
        Index of each joint's parent, -1 for a root.  A layout of separate markers may have
        several roots.

    Raises
    ------
    ValueError
        If names repeat, lengths differ, or parents do not form a forest.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if len(set(self.joints)) != len(self.joints):
            twice = sorted({j for j in self.joints if self.joints.count(j) > 1})
            raise ValueError(f"joints of skeleton {self.name!r} must be distinct, got {twice} twice; rename one")
        if len(self.parents) != len(self.joints):
            raise ValueError(
                f"parents of skeleton {self.name!r} must have one entry per joint ({len(self.joints)}), "
                f"got {len(self.parents)}; use -1 for a root"
            )
        for joint in range(len(self.joints)):
            steps, at = 0, joint
            while at != -1:
                if not -1 <= at < len(self.joints) or steps > len(self.joints):
                    raise ValueError(
                        f"parents of skeleton {self.name!r} must form a tree, got {self.parents}; "
                        f"follow the chain of {self.joints[joint]!r}"
                    )
                at, steps = self.parents[at], steps + 1

    def __len__(self) -> int:
        return len(self.joints)

    def __contains__(self, joint: str) -> bool:
        return joint in self._positions

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.joints)}

    def index(self, joint: str) -> int:
        """Index of ``joint``; raises KeyError that lists the joints there are."""
        try:
            return self._positions[joint]
        except KeyError:
            raise KeyError(
                f"joint must be one of skeleton {self.name!r}: {', '.join(self.joints)}; got {joint!r}"
            ) from None

    def chain(self, joint: int) -> list[int]:
        """``joint``, its parent, and so on to the root; none for -1."""
        return [] if joint < 0 else [joint, *self.chain(self.parents[joint])]

    @cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) index pairs, one per joint that has a parent."""
        return tuple((parent, child) for child, parent in enumerate(self.parents) if parent >= 0)

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """Permutation that swaps left and right: joint k of the mirrored person is joint mirror[k].

        Raises ValueError where a joint has no counterpart (``right_bak`` of the Vicon markers).
        """
        alone = [joint for joint in self.joints if _other_side(joint) not in self]
        if alone:
            raise ValueError(f"skeleton {self.name!r} must have both sides to be mirrored, got {alone} alone")
        return tuple(self.index(_other_side(joint)) for joint in self.joints)

    @cached_property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """Joint indices of each group of :data:`GROUPS` that this skeleton has."""
        found = {
            group: tuple(k for k, joint in enumerate(self.joints) if _without_side(joint) in members)
            for group, members in GROUPS.items()
        }
        return {group: indices for group, indices in found.items() if indices}


def _other_side(joint: str) -> str:
    if joint.startswith("left_"):
        return "right_" + joint.removeprefix("left_")
    if joint.startswith("right_"):
        return "left_" + joint.removeprefix("right_")
    return joint


def _without_side(joint: str) -> str:
    return joint.removeprefix("left_").removeprefix("right_")
