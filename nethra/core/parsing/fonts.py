"""The font that pages are written with."""

from __future__ import annotations

from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
#: Debian's fonts-dejavu-core, which has most alphabets; Pillow's own font has the Latin one.
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


def font_of(size: int) -> Font:
    """Return the font in a size, in pixels."""
    return ImageFont.truetype(FONT, size) if FONT.is_file() else ImageFont.load_default(size)


def undrawable(text: str, font: Font) -> set[str]:
    """Return the signs of a text that the font does not have."""
    # Such a sign is drawn as a box, like one that is none.
    nothing = bytes(font.getmask("\uffff"))
    return {sign for sign in set(text) if not sign.isspace() and bytes(font.getmask(sign)) == nothing}
