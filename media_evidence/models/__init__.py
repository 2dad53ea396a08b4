"""Evidence: exhibits, files and things, what became of them, checks, copies, disclosures, retention, the room."""

from media_evidence.models.checks import FixityCheck
from media_evidence.models.custody import CustodyEvent
from media_evidence.models.disclosure import DisclosedFile, Disclosure, DisclosureCode, DisclosureDownload
from media_evidence.models.evidence import Evidence
from media_evidence.models.facts import FileFacts
from media_evidence.models.inventories import Inventory, InventoryLine
from media_evidence.models.items import Item
from media_evidence.models.keeping import Disposal, DisposalCertificate, ExhibitCategory, RetentionCategory
from media_evidence.models.locations import StorageLocation
from media_evidence.models.redaction import Redaction, ReleaseCheck
from media_evidence.models.uploads import Upload

__all__ = [
    "CustodyEvent",
    "DisclosedFile",
    "Disclosure",
    "DisclosureCode",
    "DisclosureDownload",
    "Disposal",
    "DisposalCertificate",
    "Evidence",
    "ExhibitCategory",
    "FileFacts",
    "FixityCheck",
    "Inventory",
    "InventoryLine",
    "Item",
    "Redaction",
    "ReleaseCheck",
    "RetentionCategory",
    "StorageLocation",
    "Upload",
]
