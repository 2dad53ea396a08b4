"""The NIBRS codes as this process knows them: migrations alone change the list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from incidents.models import OffenceCode


@cache
def known_offences() -> Mapping[str, bool]:
    """Return every NIBRS code and whether it is retired; read once a process."""
    return dict(OffenceCode.objects.values_list("code", "is_retired"))
