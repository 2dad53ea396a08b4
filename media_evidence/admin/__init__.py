"""The console's pages for evidence, and what evidence hangs on the pages of cases."""

from __future__ import annotations

from media_evidence.admin import (
    cases,
    disclosing,
    disclosures,
    evidence,
    inventories,
    items,
    keeping,
    locations,
    uploads,
)

__all__ = [
    "cases",
    "disclosing",
    "disclosures",
    "evidence",
    "inventories",
    "items",
    "keeping",
    "locations",
    "uploads",
]
