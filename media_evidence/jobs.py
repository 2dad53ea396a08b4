"""Work on evidence that no request waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from accounts.jobs import send
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from nethra.jobs.queue import enqueue, job

if TYPE_CHECKING:
    from media_evidence.models import Evidence


# The file is read between two short transactions.
@job(manages_transactions=True)
def inspect_evidence_job(*, access: Access, evidence_id: UUID) -> None:
    """Make smaller pictures of the file and read what it says about itself."""
    from media_evidence.findings import note_findings
    from media_evidence.inspecting import inspect
    from media_evidence.services import find_evidence

    with agency_scope(access):
        evidence = find_evidence(access, evidence_id)
    if evidence.is_disposed:
        return
    look = inspect(evidence)
    with agency_scope(access, reason="exhibit inspected"):
        note_findings(access=access, evidence=evidence, look=look)


# Pages are drawn between short transactions, in which progress is kept and an order to stop is heard.
@job(manages_transactions=True, once=True)
def make_redaction_job(*, access: Access, redaction_id: UUID) -> None:
    """Make a redacted copy, and check what remains in it."""
    from media_evidence.redaction.making import make

    make(access=access, redaction_id=redaction_id)


# The file is sent to the scanner between two short transactions.
@job(manages_transactions=True, once=True)
def scan_evidence_job(*, access: Access, evidence_id: UUID) -> None:
    """Scan an exhibit's file for malware; what fails is tried again when it is due."""
    from media_evidence.scanning import scan_evidence

    scan_evidence(access=access, evidence_id=evidence_id)


@job(once=True, cron="*/5 * * * *")
def order_due_scans_job(*, access: Access) -> None:
    """Order the scans that are due, where a scanner is set up and answers."""
    from media_evidence.scanning import order_due_scans

    order_due_scans(access=access)


@job(manages_transactions=True, once=True)
def make_disclosed_files(*, access: Access, disclosure_id: UUID) -> None:
    """Make the files that a recipient gets, and mail them the link once all are there."""
    from media_evidence.disclosing.making import make_files

    make_files(access=access, disclosure_id=disclosure_id)


@job(once=True)
def mail_disclosure_link(*, access: Access, disclosure_id: UUID) -> None:
    """Mail a link of its own to the recipient: the one that was shown is kept nowhere."""
    from media_evidence.disclosing.mails import mail_link

    mail_link(access=access, disclosure_id=disclosure_id)


@job(once=True)
def mail_disclosure_code(*, access: Access, disclosure_id: UUID) -> None:
    """Mail the recipient a code, drawn here since the queue holds ids only."""
    from media_evidence.disclosing.mails import mail_code

    mail_code(access=access, disclosure_id=disclosure_id)


@job(once=True)
def mail_failed_disclosure(*, access: Access, disclosure_id: UUID) -> None:
    """Tell whoever made a disclosure that a file of it could not be made."""
    from media_evidence.disclosing.mails import mail_failed

    mail_failed(access=access, disclosure_id=disclosure_id)


@job(once=True)
def mail_first_download(*, access: Access, disclosure_id: UUID) -> None:
    """Tell whoever made a disclosure that its recipient began to fetch it."""
    from media_evidence.disclosing.mails import mail_fetched

    mail_fetched(access=access, disclosure_id=disclosure_id)


# Five hours of the night at most; what is left is due the next night, and first then.
@job(manages_transactions=True, once=True, cron="17 1 * * *")
def verify_due_evidence(*, access: Access) -> None:
    """Check the files and chains of custody that were not checked for three weeks."""
    from media_evidence.fixity import verify_due

    verify_due(access=access, seconds=5 * 3600)


# Each is a transaction of its own: first the rows, then the file.
@job(manages_transactions=True, once=True, cron="37 * * * *")
def carry_out_disposals(*, access: Access) -> None:
    """Carry out the disposals that two people decided on and nobody called back."""
    from media_evidence.keeping.carrying import carry_out_due

    carry_out_due(access=access)


@job(once=True)
def mail_hand_over(*, access: Access, event_id: UUID) -> None:
    """Tell a colleague that an exhibit waits for them to accept it; one that was answered meanwhile is not told."""
    from media_evidence.models import CustodyEvent

    offer = CustodyEvent.objects.visible_to(access).select_related("evidence", "case").get(pk=event_id)
    if offer.to_person_id is not None and offer.evidence.offered_to_id == offer.to_person_id:
        send(
            access,
            offer.to_person_id,
            "media_evidence/mail/handed_over",
            "An exhibit waits for you",
            offer=offer,
        )


@job(once=True)
def mail_unsound_evidence(*, access: Access, user_id: UUID, evidence_id: UUID) -> None:
    """Tell somebody who manages evidence that a check found something wrong."""
    # Also who does not see the case is told that something is wrong: somebody has to look.
    evidence = _seen_by(access, user_id, evidence_id)
    send(access, user_id, "media_evidence/mail/unsound", "A check of the evidence failed", evidence=evidence)


@job(once=True)
def mail_infected_evidence(*, access: Access, user_id: UUID, evidence_id: UUID) -> None:
    """Tell somebody who manages evidence that malware was found in an exhibit, also where they do not see its case."""
    evidence = _seen_by(access, user_id, evidence_id)
    send(
        access, user_id, "media_evidence/mail/infected", "Malware was found in an exhibit", evidence=evidence
    )


def _seen_by(access: Access, user_id: UUID, evidence_id: UUID) -> Evidence | None:
    """Return an exhibit as a colleague sees it, None where its case is closed to them."""
    from accounts.models import User
    from accounts.roles import access_of_person
    from media_evidence.models import Evidence

    person = User.objects.colleagues_of(access).get(pk=user_id)
    seen = Evidence.objects.visible_to(access_of_person(person, access.source)).filter(pk=evidence_id)
    return seen.select_related("case").first()


@job(once=True)
def mail_discrepancy(*, access: Access, user_id: UUID, line_id: UUID) -> None:
    """Tell somebody who manages evidence that an inventory found something wrong."""
    from accounts.models import User
    from accounts.roles import access_of_person
    from media_evidence.models import InventoryLine

    person = User.objects.colleagues_of(access).get(pk=user_id)
    seen = InventoryLine.objects.visible_to(access_of_person(person, access.source)).filter(pk=line_id)
    line = seen.select_related("evidence", "case", "found_by").first()
    # Also who does not see the case is told that something is wrong: somebody has to look.
    send(access, user_id, "media_evidence/mail/discrepancy", "An inventory found something wrong", line=line)


# Before the day begins, in the time zones of most.
@job(once=True, cron="47 4 * * *")
def remind_of_overdue_items(*, access: Access) -> None:
    """Order a mail to everybody who manages evidence and sees something that should be back."""
    from media_evidence.room.inventories import managers_of

    for person in managers_of(access):
        enqueue(mail_overdue_items, agency_id=access.agency_id, user_id=person)


@job(once=True)
def mail_overdue_items(*, access: Access, user_id: UUID) -> None:
    """Tell somebody which exhibits that they see should be back; where there is none, nothing."""
    from accounts.models import User
    from accounts.roles import access_of_person
    from media_evidence.models import Item
    from media_evidence.room.moving import today

    person = User.objects.colleagues_of(access).get(pk=user_id)
    seen = Item.objects.visible_to(access_of_person(person, access.source)).overdue(today(access))
    items = list(seen.select_related("evidence", "case"))
    if items:
        send(access, user_id, "media_evidence/mail/overdue", "Exhibits that should be back", items=items)


@job(once=True, cron="17 * * * *")
def sweep_uploads_job(*, access: Access) -> None:
    """Remove what arrived of uploads that nobody goes on with, and forget those that ended long ago."""
    from media_evidence import parts
    from media_evidence.uploads import forget_uploads

    parts.sweep()
    forget_uploads(access=access)
