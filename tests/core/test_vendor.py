"""The vendored browser libraries are the recorded ones and ask for nothing that is not shipped."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

VENDOR = Path(__file__).resolve().parents[2] / "nethra" / "core" / "static" / "vendor"
FOLDERS = sorted(path for path in VENDOR.iterdir() if path.is_dir())


def record_of(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "VENDOR.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_vendored_file_has_its_recorded_hash(folder: Path) -> None:
    shipped = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "VENDOR.toml"
    }

    assert shipped == record_of(folder)["files"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_library_names_its_version_and_licence(folder: Path) -> None:
    record = record_of(folder)

    assert record["version"]
    assert record["licence"]
    assert any(name.startswith("LICENSE") for name in record["files"])


@pytest.mark.parametrize("script", sorted(VENDOR.rglob("*.js")), ids=lambda script: script.name)
def test_no_script_points_at_a_source_map(script: Path) -> None:
    # collectstatic with a manifest fails on a reference to a file that is not there.
    assert "sourceMappingURL" not in script.read_text(encoding="utf-8")
