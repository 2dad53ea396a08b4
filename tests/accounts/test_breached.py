"""Passwords from breaches are found in sorted lists, the own one and an operator's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError

from accounts.breached import OWN_LIST, BreachedPasswordValidator, is_listed, sha1


def test_every_line_of_the_list_is_found() -> None:
    lines = OWN_LIST.read_bytes().split()

    assert len(lines) > 12_000
    assert lines == sorted(lines)
    assert all(is_listed(line, OWN_LIST) for line in lines[::7])


def test_nothing_else_is_found() -> None:
    assert not any(is_listed(sha1(f"no breach has shown {n}"), OWN_LIST) for n in range(300))
    assert not is_listed(b"0" * 40, OWN_LIST)
    assert not is_listed(b"F" * 40, OWN_LIST)


@pytest.mark.parametrize("ending", [b"\n", b":17\r\n"])
def test_an_operators_list_counts_as_well(tmp_path: Path, settings: Any, ending: bytes) -> None:
    words = [f"kettle number {n}" for n in range(999)]
    file = tmp_path / "breached"
    file.write_bytes(b"".join(digest + ending for digest in sorted(map(sha1, words))))
    settings.BREACHED_PASSWORDS_FILE = str(file)

    assert all(is_listed(sha1(word), file) for word in words)
    with pytest.raises(ValidationError, match="known from a breach"):
        BreachedPasswordValidator().validate("Kettle Number 7")
    BreachedPasswordValidator().validate("kettle number 1000")


def test_a_list_that_is_not_there_is_said(settings: Any) -> None:
    settings.BREACHED_PASSWORDS_FILE = "/nowhere"

    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        BreachedPasswordValidator().validate("anything at all")
