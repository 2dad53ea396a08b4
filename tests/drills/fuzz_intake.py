"""Changed files through the whole intake: each is stored as it came and has a plain note, or is refused in a sentence.

Run by script/drill fuzz, with the number of files in FUZZ_FILES.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from media_evidence.jobs import inspect_evidence_job
from media_evidence.models import FileFacts
from media_evidence.services import add_evidence
from nethra.core.errors import DomainError
from nethra.core.scope import agency_scope
from tests.api.calls import get
from tests.support.cases import make_case
from tests.support.files import arrived
from tests.support.mutations import mutants, originals
from tests.support.people import Cast, access_for, console_client
from tests.support.stored import content_of

COUNT, SEED = int(os.environ.get("FUZZ_FILES", "100")), int(os.environ.get("FUZZ_SEED", "2"))
#: Of so many one is asked for over the API and opened in the console.
SHOWN_OF = 25


@pytest.mark.django_db
def test_every_file_is_kept_and_explained_or_refused(cast: Cast, evidence_dir: Path) -> None:
    access = access_for(cast.officer)
    case, outcomes, sentences = make_case(access), Counter[str](), list[str]()
    for number, (name, content) in enumerate(mutants(originals(), SEED, COUNT)):
        file = arrived(content, name)
        try:
            with agency_scope(access):
                evidence = add_evidence(access=access, case=case, file=file)
        except DomainError as refused:
            outcomes[f"refused: {refused.code}"] += 1
            sentences += [refused.message, *(said for each in refused.errors.values() for said in each)]
            continue
        finally:
            file.close()
            file.path.unlink()
        inspect_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
        assert content_of(evidence) == content, name
        with agency_scope(access):
            facts = FileFacts.objects.visible_to(access).get(evidence_id=evidence.pk)
        assert not facts.note or facts.note.endswith("."), name
        outcomes[f"stored: {facts.note or 'read whole'}"] += 1
        if number % SHOWN_OF == 0:
            assert get(cast.officer, f"evidence/{evidence.pk}/facts").status_code == 200, name
            page = console_client(cast.officer).get(f"/console/media_evidence/evidence/{evidence.pk}/change/")
            assert page.status_code == 200, name
    for outcome, times in outcomes.most_common():
        print(f"{times:7,}  {outcome}")
    assert outcomes.total() == COUNT
    assert [said for said in sentences if not said.endswith(".")] == []
