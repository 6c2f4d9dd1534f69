import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Every test here runs on both databases, unless its module says why it does not."""
    return request.param
