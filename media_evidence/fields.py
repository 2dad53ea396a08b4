"""The fields of evidence, declared once for every answer."""

from __future__ import annotations

from media_evidence.models import CustodyEvent, Evidence, FixityCheck
from nethra.core.fields import Declaration, Field, Kind

EVIDENCE = Declaration(
    "Evidence",
    Evidence,
    (
        Field("id", Kind.KEY),
        Field("case", Kind.KEY, source="case_id"),
        Field("case_number", Kind.TEXT, source="case__number"),
        Field("position", Kind.WHOLE, description="Counts within the case."),
        Field(
            "is_physical",
            Kind.FLAG,
            description="Whether it is a thing and has no file.",
        ),
        Field("title", Kind.TEXT),
        Field("description", Kind.TEXT),
        Field("media_type", Kind.TEXT),
        Field("camera_type", Kind.TEXT),
        Field("captured_at", Kind.TIME, description="When it was recorded, as an officer confirmed."),
        Field("proposed_captured_at", Kind.TIME, description="When it was recorded, as the file says."),
        Field("file_name", Kind.TEXT),
        Field("content_type", Kind.TEXT, description="Found in the content, whatever the name says."),
        Field("size", Kind.WHOLE, description="Bytes."),
        Field("sha256", Kind.TEXT),
        Field("uploaded_at", Kind.TIME, is_ordered=True),
        Field("uploaded_by", Kind.KEY, source="uploaded_by_id"),
        Field("has_thumbnail", Kind.FLAG),
        Field("integrity", Kind.TEXT, description="What the latest check of the stored file found."),
        Field(
            "is_chain_broken", Kind.FLAG, description="Whether that check found its chain of custody broken."
        ),
        Field("verified_at", Kind.TIME),
        Field("scan", Kind.TEXT, description="What a scan for malware said of the stored file."),
        Field("scanned_at", Kind.TIME),
        Field("scan_signature", Kind.TEXT, description="The malware that was found."),
        Field("scan_database", Kind.TEXT, description="The scanner, and the database that it knew then."),
        Field("scan_note", Kind.TEXT, description="Why there is no verdict."),
        Field("custody", Kind.TEXT, description="Where it stands."),
        Field("holder", Kind.KEY, source="holder_id", description="Who of the agency holds it."),
        Field("holder_name", Kind.TEXT, description="Who holds it, also outside of the agency."),
        Field("offered_to", Kind.KEY, source="offered_to_id", description="Who is to accept a hand-over."),
        Field("is_on_hold", Kind.FLAG, description="Whether a legal hold keeps it."),
        Field("custody_events", Kind.WHOLE, description="How many entries its chain of custody has."),
        Field("custody_head", Kind.TEXT, description="The hash of the last entry."),
        Field("updated_at", Kind.TIME),
    ),
)

CUSTODY_EVENT = Declaration(
    "CustodyEvent",
    CustodyEvent,
    (
        Field("id", Kind.KEY),
        Field("evidence", Kind.KEY, source="evidence_id"),
        Field("position", Kind.WHOLE, description="Counts within the exhibit's chain."),
        Field("kind", Kind.TEXT),
        Field("happened_at", Kind.TIME, description="When it happened, as was said."),
        Field("recorded_at", Kind.TIME, description="When it was written down, by the database's clock."),
        Field("is_late", Kind.FLAG, description="Whether that was more than a day later."),
        Field("recorded_by", Kind.KEY, source="recorded_by_id"),
        Field("recorded_by_name", Kind.TEXT),
        Field("from_person", Kind.KEY, source="from_person_id"),
        Field("from_name", Kind.TEXT),
        Field("to_person", Kind.KEY, source="to_person_id"),
        Field("to_name", Kind.TEXT),
        Field("place", Kind.TEXT),
        Field("seal_number", Kind.TEXT),
        Field("reason", Kind.TEXT),
        Field("location", Kind.KEY, source="location_id", description="Where a move leads."),
        Field("previous_seal", Kind.TEXT, description="Sealed: the seal that it bore before."),
        Field("seal_condition", Kind.TEXT, description="Checked in: what was seen of its seal."),
        Field("purpose", Kind.TEXT, description="Checked out: what for."),
        Field("due_back_on", Kind.DATE),
        Field("answers", Kind.KEY, source="answers_id", description="The hand-over that this answers."),
        Field("record", Kind.TEXT, description="What is hashed, word for word."),
        Field("previous_hash", Kind.TEXT),
        Field(
            "hash",
            Kind.TEXT,
            description="The SHA-256 of the hash before it, a line feed and the record.",
        ),
    ),
)

FIXITY_CHECK = Declaration(
    "FixityCheck",
    FixityCheck,
    (
        Field("id", Kind.KEY),
        Field("evidence", Kind.KEY, source="evidence_id"),
        Field("checked_at", Kind.TIME),
        Field("checked_by", Kind.KEY, source="checked_by_id", description="Nobody where the schedule did."),
        Field("source", Kind.TEXT),
        Field("integrity", Kind.TEXT, description="What hashing the stored file said."),
        Field("found_sha256", Kind.TEXT, description="The digest found; empty where there was no file."),
        Field("custody_breaks", Kind.WHOLE, description="In how many places the chain did not hold."),
    ),
)
