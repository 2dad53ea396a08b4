"""Names from right to left stand on paper as their readers expect them."""

from __future__ import annotations

import unicodedata

import pytest

from insights.documents.reading import as_written, cleaned


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Café Ñandú", "Café Ñandú"),
        ("beat שלום", "beat םולש"),
        ("beat שלום עולם rises", "beat םלוע םולש rises"),
        ("שלום 12:30", "12:30 םולש"),
        ("beat שלום (צפון) rises", "beat (ןופצ) םולש rises"),
        ("beat (צפון) rises", "beat (ןופצ) rises"),
    ],
    ids=["left to right", "one word", "two words", "number", "brackets within", "brackets outside"],
)
def test_signs_stand_from_left_to_right(text: str, written: str) -> None:
    assert as_written(text) == written


def test_arabic_letters_take_the_shapes_that_join() -> None:
    shapes = [unicodedata.name(sign).rsplit(" ", 2)[-2] for sign in as_written("محمد")]

    assert shapes == ["FINAL", "MEDIAL", "MEDIAL", "INITIAL"]


def test_lam_and_alef_are_one_sign() -> None:
    written = as_written("سلام")

    assert "\N{ARABIC LIGATURE LAM WITH ALEF FINAL FORM}" in written
    assert len(written) == 3


def test_marks_stay_behind_their_letter() -> None:
    shin = "\u05e9\u05c1"

    assert as_written(f"a {shin}\u05d1") == f"a \u05d1{shin}"


def test_signs_that_steer_or_break_lines_are_not_printed() -> None:
    assert cleaned("a\u202e\x00b\n\tc") == "ab c"
