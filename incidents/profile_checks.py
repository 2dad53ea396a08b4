"""Typed reading of a parsed profile: every refusal is one sentence that names the file and the key."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from incidents.reference import offence_codes_by_code

Word = TypeVar("Word", bound=str)


class ProfileError(ValueError):
    """A profile that cannot be used; the text is one plain sentence."""


class Checked:
    """One table of a profile. Each method returns the value of a key or raises ProfileError."""

    def __init__(self, table: Mapping[str, Any], file: str, inside: str = "") -> None:
        self._table = table
        self._file = file
        self._inside = inside

    def error(self, key: str, problem: str) -> ProfileError:
        return ProfileError(f'{self._file}: the key "{self._inside}{key}" {problem}.')

    def only(self, keys: Sequence[str]) -> None:
        for key in self._table:
            if key not in keys:
                raise self.error(key, "is unknown")

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str) or not value:
            raise self.error(key, "must be text and not empty")
        return value

    def character(self, key: str) -> str:
        value = self.text(key)
        if len(value) != 1:
            raise self.error(key, "must be a single character")
        return value

    def encoding(self, key: str) -> str:
        value = self.text(key)
        try:
            codecs.lookup(value)
        except LookupError as error:
            raise self.error(key, f'names "{value}", an encoding that does not exist') from error
        return value

    def time_zone(self, key: str) -> str:
        value = self.text(key)
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise self.error(key, f'names "{value}", a time zone that does not exist') from error
        return value

    def whole_number(self, key: str) -> int:
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.error(key, "must be a positive whole number")
        return value

    def number(self, key: str) -> float:
        return self._number(key, self._get(key))

    def yes_or_no(self, key: str) -> bool:
        value = self._get(key)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def day(self, key: str) -> date:
        value = self._get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(key, "must be a date such as 2003-01-01")
        return value

    def choice(self, key: str, choices: tuple[Word, ...]) -> Word:
        value = self._get(key)
        for choice in choices:
            if value == choice:
                return choice
        raise self.error(key, f"must be {' or '.join(choices)}")

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._list(key)
        if not all(isinstance(value, str) and value for value in values):
            raise self.error(key, "must be a list of texts")
        return tuple(values)

    def words(self, key: str) -> dict[str, str]:
        table = self._dict(key)
        for name, value in table.items():
            if not isinstance(value, str):
                raise self.error(f"{key}.{name}", "must be text")
        return dict(table)

    def offence_codes(self, key: str) -> dict[str, str]:
        codes = self.words(key)
        for name, code in codes.items():
            self._offence_code(f"{key}.{name}", code)
        return codes

    def refinements(self, key: str) -> dict[str, tuple[tuple[str, str], ...]]:
        return {name: self._refinement(f"{key}.{name}", value) for name, value in self._dict(key).items()}

    def points(self, key: str) -> tuple[tuple[float, float], ...]:
        points = self._list(key)
        if not all(isinstance(point, list) and len(point) == 2 for point in points):
            raise self.error(key, "must be a list of [longitude, latitude]")
        return tuple((self._number(key, x), self._number(key, y)) for x, y in points)

    def table(self, key: str) -> Checked:
        return Checked(self._dict(key), self._file, f"{self._inside}{key}.")

    def tables(self, key: str) -> list[Checked]:
        entries = self._list(key)
        if not all(isinstance(entry, dict) for entry in entries):
            raise self.error(key, "must be a list of tables")
        return [Checked(entry, self._file, f"{key}[{n}].") for n, entry in enumerate(entries, start=1)]

    def known(self, key: str, words: Iterable[str], known: Sequence[str], kind: str) -> None:
        for word in words:
            if word not in known:
                raise self.error(key, f'names "{word}", which is not {kind}')

    def _refinement(self, key: str, value: object) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, list):
            raise self.error(key, "must be a list of [words, code]")
        return tuple(self._words_and_code(key, pair) for pair in value)

    def _words_and_code(self, key: str, pair: object) -> tuple[str, str]:
        if not isinstance(pair, list) or [type(word) for word in pair] != [str, str]:
            raise self.error(key, "must be a list of [words, code]")
        words, code = pair
        self._offence_code(key, code)
        return words, code

    def _offence_code(self, key: str, code: str) -> None:
        if code not in offence_codes_by_code():
            raise self.error(key, f'names "{code}", which is not an offence code')

    def _number(self, key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(key, "must be a number")
        return float(value)

    def _list(self, key: str) -> list[Any]:
        value = self._get(key)
        if not isinstance(value, list):
            raise self.error(key, "must be a list")
        return value

    def _dict(self, key: str) -> dict[str, Any]:
        value = self._get(key)
        if not isinstance(value, dict):
            raise self.error(key, "must be a table")
        return value

    def _get(self, key: str) -> Any:
        if key not in self._table:
            raise self.error(key, "is missing")
        return self._table[key]
