"""What drills over a whole city share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drills.san_francisco import City, import_city


@pytest.fixture
def city(transactional_db: None, police_data: Path) -> City:
    """San Francisco in the database of this drill."""
    del transactional_db
    return import_city(police_data)
