"""The colours of maps and charts on paper, as the console has them."""

from __future__ import annotations

from insights.answers.base import Scale

RISING = ("#fef0d9", "#fdcc8a", "#fc8d59", "#e34a33", "#b30000")
AROUND_ZERO = ("#5e3c99", "#b2abd2", "#f3f4f6", "#fdb863", "#c24e00")
#: Okabe and Ito (2008), which people who see fewer colours tell apart too.
WORDS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#6b7280")


def colours(scale: Scale, count: int) -> tuple[str, ...]:
    """Return ``count`` colours from the least grade to the greatest; words beyond the eighth begin again."""
    if scale == Scale.WORDS:
        return tuple(WORDS[place % len(WORDS)] for place in range(count))
    ramp = RISING if scale == Scale.RISING else AROUND_ZERO
    if count == 1:
        return (ramp[2],) if scale == Scale.AROUND_ZERO else (ramp[3],)
    return tuple(_between(ramp, place / (count - 1)) for place in range(count))


def ink_on(colour: str) -> str:
    """Return black or white, whichever is read better on a colour (relative luminance of WCAG 2)."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else "#ffffff"


def _between(ramp: tuple[str, ...], share: float) -> str:
    at = share * (len(ramp) - 1)
    low = min(int(at), len(ramp) - 2)
    part = at - low
    mixed = (
        round(
            int(ramp[low][place : place + 2], 16) * (1 - part)
            + int(ramp[low + 1][place : place + 2], 16) * part
        )
        for place in (1, 3, 5)
    )
    return "#" + "".join(f"{one:02x}" for one in mixed)
