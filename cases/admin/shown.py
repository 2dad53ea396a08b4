"""A shared record as people read it: facts as pairs, each part as a table."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from cases.choices import CaseStatus, Clearance, InvolvedRole, Priority, TaskStatus
from incidents.admin.moments import moment

PARTS = {
    "incidents": "Incidents",
    "people": "People",
    "tasks": "Tasks",
    "evidence": "Evidence",
    "history": "Status history",
}


def tables_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return a shared record as tables: facts as pairs, each part as heads and rows."""
    parts = []
    for key, title in PARTS.items():
        rows = record.get(key) or []
        heads = list(dict.fromkeys(name for row in rows for name in row if name != "id"))
        shown = [
            {"id": row.get("id", ""), "cells": [_plain(row.get(head)) for head in heads]} for row in rows
        ]
        parts.append({"key": key, "title": title, "heads": [_head(head) for head in heads], "rows": shown})
    case = record.get("case") or {}
    return {
        "facts": [(_head(name), _plain(value)) for name, value in case.items()],
        "parts": [part for part in parts if part["rows"]],
        **{name: record[name] for name in ("id", "from", "level", "until", "lead_state", "may_reshare")},
    }


def _head(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _plain(value: Any) -> str:
    if isinstance(value, dict) and value.get("type") == "Point":
        longitude, latitude = value["coordinates"]
        return f"{latitude:.5f}, {longitude:.5f}"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, str) and _MOMENT.match(value):
        return moment(datetime.fromisoformat(value))
    return _LABELS.get(value, str(value)) if value not in (None, "") else "-"


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
#: Words of the tables as people read them.
_LABELS: dict[Any, str] = {
    value: str(label)
    for choices in (CaseStatus, Clearance, InvolvedRole, Priority, TaskStatus)
    for value, label in choices.choices
}
