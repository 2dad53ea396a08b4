"""The words evidence is described with."""

from __future__ import annotations

from django.db import models


class MediaType(models.TextChoices):
    """What a file shows."""

    PHOTO = "photo", "Photo"
    VIDEO = "video", "Video"
    AUDIO = "audio", "Audio"
    DOCUMENT = "document", "Document"
    OTHER = "other", "Other"


class CameraType(models.TextChoices):
    """What recorded it."""

    BODY = "body", "Body-worn camera"
    DASH = "dash", "Dash camera"
    CCTV = "cctv", "CCTV"
    PHONE = "phone", "Phone"
    DRONE = "drone", "Drone"
    OTHER = "other", "Other"


class Integrity(models.TextChoices):
    """What the latest check of the stored file found."""

    UNCHECKED = "unchecked", "Not checked since it was taken in"
    INTACT = "intact", "Intact"
    ALTERED = "altered", "Altered"
    MISSING = "missing", "Missing"
    DISPOSED = "disposed", "Disposed of"
    NO_FILE = "no_file", "No file: a physical exhibit"


class ScanState(models.TextChoices):
    """What a scan for malware said of the stored file."""

    NOT_SCANNED = "not_scanned", "Not scanned"
    WAITING = "waiting", "Waiting"
    CLEAN = "clean", "Clean"
    INFECTED = "infected", "Infected"
    FAILED = "failed", "Scan failed"


class CustodyState(models.TextChoices):
    """Where an exhibit stands."""

    HELD = "held", "In custody"
    OFFERED = "offered", "Handed over, not accepted yet"
    RELEASED = "released", "Released"
    DISPOSED = "disposed", "Disposed of"


class CustodyKind(models.TextChoices):
    """What happened to an exhibit."""

    COLLECTED = "collected", "Collected"
    RECEIVED = "received", "Received"
    TRANSFERRED = "transferred", "Handed over"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Hand-over withdrawn"
    VIEWED = "viewed", "Viewed"
    DOWNLOADED = "downloaded", "Downloaded"
    ANALYSED = "analysed", "Analysed"
    COPIED = "copied", "Redacted copy made"
    RELEASED = "released", "Released"
    RETURNED = "returned", "Returned"
    DISPOSED = "disposed", "Disposed of"
    HOLD_SET = "hold_set", "Legal hold placed"
    HOLD_LIFTED = "hold_lifted", "Legal hold lifted"
    CORRECTED = "corrected", "Correction"
    MOVED = "moved", "Moved"
    SEALED = "sealed", "Sealed"


class ItemKind(models.TextChoices):
    """What a physical exhibit is."""

    DRUG = "drug", "Drug"
    FIREARM = "firearm", "Firearm"
    CASH = "cash", "Cash"
    DOCUMENT = "document", "Document"
    DEVICE = "device", "Device"
    CLOTHING = "clothing", "Clothing"
    BIOLOGICAL = "biological", "Biological"
    OTHER = "other", "Other"


#: What is stolen from evidence rooms, and counted first.
HIGH_VALUE = (ItemKind.DRUG, ItemKind.FIREARM, ItemKind.CASH)


class Unit(models.TextChoices):
    """What a quantity counts."""

    PIECE = "piece", "Pieces"
    GRAM = "gram", "Grams"
    KILOGRAM = "kilogram", "Kilograms"
    MILLILITRE = "millilitre", "Millilitres"
    LITRE = "litre", "Litres"
    METRE = "metre", "Metres"
    NOTE = "note", "Notes and coins"


class Purpose(models.TextChoices):
    """What a physical exhibit is checked out for."""

    COURT = "court", "Court"
    LABORATORY = "laboratory", "Laboratory"
    EXAMINATION = "examination", "Examination"
    VIEWING = "viewing", "Viewing by a party"
    OTHER = "other", "Other"


class SealCondition(models.TextChoices):
    """What was seen of a seal when an exhibit came back."""

    INTACT = "intact", "Intact"
    BROKEN = "broken", "Broken"
    NONE = "none", "It bears none"


class Finding(models.TextChoices):
    """What an inventory found of one exhibit."""

    FOUND = "found", "Found"
    MISSING = "missing", "Missing"
    WRONG_PLACE = "wrong_place", "In the wrong place"
    SEAL_BROKEN = "seal_broken", "Its seal is broken"


#: Findings that somebody has to look into.
DISCREPANCIES = (Finding.MISSING, Finding.WRONG_PLACE, Finding.SEAL_BROKEN)


class ClockStart(models.TextChoices):
    """From when the days of a retention category count."""

    CASE_CLOSED = "case_closed", "When the case was closed"


class DisposalState(models.TextChoices):
    """What became of a request to dispose of an exhibit."""

    WAITING = "waiting", "Waits for a second person"
    APPROVED = "approved", "Approved, can be called back"
    DECLINED = "declined", "Declined"
    CALLED_BACK = "called_back", "Called back"
    DONE = "done", "Carried out"


#: What is not over.
UNDER_WAY = (DisposalState.WAITING, DisposalState.APPROVED)


class FileFate(models.TextChoices):
    """What became of a disposed exhibit's file, as was looked up afterwards."""

    DESTROYED = "destroyed", "Destroyed: no file of this SHA-256 is in the store"
    SHARED = "shared", "Kept: another exhibit of the agency has the same content"
    NO_FILE = "no_file", "It had none: a thing, destroyed before a witness"


class RedactionState(models.TextChoices):
    """How far a redacted copy is."""

    WAITING = "waiting", "Waiting"
    WORKING = "working", "Being made"
    MADE = "made", "Made"
    FAILED = "failed", "Could not be made"
    CANCELLED = "cancelled", "Cancelled"


class RedactionReason(models.TextChoices):
    """Why a region is taken out of a copy."""

    VICTIM = "victim", "Victim"
    JUVENILE = "juvenile", "Juvenile"
    INFORMANT = "informant", "Informant"
    THIRD_PARTY = "third_party", "Third party"
    OTHER = "other", "Other"


class DisclosureState(models.TextChoices):
    """How a disclosure stands."""

    PREPARING = "preparing", "Being prepared"
    FAILED = "failed", "A file could not be made"
    OPEN = "open", "Open"
    OVER = "over", "Over"
    REVOKED = "revoked", "Revoked"


class Preview(models.TextChoices):
    """What is shown of a file without opening it."""

    PICTURE = "picture", "Picture"
    TEXT = "text", "Text"


#: Content types of documents that are not text.
DOCUMENT_TYPES = (
    "application/pdf",
    "application/msword",
    "application/rtf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument",
    "application/vnd.openxmlformats-officedocument",
)
_BY_FAMILY = {"image": MediaType.PHOTO, "video": MediaType.VIDEO, "audio": MediaType.AUDIO}


def media_type_of(content_type: str) -> MediaType:
    """Return what a file of this content type shows."""
    family = content_type.partition("/")[0]
    if family == "text" or content_type.startswith(DOCUMENT_TYPES):
        return MediaType.DOCUMENT
    return _BY_FAMILY.get(family, MediaType.OTHER)


def breaches_of_media_type(declared: str, content_type: str) -> list[str]:
    """Return what is wrong with what a file is said to show: a photo, a video, a sound must be one."""
    found = media_type_of(content_type)
    if declared in _BY_FAMILY.values() and declared != found:
        label = MediaType(declared).label.lower()
        return [f"The file's content is {content_type}, which is no {label}."]
    return []
