"""Where the exports of tests lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def export_dir(tmp_path: Path, settings: Any) -> Path:
    """The folder of the exports: one of its own for every test."""
    settings.EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"
