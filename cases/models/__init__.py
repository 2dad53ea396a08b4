"""Cases: what an agency makes of incidents, who works them, who sees them, and how they moved."""

from cases.models.access import (
    AccessRequest,
    CaseExclusion,
    CaseMember,
    CaseReading,
    CaseSeal,
    Emergency,
)
from cases.models.cases import Case, CaseCounter
from cases.models.expunging import ExpungeOrder
from cases.models.parts import CaseIncident, CaseStatusChange, CaseTask, InvolvedPerson
from cases.models.sharing import Share, ShareReading

__all__ = [
    "AccessRequest",
    "Case",
    "CaseCounter",
    "CaseExclusion",
    "CaseIncident",
    "CaseMember",
    "CaseReading",
    "CaseSeal",
    "CaseStatusChange",
    "CaseTask",
    "Emergency",
    "ExpungeOrder",
    "InvolvedPerson",
    "Share",
    "ShareReading",
]
