"""The house itself: what an import costs, what lies where, and what a wheel carries."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = set(
    "notebooks fitlab configs data experiments tests docs environment.yml README.md pyproject.toml constraints.txt "
    "Makefile LICENSE NOTICE .ci .gitignore .gitattributes".split()
)
HEAVY = (
    "torch lightning scipy.signal pandas xarray hydra omegaconf wandb plotly matplotlib ipywidgets anywidget IPython "
    "av cv2 onnxruntime mmpose mmcv mmengine mmdet pyvista anny tqdm"
).split()


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def git(*arguments):
    found = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        pytest.skip("not a git checkout")
    return found.stdout.splitlines()


def loaded_after(statement):
    """Names of the modules that a fresh interpreter holds after `statement`."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    ["import fitlab", "import fitlab.cli", "import fitlab.cli; fitlab.cli.usage()"],
)
def test_importing_is_light(statement):
    assert loaded_after(statement).intersection(HEAVY) == set()


def test_the_room_of_mmpose_alone_imports_none_of_its_stack():
    loaded = loaded_after("import fitlab.detectors.mmpose")
    assert loaded.intersection({"mmpose", "mmcv", "mmengine", "mmdet", "mmpretrain", "pycocotools"}) == set()


def test_top_level_is_as_agreed():
    assert {line.split("/")[0] for line in git("ls-files")} - TOP_LEVEL == set()


def test_modules_stay_short():
    written = {path: path.read_text().splitlines() for path in (ROOT / "fitlab").rglob("*.py")}
    lengths = {path: sum(bool(line.strip()) for line in lines) for path, lines in written.items()}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > 300} == {}


def test_every_test_file_mirrors_a_module():
    """tests/a/test_b.py is about fitlab/a/b.py, or about the whole room fitlab/a."""
    apart = {"test_house.py", "browser", "notebooks", "bench"}
    strays = []
    for path in (ROOT / "tests").rglob("test_*.py"):
        part = path.relative_to(ROOT / "tests")
        subject = ROOT / "fitlab" / part.parent / part.name.removeprefix("test_")
        room = subject.with_suffix("")
        if part.parts[0] not in apart and not (subject.exists() or room.is_dir() or subject.parent.is_dir()):
            strays.append(str(part))
    assert strays == []


def test_the_architecture_page_tells_what_is_there(project):
    page = (ROOT / "docs" / "architecture.md").read_text()
    floors = re.search(r"## Floors\n.*?```\n(.*?)```", page, re.S)[1].split("\n")[:-1]
    contract = next(c for c in project["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    assert floors == [layer.replace("(", "").replace(")", "") for layer in contract["layers"]]

    rooms, studio = (re.search(rf"##+ {title}\n.*?(?=\n##)", page, re.S)[0] for title in ("Rooms", "The studio, .*?"))
    room, named, strays = "", set(), []
    for row in re.findall(r"^\|.*\|$", rooms, re.M)[2:]:
        first, modules = row.split("|")[1:3]
        named.update(re.findall(r"`(\w+)`", first))
        room = (re.findall(r"`(\w+)`", first) or [room])[-1]
        strays += [f"{room}/{name}" for name in re.findall(r"`(\w+)`", modules) if not is_module(room, name)]
    strays += [name for name in re.findall(r"`(\w+)`", studio.split("---|", 1)[1]) if not is_module("synthesis", name)]
    assert strays == []
    there = {
        path.stem for path in (ROOT / "fitlab").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert there - {"__init__"} == named


def test_pages_link_to_what_is_there():
    """Files and pictures; anchors to headings as GitHub names them."""
    pages = [path for folder in ("docs", "experiments", "data", "fitlab") for path in (ROOT / folder).rglob("*.md")]
    dead = []
    for page in [ROOT / "README.md", *(path for path in pages if not {"runs", "cache"} & set(path.parts))]:
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
            file, _, anchor = target.partition("#")
            path = page.parent / file if file else page
            if not path.exists() or (anchor and anchor not in anchors(path)):
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert dead == []


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_module(room, name):
    folder = ROOT / "fitlab" / room
    return (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()


def test_light_rooms_are_all_under_contract(project):
    light = next(c for c in project["tool"]["importlinter"]["contracts"] if "stay light" in c["name"])
    rooms = ("skeletons", "poses", "geometry", "signals", "metrics", "exercises", "analysis")
    assert set(light["source_modules"]) == {f"fitlab.{room}" for room in rooms}


def test_constraints_pin_every_dependency(project):
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    extras = project["project"]["optional-dependencies"].values()
    wanted = [name for group in (project["project"]["dependencies"], *extras) for name in group]
    names = {re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    assert names - pinned == set()
    makefile = (ROOT / "Makefile").read_text()
    assert set(re.search(r"^WITHOUT_DEPENDENCIES := (.*)$", makefile, re.M)[1].split()) - pinned == set()


def test_conda_environment_leads_to_the_same_versions(project):
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert conda == ["python=3.11", "ffmpeg", "pip"]
    constraints, package = pip["pip"]
    assert constraints == "-c constraints.txt"
    extras = re.fullmatch(r"-e \.\[(.*)\]", package)[1].split(",")
    assert set(extras) == set(project["project"]["optional-dependencies"]) - {"body"}
    assert re.search(r"^EXTRAS := (.*)$", (ROOT / "Makefile").read_text(), re.M)[1] == ",".join(extras)


def test_make_explains_itself():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^  make (\w+) +\S", shown, re.M)
    assert targets == ["help", "setup", "demo", "test", "lab", "lint", "bench"]


def test_a_wheel_finds_its_configurations_and_weights(tmp_path):
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), "."]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("fitlab-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    carried = {str(path.relative_to(ROOT)) for path in (ROOT / "configs").rglob("*.yaml")}
    assert carried and all((site / "fitlab" / path).is_file() for path in carried)
    kept = [path for path in git("ls-files", "fitlab") if (ROOT / path).is_file()]
    assert [path for path in kept if not (site / path).is_file()] == []
    where = "from fitlab.locations import config_dir; import fitlab; print(fitlab.__file__, config_dir())"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r}); {where}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(site / "fitlab" / "__init__.py"), str(site / "fitlab" / "configs")]
