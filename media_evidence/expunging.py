"""What expunging a case means for its exhibits: rows go with the transaction, files with its commit."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.dispatch import receiver

from cases.signals import case_about_to_be_expunged
from media_evidence import parts, store
from media_evidence.contents import is_file_needed, lock_content, made_digests
from media_evidence.models import Evidence, Upload
from nethra.core.access import Access
from nethra.core.scope import agency_scope

logger = logging.getLogger(__name__)


@receiver(case_about_to_be_expunged)
def expunge_evidence(sender: Any, access: Access, order: Any, case_id: UUID, **_: Any) -> list[str]:
    """Remove the case's exhibits and return the digests of their files."""
    of_case = Evidence._base_manager.filter(agency_id=access.agency_id, case_id=case_id)
    exhibits = list(of_case.values_list("pk", flat=True))
    made = made_digests(access.agency_id, case_id=case_id)
    _expunge_uploads(access, case_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.expunge_file_facts(%s)", [order.pk])
        cursor.execute("SELECT app.expunge_keeping(%s)", [order.pk])
        cursor.execute("SELECT app.expunge_disclosures(%s)", [order.pk])
        cursor.execute("SELECT app.expunge_redactions(%s)", [order.pk])
        cursor.execute("SELECT app.expunge_items(%s)", [order.pk])
        cursor.execute("SELECT app.expunge_evidence(%s)", [order.pk])
        # A thing has no digest.
        digests: list[str] = sorted({*cursor.fetchone()[0], *made} - {""})
    transaction.on_commit(lambda: destroy(access, exhibits, digests))
    return digests


def _expunge_uploads(access: Access, case_id: UUID) -> None:
    """Remove what is on its way to the case, and what says that something was taken in."""
    uploads = Upload._base_manager.filter(agency_id=access.agency_id, case_id=case_id)
    for upload_id in list(uploads.values_list("pk", flat=True)):
        transaction.on_commit(partial(parts.discard, upload_id))
    uploads.delete()


def destroy(access: Access, exhibits: list[UUID], digests: list[str]) -> None:
    """Remove what was made of exhibits, and files that no other one of the agency has; a sweep takes what stays."""
    for exhibit in exhibits:
        for path in store.derived_paths(access.agency_id, exhibit):
            path.unlink(missing_ok=True)
    for digest in digests:
        with agency_scope(access, reason="expunged by order"):
            lock_content(access.agency_id, digest)
            if not is_file_needed(access.agency_id, digest):
                _remove(access, digest)


def _remove(access: Access, digest: str) -> None:
    try:
        store.files().remove(access.agency_id, digest)
    except OSError:
        # What a disk or a bucket's lock keeps is told by verify_evidence as a file without an exhibit.
        logger.exception("A file of an expunged case of the agency %s could not be removed", access.agency_id)
