"""Days of methods as people write them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

EPOCH = date(1970, 1, 1)


def told_day(day: float) -> str:
    """Return the date of days since 1970-01-01, such as 3 May 2024; "an unknown day" beyond the calendar."""
    try:
        told = EPOCH + timedelta(days=int(np.floor(day)))
    except (OverflowError, ValueError):
        return "an unknown day"
    return f"{told.day} {told:%B %Y}"


def told_days(first: float, until: float) -> str:
    """Return a period whose last day is the one before ``until``, such as from 3 May 2024 to 9 May 2024."""
    last = np.ceil(until) - 1
    if last <= np.floor(first):
        return f"on {told_day(first)}"
    return f"from {told_day(first)} to {told_day(last)}"
