"""Changing files at random, and again the same way for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.support import seeds

#: Numbers at which parsers stumble.
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
MOST_CHANGES = 4


def originals() -> dict[str, list[bytes]]:
    """Return whole files of each kind; films only where ffmpeg is there to make them."""
    found = {
        "JPEG": [seeds.picture(), seeds.picture(size=(700, 500), progressive=True)],
        "PNG": [seeds.picture("PNG"), seeds.picture("PNG", size=(300, 200))],
        "TIFF": [seeds.picture("TIFF"), seeds.picture("TIFF", compression="tiff_lzw")],
        "HEIC": [seeds.picture("HEIF"), seeds.picture("HEIF", size=(300, 200))],
        "PDF": [seeds.pdf(), seeds.pdf(pages=5)],
        "ZIP": [seeds.zipped({"a.txt": b"a" * 500, "b/c.bin": bytes(300)}), seeds.docx(), seeds.odt()],
    }
    return {**found, "MP4": [seeds.film(), seeds.film("mov")]} if seeds.has_ffmpeg() else found


def mutants(
    files: dict[str, list[bytes]], seed: int, count: int, first: int = 0
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of changed files, the kinds in turn."""
    kinds = sorted(files)
    for number in range(first, first + count):
        dice = Random(f"{seed}/{number}")
        kind = kinds[number % len(kinds)]
        content = bytearray(dice.choice(files[kind]))
        for _ in range(dice.randint(1, MOST_CHANGES)):
            dice.choice(CHANGES)(content, dice, files)
        yield f"{kind}-{seed}-{number}", bytes(content)


def _place(content: bytearray, dice: Random) -> int:
    # Heads hold what parsers believe.
    return dice.randrange(min(len(content), 512) if dice.random() < 0.5 else len(content))


def _flip(content: bytearray, dice: Random, files: object) -> None:
    for _ in range(dice.randint(1, 24) if content else 0):
        content[_place(content, dice)] = dice.randrange(256)


def _number(content: bytearray, dice: Random, files: object) -> None:
    if content:
        width, order = dice.choice((1, 2, 4)), dice.choice(("big", "little"))
        value = dice.choice(NUMBERS) & ((1 << 8 * width) - 1)
        place = _place(content, dice)
        content[place : place + width] = value.to_bytes(width, order)  # type: ignore[arg-type]


def _cut(content: bytearray, dice: Random, files: object) -> None:
    del content[dice.randrange(len(content) + 1) :]


def _remove(content: bytearray, dice: Random, files: object) -> None:
    if content:
        place = _place(content, dice)
        del content[place : place + dice.randint(1, 64)]


def _repeat(content: bytearray, dice: Random, files: object) -> None:
    if content:
        place = _place(content, dice)
        content[place:place] = content[place : place + dice.randint(1, 256)] * dice.randint(1, 40)


def _splice(content: bytearray, dice: Random, files: dict[str, list[bytes]]) -> None:
    other = dice.choice(files[dice.choice(sorted(files))])
    place = dice.randrange(len(content) + 1)
    content[place:place] = other[dice.randrange(len(other)) :][: dice.randint(1, 4096)]


CHANGES: tuple[Callable[[bytearray, Random, dict[str, list[bytes]]], None], ...] = (
    _flip,
    _flip,
    _number,
    _number,
    _cut,
    _remove,
    _repeat,
    _splice,
)
