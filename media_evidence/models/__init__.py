"""Evidence: exhibits, what their files say, what became of them, checks, copies, disclosures, uploads, retention."""

from media_evidence.models.checks import FixityCheck
from media_evidence.models.custody import CustodyEvent
from media_evidence.models.disclosure import DisclosedFile, Disclosure, DisclosureCode, DisclosureDownload
from media_evidence.models.evidence import Evidence
from media_evidence.models.facts import FileFacts
from media_evidence.models.keeping import Disposal, DisposalCertificate, ExhibitCategory, RetentionCategory
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
    "Redaction",
    "ReleaseCheck",
    "RetentionCategory",
    "Upload",
]
