"""What rose, what fell and what is only noise, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from insights.documents.briefing import FALL, NOISE, RISE, BriefingRow, Change, Compared

#: Changes that the first page tells each, and names that it lists; the table has them all.
MOST_TOLD, MOST_NAMED = 5, 6


def percent_of(change: Change) -> str:
    """Return the change in per cent with its sign, or that nothing was before."""
    if change.percent is None:
        return "new" if change.now else "\N{EN DASH}"
    if round(change.percent) == 0:
        return "0 %"
    return f"{change.percent:+,.0f} %".replace("-", "\N{MINUS SIGN}")


def z_of(change: Change) -> str:
    """Return z with its sign."""
    if round(change.z, 1) == 0:
        return "0.0"
    return f"{change.z:+.1f}".replace("-", "\N{MINUS SIGN}")


def sentences(rows: Sequence[BriefingRow], place: int, compared: Compared) -> list[str]:
    """Return what to say of the rows by one comparison: rises, falls, then what is noise; strongest first."""
    if not compared.is_covered:
        return [f"The data do not reach back over {compared.against}, so nothing is said of it."]
    if not rows:
        return ["Nothing was counted."]
    told = []
    for verdict, verb in ((RISE, "rose"), (FALL, "fell")):
        found = sorted(
            (row for row in rows if row.changes[place].verdict == verdict),
            key=lambda row: (-abs(row.changes[place].z), row.name),
        )
        told += [_sentence(row.name, row.changes[place], verb, compared) for row in found[:MOST_TOLD]]
        if len(found) > MOST_TOLD:
            told.append(f"{len(found) - MOST_TOLD} more {verb} beyond noise: see the table.")
    if not told:
        told.append("Nothing rose or fell beyond noise.")
    return told + _noise([row for row in rows if row.changes[place].verdict == NOISE], place)


def _sentence(name: str, change: Change, verb: str, compared: Compared) -> str:
    arrow = "▲" if verb == "rose" else "▼"
    by = "" if change.percent is None else f"{percent_of(change)}, "
    return (
        f"{arrow} {name} {verb} beyond noise: {change.now:,}, against {change.before:,} in {compared.against}"
        f" ({by}z {z_of(change)})."
    )


def _noise(rows: list[BriefingRow], place: int) -> list[str]:
    moved = sorted(
        (row for row in rows if row.changes[place].now != row.changes[place].before),
        key=lambda row: (-abs(row.changes[place].z), row.name),
    )
    said = []
    if moved:
        names = ", ".join(
            f"{row.name} ({row.changes[place].before:,} to {row.changes[place].now:,})"
            for row in moved[:MOST_NAMED]
        )
        others = f" and {len(moved) - MOST_NAMED} more" if len(moved) > MOST_NAMED else ""
        said.append(f"Only noise: {names}{others}.")
    if still := len(rows) - len(moved):
        said.append(f"Unchanged: {still}.")
    return said
