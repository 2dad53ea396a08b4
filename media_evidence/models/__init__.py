"""Evidence: exhibits, what their files say, what became of them, what checks found, copies, files on their way."""

from media_evidence.models.checks import FixityCheck
from media_evidence.models.custody import CustodyEvent
from media_evidence.models.evidence import Evidence
from media_evidence.models.facts import FileFacts
from media_evidence.models.redaction import Redaction, ReleaseCheck
from media_evidence.models.uploads import Upload

__all__ = ["CustodyEvent", "Evidence", "FileFacts", "FixityCheck", "Redaction", "ReleaseCheck", "Upload"]
