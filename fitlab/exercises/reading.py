"""Exercise files: YAML read into an :class:`Exercise`, with every problem explained."""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from fitlab.errors import InputError
from fitlab.exercises.vocabulary import (
    JOINTS,
    KINDS,
    SIDED,
    Drive,
    Exercise,
    Gesture,
    Measure,
    Mistake,
    PhaseKind,
)
from fitlab.locations import config_dir
from fitlab.skeletons import GROUPS

_NO_EXERCISES = ("auto", "none")
"""Files that only let the command line say these words."""


def load_exercise(source: str | Path | Mapping[str, Any]) -> Exercise:
    """Reads an exercise from a YAML file or a mapping of the same form.

    Raises
    ------
    InputError
        With every problem found: where, what was expected, what was there, how to mend it.
    """
    if isinstance(source, Mapping):
        where, content = "exercise", source
    else:
        where, content = str(source), _read_yaml(Path(source))
    reader = _Reader(where)
    exercise = reader.exercise(content)
    if reader.problems or exercise is None:
        raise InputError("\n".join(reader.problems))
    return exercise


def find_exercise(name: str, folder: Path | None = None) -> Exercise | None:
    """The exercise called ``name`` in ``folder`` (default: ``configs/exercise``); None for ``"none"``.

    A name that ends in ``.yaml`` is the path of a file.  Raises InputError that lists the known exercises.
    """
    if name == "none":
        return None
    if name.endswith((".yaml", ".yml")):
        return load_exercise(name)
    known = exercise_files(folder)
    if name not in known:
        raise InputError(
            f"exercise must be one of {', '.join([*known, *_NO_EXERCISES])}, got {name!r}; "
            "pick one, or write a new file as docs/exercises.md shows"
        )
    return load_exercise(known[name])


def exercise_files(folder: Path | None = None) -> dict[str, Path]:
    """Name -> file of every exercise in ``folder`` (default: ``configs/exercise``), sorted."""
    folder = config_dir() / "exercise" if folder is None else folder
    return {path.stem: path for path in sorted(folder.glob("*.yaml")) if path.stem not in _NO_EXERCISES}


class _EachKeyOnce(yaml.SafeLoader):
    """Of two equal keys YAML keeps the last: nobody would see which of two thresholds counts."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """See yaml; raises ComposerError at the second of two equal keys, before mappings are merged."""
        node = super().compose_mapping_node(anchor)
        assert isinstance(node, yaml.MappingNode)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.composer.ComposerError(None, None, f"{key.value} twice", key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
        return node


def _read_yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _EachKeyOnce)
    except FileNotFoundError:
        raise InputError(f"{path} must be an exercise file, got no such file; check the path") from None
    except OSError as error:  # a folder, or not for us to read
        raise InputError(f"{path} must be an exercise file, got: {error.strerror}; check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = " ".join(str(error).split())
        raise InputError(f"{path} must be YAML, got {line!r}; mend that line") from None


class _Reader:
    """Turns parsed YAML into an Exercise and notes every problem on the way."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.problems: list[str] = []

    def problem(self, key: str, contract: str, actual: object, mend: str) -> None:
        self.problems.append(f"{self.where}: {key} must {contract}, got {actual!r}; {mend}")

    def table(
        self, content: Any, key: str, keys: set[str], optional: frozenset[str] = frozenset()
    ) -> dict[str, Any] | None:
        """``content`` if it is a mapping with exactly ``keys``; those that are ``optional`` may be left out."""
        if not isinstance(content, Mapping):
            self.problem(key, f"be a mapping with {', '.join(sorted(keys))}", content, "see docs/exercises.md")
            return None
        if missing := keys - set(content):
            self.problem(key, f"have {', '.join(sorted(missing))}", sorted(map(str, content)), "add it")
        if extra := set(content) - keys - optional:
            self.problem(
                key, f"have only {', '.join(sorted(keys | optional))}", sorted(map(str, extra)), "remove or rename it"
            )
        return None if missing or extra else dict(content)

    def choice(self, value: Any, key: str, choices: Collection[str]) -> str:
        if not isinstance(value, str) or value not in choices:
            self.problem(key, f"be one of {', '.join(choices)}", value, "pick one of these")
        return value

    def number(self, value: Any, key: str, least: float = float("-inf")) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not value >= least:
            self.problem(key, "be a number" + (f" of at least {least:g}" if least > -1e9 else ""), value, "correct it")
            return 0.0
        return float(value)

    def exercise(self, content: Any) -> Exercise | None:
        parts = {"name", "title", "drive", "phases", "measures", "mistakes", "tolerances"}
        if (table := self.table(content, "the file", parts, optional=frozenset({"start", "end"}))) is None:
            return None
        measures = self.measures(table["measures"])
        phases = self.phases(table["phases"])
        drive = self.drive(table["drive"], measures)
        mistakes = self.mistakes(table["mistakes"], measures, [phase.name for phase in phases])
        tolerances = self.tolerances(table["tolerances"])
        start, end = (self.gesture(table[key], key, measures) if key in table else None for key in ("start", "end"))
        if self.problems:
            return None
        name, title = str(table["name"]), str(table["title"])
        return Exercise(name, title, drive, phases, measures, mistakes, tolerances, start, end)

    def measures(self, content: Any) -> Mapping[str, Measure]:
        found: dict[str, Measure] = {}
        for name, entry in self.entries(content, "measures"):
            key = f"measures.{name}"
            if (table := self.table(entry, key, {"kind", "joints"})) is None:
                continue
            kind, joints = self.choice(table["kind"], f"{key}.kind", KINDS), table["joints"]
            if not isinstance(kind, str) or kind not in KINDS:
                continue
            if not isinstance(joints, list) or len(joints) != KINDS[kind].joints:
                contract = f"list {KINDS[kind].joints} joints for {kind}"
                self.problem(f"{key}.joints", contract, joints, KINDS[kind].meaning)
                continue
            for joint in joints:
                if not isinstance(joint, str) or (joint not in JOINTS and joint not in SIDED):
                    self.problem(f"{key}.joints", "name joints", joint, "use names such as pelvis, knee or left_hip")
            found[name] = Measure(name, kind, tuple(joints))
        return MappingProxyType(found)

    def phases(self, content: Any) -> tuple[PhaseKind, ...]:
        roles = ("rest", "out", "turn", "back")
        pairs = self.entries(content, "phases")
        found = tuple(PhaseKind(name, self.choice(role, f"phases.{name}", roles)) for name, role in pairs)  # type: ignore[arg-type]
        if sorted(phase.role for phase in found if phase.role in roles) != sorted(roles):
            self.problem("phases", "give each role once: rest, out, turn, back", dict(pairs), "name the four phases")
        return found

    def drive(self, content: Any, measures: Mapping[str, Measure]) -> Drive | None:
        if content == "self-found":
            return None
        keys, optional = {"measure", "rest", "minimum_range"}, frozenset({"held_beyond"})
        if (table := self.table(content, "drive", keys, optional)) is None:
            return None
        held = table.get("held_beyond")
        return Drive(
            self.choice(table["measure"], "drive.measure", measures),
            self.choice(table["rest"], "drive.rest", ("high", "low")),  # type: ignore[arg-type]
            self.number(table["minimum_range"], "drive.minimum_range", least=0),
            None if held is None else self.number(held, "drive.held_beyond"),
        )

    def gesture(self, content: Any, key: str, measures: Mapping[str, Measure]) -> Gesture | None:
        if (table := self.table(content, key, set(Gesture.__dataclass_fields__))) is None:
            return None
        return Gesture(
            self.choice(table["measure"], f"{key}.measure", measures),
            self.choice(table["direction"], f"{key}.direction", ("above", "below")),  # type: ignore[arg-type]
            self.number(table["threshold"], f"{key}.threshold"),
            self.number(table["seconds"], f"{key}.seconds", least=0),
        )

    def mistakes(self, content: Any, measures: Mapping[str, Measure], phases: list[str]) -> tuple[Mistake, ...]:
        found = []
        for name, entry in self.entries(content, "mistakes"):
            key = f"mistakes.{name}"
            if (table := self.table(entry, key, set(Mistake.__dataclass_fields__) - {"name"})) is None:
                continue
            self.choice(table["measure"], f"{key}.measure", measures)
            self.choice(table["phase"], f"{key}.phase", phases)
            self.choice(table["direction"], f"{key}.direction", ("above", "below"))
            self.choice(table["sides"], f"{key}.sides", ("mean", "worst", "best"))
            self.choice(table["joint_group"], f"{key}.joint_group", GROUPS)
            numbers = {part: self.number(table[part], f"{key}.{part}") for part in ("threshold", "severe")}
            numbers["margin"] = self.number(table["margin"], f"{key}.margin", least=0)
            beyond = numbers["severe"] - numbers["threshold"]
            if (beyond if table["direction"] == "above" else -beyond) <= numbers["margin"]:
                self.problem(f"{key}.severe", "lie beyond the threshold by more than the margin", table["severe"],
                             "severity grows from the threshold to this value")  # fmt: skip
            found.append(Mistake(**{**table, **numbers, "name": name}))
        return tuple(found)

    def tolerances(self, content: Any) -> Mapping[str, float]:
        pairs = self.entries(content, "tolerances")
        for group, _ in pairs:
            self.choice(group, "tolerances", GROUPS)
        return MappingProxyType({group: self.number(value, f"tolerances.{group}", least=0) for group, value in pairs})

    def entries(self, content: Any, key: str) -> list[tuple[str, Any]]:
        if not isinstance(content, Mapping):
            self.problem(key, "be a mapping of names", content, "see docs/exercises.md")
            return []
        return [(str(name), entry) for name, entry in content.items()]
