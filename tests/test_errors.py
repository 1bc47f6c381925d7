"""The two failures that users can mend."""

from fitlab.errors import InputError, SetupError


def test_bad_input_is_a_value_error_and_a_lacking_environment_is_not():
    assert issubclass(InputError, ValueError)
    assert issubclass(SetupError, RuntimeError) and not issubclass(SetupError, ValueError)
