import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.serving import Service


@pytest.fixture
def service(tmp_path: Path, founded: Path) -> Iterator[Service]:
    """A running service with the sections Politics and Tech and no stories."""
    service = Service(tmp_path / "instance")
    (service.instance / "media").mkdir(parents=True)
    shutil.copy(founded, service.instance / "feedsvc.sqlite")
    service.start()
    yield service
    if service.process.poll() is None:
        service.stop()
