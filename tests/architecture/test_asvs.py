"""docs/asvs.md names every item of OWASP ASVS 5.0 that is asked of us, and tests that are there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache

from tests.support.database import ROOT

ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
ROWS = ROW.findall((ROOT / "docs" / "asvs.md").read_text())


@cache
def functions(path: str) -> set[str]:
    """Return the names of a file's test functions."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_item_stands_once() -> None:
    keys = [key for key, *_ in ROWS]
    numbers = [tuple(map(int, key.split("."))) for key in keys]

    assert len(set(keys)) == len(keys)
    assert numbers == sorted(numbers)
    assert Counter(level for _, level, *_ in ROWS) == {"1": 70, "2": 183}


def test_every_item_has_a_test_or_a_reason() -> None:
    bare = [
        key
        for key, _, _, shown in ROWS
        if not TEST.search(shown) and not re.match(r"(n/a|open): \S.{5,}", shown)
    ]
    assert bare == []


def test_every_named_test_is_there() -> None:
    missing = [
        f"{key}: {path}::{name}"
        for key, _, _, shown in ROWS
        for path, name in TEST.findall(shown)
        if not (ROOT / path).is_file() or (name and name not in functions(path))
    ]
    assert missing == []
    assert sum(len(TEST.findall(shown)) for *_, shown in ROWS) > 80
