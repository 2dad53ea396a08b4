"""The NIBRS codes as this process knows them, and the offences of an incident as its own row states them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache

from django.db.models import F, Func, TextField

from incidents.models import OffenceCode
from incidents.rules import OffenceInput


@cache
def known_offences() -> Mapping[str, bool]:
    """Return every NIBRS code and whether it is retired; read once a process."""
    return dict(OffenceCode.objects.values_list("code", "is_retired"))


def stated(offences: Sequence[OffenceInput]) -> str:
    """Return ``Incident.stated_offences`` of offences, the first of which is the primary.

    To the letter what app.stated_offences() makes of their rows, so that the triggers find nothing to change.
    """
    rows = [
        {
            "code": offence.code,
            "completion": str(offence.completion),
            "category": str(offence.category_id) if offence.category_id else None,
            "is_primary": position == 0,
        }
        for position, offence in enumerate(offences)
    ]
    return json.dumps(rows, separators=(",", ":"))


def primary_offence() -> Func:
    """Return the SQL of an incident's primary NIBRS code, NULL where it has no offence.

    The primary stands first, its code between the third quotation mark and the fourth: a tile of thousands does not
    parse JSON.
    """
    code = "NULLIF(split_part(%(expressions)s, '\"', 4), '')"
    return Func(F("stated_offences"), template=code, output_field=TextField())
