"""How the text of an address is understood: one spelling for names, and the parts of what somebody typed.

Names are spelt alike when they are loaded and when they are searched, so both sides come through here.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LONGEST = 200
#: Letters that have no accent to take off.
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}
)
_INSIDE_WORDS = re.compile("['\u2019\u2018\u02bc`.]")
_BETWEEN_WORDS = re.compile(r"[^\w]+|_")
_NUMBERED = re.compile(r"0+(\d+(?:st|nd|rd|th))", re.ASCII)
_NUMBER = r"(\d{1,6})([a-zA-Z])?(?:\s?[-\u2013]\s?\d{1,6}[a-zA-Z]?|\s1/2)?"
_AHEAD = re.compile(rf"\s*{_NUMBER}[\s,]+(?=\S)(.+)", re.ASCII | re.DOTALL)
_BEHIND = re.compile(rf"(.*[^\W\d_].*?)[\s,]+{_NUMBER}\s*", re.DOTALL)
_BLOCK = re.compile(r"\s*(\d{1,6})\s+(?:block|blk)\s+(?:of\s+)?(.+)", re.ASCII | re.DOTALL | re.IGNORECASE)
_CROSSING_SIGNS = re.compile(r"\s*[&/@\\]\s*")
_CROSSING_WORDS = re.compile(r"\s+(?:and|at|und|y|et)\s+", re.IGNORECASE)
_BLOCK_SIZE = 100


@dataclass(frozen=True)
class Abbreviations:
    """Short forms: of whole words, and of the ends of words."""

    words: Mapping[str, str]
    endings: Mapping[str, str]

    def with_own(self, own: Mapping[str, str]) -> Abbreviations:
        """Return these with the agency's own over them."""
        return Abbreviations({**self.words, **own}, self.endings) if own else self

    def short(self, word: str) -> str:
        """Return the short form of a word that is lower case and without accents."""
        found = self.words.get(word)
        if found is not None:
            return found
        for ending, form in self.endings.items():
            if word.endswith(ending):
                return word.removesuffix(ending) + form
        return _NUMBERED.sub(r"\1", word)


@dataclass(frozen=True)
class Asked:
    """What somebody typed: a name, perhaps a house number or a block before or after it, perhaps a locality."""

    words: str
    locality: str = ""
    number: int | None = None
    number_text: str = ""
    is_block: bool = False

    def label_on(self, street: str, known: str = "") -> str:
        """Return how the number is written on a street: as it is known there, or else as it was typed."""
        if self.is_block:
            return f"{(self.number or 0) // _BLOCK_SIZE * _BLOCK_SIZE} block of {street}"
        return f"{known or self.number_text} {street}"


@cache
def house_abbreviations() -> Abbreviations:
    """Return the short forms that every agency begins with."""
    content = tomllib.loads((Path(__file__).parent / "abbreviations.toml").read_text("utf-8"))
    return Abbreviations(content["words"], content["endings"])


def spelt(text: str, known: Abbreviations) -> str:
    """Return a name in the one spelling of the gazetteer: lower case, no accents and no signs, short forms."""
    words = _BETWEEN_WORDS.sub(" ", _INSIDE_WORDS.sub("", plain(text)))
    return " ".join(known.short(word) for word in words.split())[:LONGEST]


def plain(text: str) -> str:
    """Return the text in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def understood(text: str, known: Abbreviations) -> Asked:
    """Return the parts of a typed address: "12a Mission St, Harrow", "Hauptstr. 12", "800 Block of Bryant St"."""
    if block := _BLOCK.fullmatch(text):
        name, locality = _parted(block[2])
        first = int(block[1]) // _BLOCK_SIZE * _BLOCK_SIZE
        return Asked(spelt(name, known), spelt(locality, known), first + _BLOCK_SIZE // 2, is_block=True)
    if ahead := _AHEAD.fullmatch(text):
        name, locality = _parted(ahead[3])
        return _numbered(name, locality, ahead[1], ahead[2], known)
    name, locality = _parted(text)
    if behind := _BEHIND.fullmatch(name):
        return _numbered(behind[1], locality, behind[2], behind[3], known)
    return Asked(spelt(name, known), spelt(locality, known))


def as_crossing(text: str, known: Abbreviations) -> tuple[str, str] | None:
    """Return the two streets of "Mission St & 5th St", spelt; None where the text names no crossing."""
    name, _ = _parted(text)
    for between in (_CROSSING_SIGNS, _CROSSING_WORDS):
        sides = [spelt(side, known) for side in between.split(name)]
        if len(sides) == 2 and all(sides):
            return sides[0], sides[1]
    return None


def house_number(text: str) -> tuple[int, str] | None:
    """Return the number and the whole text of a house number such as 12a; None where it begins with no number."""
    found = re.match(r"\s*(\d{1,6})", text, re.ASCII)
    return (int(found[1]), text.strip()[:20]) if found else None


def split_address(text: str) -> tuple[str, str] | None:
    """Return the number and the street of "12a Mission Street"; None where no number stands ahead."""
    found = _AHEAD.fullmatch(text)
    return (f"{found[1]}{found[2] or ''}", found[3]) if found else None


def _numbered(name: str, locality: str, digits: str, letter: str | None, known: Abbreviations) -> Asked:
    text = f"{int(digits)}{(letter or '').lower()}"
    return Asked(spelt(name, known), spelt(locality, known), int(digits), text)


def _parted(text: str) -> tuple[str, str]:
    name, _, locality = text.partition(",")
    return name, locality
