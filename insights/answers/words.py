"""Figures as they are said in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def told_share(share: float) -> str:
    """Return a share of 0 to 1 in per cent, such as 27 % or 0.4 %."""
    return f"{100 * share:.{0 if share == 0 or share >= 0.1 else 1}f} %".replace(".0 %", " %")


def told_p(p: float) -> str:
    """Return a chance to three digits, such as p .004 or p < .001."""
    if p < 0.001:
        return "p < .001"
    return "p 1" if p >= 0.9995 else f"p {p:.3f}".replace("0.", ".")


def told_list(names: Sequence[str]) -> str:
    """Return names with commas and an "and" before the last."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def was_or_were(count: int) -> str:
    """Return the verb that goes with so many."""
    return "was" if count == 1 else "were"


def is_or_are(count: int) -> str:
    """Return the verb that goes with so many."""
    return "is" if count == 1 else "are"
