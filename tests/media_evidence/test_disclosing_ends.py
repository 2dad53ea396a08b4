"""What a disposal and an order to expunge leave of disclosures, where everything commits."""

from __future__ import annotations

import pytest
from django.test import Client

from cases.expunging import approve_expunge, ask_expunge
from media_evidence.contents import is_file_needed
from media_evidence.jobs import carry_out_disposals, make_disclosed_files
from media_evidence.models import DisclosedFile, Disclosure, DisclosureCode, DisclosureDownload, Evidence
from nethra.core.access import operator_access
from nethra.core.errors import Gone
from nethra.core.scope import agency_scope
from tests.support.disclosing import fetched, files_of, give, let_in, make_copy
from tests.support.files import jpeg
from tests.support.keeping import approved, fresh, let_a_week_pass, make_due
from tests.support.people import Cast, access_for
from tests.support.secrets import ORDER
from tests.support.stored import is_stored

pytestmark = pytest.mark.django_db(transaction=True)


def disclosed(cast: Cast, *exhibits: Evidence) -> tuple[Disclosure, str]:
    """Return a disclosure of copies of these exhibits, all made, and the path of its link."""
    copies = [make_copy(cast.supervisor, exhibit) for exhibit in exhibits]
    disclosure, path = give(cast, exhibits[0].case, copies)
    make_disclosed_files(agency_id=cast.north.pk, disclosure_id=disclosure.pk)
    return disclosure, path


def test_a_disposal_takes_the_files_of_its_exhibit_and_no_others(committed_cast: Cast) -> None:
    cast = committed_cast
    gone, kept = make_due(cast, jpeg(), jpeg((1, 2, 3)))
    disclosure, path = disclosed(cast, gone, kept)
    browser, files = let_in(disclosure, path), {file.evidence_id: file for file in files_of(disclosure)}
    approved(cast, gone)
    let_a_week_pass()
    carry_out_disposals(agency_id=cast.north.pk)

    assert fresh(gone).is_disposed
    assert [is_stored(files[exhibit.pk]) for exhibit in (gone, kept)] == [False, True]
    told = {file.evidence_id: file for file in files_of(disclosure)}
    refused = fetched(browser, path, told[gone.pk].pk)
    assert (refused.status_code, "not available any more" in refused.content.decode()) == (410, True)
    assert fetched(browser, path, told[kept.pk].pk).status_code == 200
    # A backup that brings the file back brings an orphan.
    with agency_scope(operator_access(cast.north.pk)):
        assert not is_file_needed(cast.north.pk, told[gone.pk].sha256)
    with pytest.raises(Gone):
        give(cast, kept.case, [told[gone.pk].redaction])


def test_an_order_to_expunge_takes_rows_and_files(committed_cast: Cast) -> None:
    cast = committed_cast
    (exhibit,) = make_due(cast)
    disclosure, path = disclosed(cast, exhibit)
    (file,) = files_of(disclosure)
    fetched(let_in(disclosure, path), path, file.pk)
    admin, supervisor = access_for(cast.admin), access_for(cast.supervisor)
    with agency_scope(admin):
        order = ask_expunge(access=admin, kind="case", subject_id=exhibit.case_id, **ORDER)
    with agency_scope(supervisor):
        order = approve_expunge(access=supervisor, order=order)

    assert (file.sha256 in order.files_destroyed, is_stored(file)) == (True, False)
    with agency_scope(operator_access(cast.north.pk)):
        for model in (DisclosureDownload, DisclosureCode, DisclosedFile, Disclosure):
            assert not model._base_manager.exists(), model
    assert Client().get(path).status_code == 404
