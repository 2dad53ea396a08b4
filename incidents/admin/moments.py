"""Moments and spans of time, as the console shows them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format


def moment(at: datetime) -> str:
    """Return a moment in the agency's zone, as lists show it."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def span(start: datetime, end: datetime) -> str:
    """Return when something happened: a moment, or from when until when."""
    if end - start < timedelta(minutes=1):
        return moment(start)
    first, last = timezone.localtime(start), timezone.localtime(end)
    if first.date() == last.date():
        return f"{moment(start)} to {last:%H:%M}"
    return f"{moment(start)} to {date_format(last, 'j M H:i') if first.year == last.year else moment(end)}"
