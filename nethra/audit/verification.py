"""Whether the audit is what was written: every event's proof is computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from nethra.core.access import Access
from nethra.core.capabilities import Capability

# An event proves its public part and, by its hash, the guarded one: where that was blanked by order the hash stays,
# where it is there it must have that hash.
_CHECK = """
SELECT e.id,
       e.leaf = app.audit_leaf(e.id, e.agency_id, e.recorded_at, e.actor_id, e.action, e.entity, e.object_id, e.source,
                               e.request_id, e.address, e.reason, e.result, e.body, e.guarded_hash)
       AND (e.guarded IS NULL OR e.guarded_hash = sha256(e.salt || convert_to(e.guarded, 'UTF8'))),
       e.guarded IS NULL AND e.guarded_hash IS NOT NULL
FROM audit_auditevent e WHERE e.agency_id = %s
"""


@dataclass(frozen=True)
class Verification:
    """What a check of an agency's audit found; ``broken`` names the events whose proof does not hold."""

    events: int
    blanked: int
    broken: tuple[UUID, ...]


def verify_audit(access: Access) -> Verification:
    """Return whether each event of the agency still has the proof it was written with; raise NotAllowed."""
    access.require(Capability.VIEW_AUDIT)
    with connection.cursor() as cursor:
        cursor.execute(_CHECK, [access.agency_id])
        rows = cursor.fetchall()
    broken = tuple(key for key, holds, _ in rows if not holds)
    return Verification(len(rows), sum(1 for *_, is_blank in rows if is_blank), broken)
