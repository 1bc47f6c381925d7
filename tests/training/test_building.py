import pytest
from omegaconf import OmegaConf

from fitlab.errors import InputError
from fitlab.settings import compose
from fitlab.training.building import built, checked


def changed(**changes: object):
    cfg = compose("train", ["experiment=detector_debug"])
    OmegaConf.set_struct(cfg, False)
    for key, value in changes.items():
        OmegaConf.update(cfg, key.replace("__", "."), value)
    return cfg


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"optim__rte": 1}, r"^optim\.rte must be an argument of .*did you mean 'rate'"),
        ({"trainer__max_stps": 1}, "did you mean 'max_steps'"),
        ({"trainr": {"max_steps": 3}}, "'trainr'; did you mean 'trainer'"),
        ({"steps": "many"}, "many"),
        ({"paths__cach": "x"}, "cach"),
        ({"model___target_": "fitlab.training.detector_networks.Nothing"}, r"^model\._target_ must name a class"),
        ({"model___target_": "fitlab.nowhere.Nothing"}, r"^model\._target_ must name a class"),
        ({"data___target_": "DetectorData"}, r"^data\._target_ must name a class or function, got 'DetectorData'"),
        ({"data___target_": ".DetectorData"}, r"^data\._target_ must name a class"),
        ({"data___target_": "fitlab..DetectorData"}, r"^data\._target_ must name a class"),
        ({"data___target_": "fitlab.training.splits"}, r"^data\._target_ must name a class"),
        ({"model___target_": "fitlab.training.building.Paths.nothing"}, r"^model\._target_ must name a class"),
        ({"model___target_": "pathlib.Path.home"}, r"must be an argument of pathlib\.Path\.home"),
        ({"data__train__peple": 3}, r"^data\.train\.peple must be an argument of .*did you mean 'people'"),
        ({"name": "???"}, "name"),
    ],
)
def test_what_an_experiment_file_gets_wrong_is_told_before_anything_is_built(changes: dict, said: str):
    with pytest.raises(InputError, match=said):
        checked(changed(**changes))


def test_what_does_not_say_its_arguments_takes_any():
    checked(changed(model___target_="builtins.dict"))


def test_a_fault_that_the_user_can_mend_comes_through_unwrapped():
    cfg = checked(changed(data__train__exercises=["sqat"]))
    with pytest.raises(InputError, match="sqat"):
        built(cfg.data)


def test_a_bug_in_a_module_keeps_its_traceback(tmp_path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "broken_module.py").write_text("import broken")
    (tmp_path / "other_module.py").write_text("import math; math.no_such_thing")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="'broken'"):
        checked(changed(model___target_="broken_module.Network"))
    with pytest.raises(AttributeError, match="no_such_thing"):
        checked(changed(model___target_="other_module.Network"))
