"""Tests marked `schemas` read the schemas that lie beside the project; without that folder they are not selected."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree

SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "schemas: reads a schema of ../shared/schemas")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if SCHEMAS.is_dir():
        return
    needy = [item for item in items if item.get_closest_marker("schemas")]
    items[:] = [item for item in items if item not in needy]
    config.hook.pytest_deselected(items=needy)


@pytest.fixture(scope="session")
def atom_schema() -> etree.RelaxNG:
    """RFC 4287 appendix B."""
    return etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))


@pytest.fixture(scope="session")
def json_schema() -> Any:
    """JSON Feed 1.1, with dates and URLs checked."""
    schema = json.loads((SCHEMAS / "jsonfeed-1.1.schema.json").read_text())
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
