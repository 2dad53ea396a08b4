"""What an access sees among the few guarded incidents, looked up once for an answer that reads many."""

from __future__ import annotations

from dataclasses import replace

from incidents.policies import seen_guarded_sql
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Reach

#: With more of them, comparing each incident with a list costs more than planning the whole condition.
MOST_GUARDED = 200


def looked_up(access: Access) -> Access:
    """Return the access with the guarded incidents it sees, for the statements that follow in this transaction.

    Need to know is a long condition, and PostgreSQL takes longer to plan it than to find a hundred incidents by
    it. This statement is planned once for a connection; those that follow name its keys. The access comes back
    as it was where nothing is hidden from it, where it sees more than 200 such incidents, and for guests, who do
    not see the unguarded ones either.

    SECURITY: the list says what is seen, not what is hidden, so that whatever becomes guarded after it was made
    is hidden. It holds for one answer: never keep such an access.
    """
    if access.is_whole or access.reach is Reach.GUEST or access.seen_guarded is not None:
        return access
    found = rows.run(*seen_guarded_sql(access, MOST_GUARDED + 1), is_kept=True)
    return (
        access if len(found) > MOST_GUARDED else replace(access, seen_guarded=tuple(key for (key,) in found))
    )
