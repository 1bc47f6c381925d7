import pytest

from fitlab.synthesis.body import Body


@pytest.fixture(scope="session")
def body():
    """A person in the middle of everything."""
    return Body()
