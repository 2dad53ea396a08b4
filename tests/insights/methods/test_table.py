"""Every method is in the table once, and says what an analyst has to know before they use it."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from pkgutil import iter_modules

import pytest

from insights import methods
from insights.methods.base import Asked, Method, Parameters
from insights.methods.table import METHODS


def declared() -> list[Method]:
    """Return every method that a module of the package declares."""
    modules = [import_module(f"insights.methods.{one.name}") for one in iter_modules(methods.__path__)]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Method)]
    return list({id(method): method for method in found}.values())


def test_the_table_holds_every_method_once() -> None:
    assert sorted(method.key for method in declared()) == sorted(METHODS)
    assert all(key == method.key for key, method in METHODS.items())


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_method_says_what_it_assumes_and_when_it_fails(method: Method) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", method.key)
    assert method.question.endswith("?")
    assert method.minimum >= 1
    assert method.assumes
    assert method.fails
    assert all(re.fullmatch(r"\S.{15,}\.", sentence) for sentence in (*method.assumes, *method.fails))
    # Who published it, and when.
    assert method.sources
    assert all(re.search(r"\b(19|20)\d\d\b", source) for source in method.sources), method.sources


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_the_usual_parameters_are_allowed_and_asked_for_in_words(method: Method) -> None:
    usual = method.parameters()

    assert isinstance(usual, Parameters)
    assert is_dataclass(method.parameters)
    for one in fields(method.parameters):
        asked = one.metadata["asked"]
        assert isinstance(asked, Asked)
        assert asked.label[0].isupper(), asked.label
