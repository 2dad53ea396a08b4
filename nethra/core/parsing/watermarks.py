"""For whom a copy was made, over all of it: who passes it on is named by it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from PIL import Image, ImageDraw

from nethra.core.parsing.fonts import font_of, undrawable
from nethra.core.parsing.regions import MARK

#: Of black and of white, of 255: one of them is seen on any ground, and the ground through both.
STRENGTH = 70
LEAST_SIZE, LINES_A_PAGE, DEGREES = 12, 45, 30
#: A longer line is broken: whole ones must fit a page.
SIGNS_A_LINE = 50
#: Between two of them, in heights of a line.
GAP = 2


def watermark(page: Image.Image, given_to: str) -> Image.Image:
    """Draw a line over a page again and again, slanted and see-through, and return the page; without one, as it is."""
    if not given_to:
        return page
    stamp = _stamp(given_to, max(LEAST_SIZE, min(page.size) // LINES_A_PAGE))
    for left, top in _places(page.size, stamp.size):
        page.paste("white", (left + 1, top + 1), stamp)
        page.paste("black", (left, top), stamp)
    return page


def framed(text: str, given_to: str) -> str:
    """Return a text with a line before and behind it; without one, as it is."""
    # SECURITY: a line that held the mark would be counted as a range that was taken out.
    line = given_to.replace(MARK, "")
    return f"{line}\n\n{text}\n\n{line}\n" if line else text


def _stamp(text: str, size: int) -> Image.Image:
    font = font_of(size)
    drawable = text.translate({ord(sign): "?" for sign in undrawable(text, font)})
    shown = "\n".join(textwrap.wrap(drawable, SIGNS_A_LINE))
    bounds = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), shown, font=font)
    left, top, right, bottom = (round(side) for side in bounds)
    stamp = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(stamp).multiline_text((-left, -top), shown, fill=STRENGTH, font=font)
    return stamp.rotate(DEGREES, Image.Resampling.BICUBIC, expand=True)


def _places(page: tuple[int, int], stamp: tuple[int, int]) -> Iterator[tuple[int, int]]:
    # Each row begins elsewhere, so that no strip of a page is without one.
    width, height = stamp
    for row, top in enumerate(range(-height // 2, page[1], max(1, height // GAP))):
        for left in range(-(row * width // 3) % width - width, page[0], width):
            yield left, top
