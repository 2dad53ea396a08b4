"""The errors services raise. Interfaces turn them into problem details, form errors or exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model


class DomainError(Exception):
    """Something the caller asked for cannot be done.

    ``code`` is stable for programs, ``message`` is one plain sentence, ``errors`` holds sentences per
    field, ``status`` is the HTTP status an API answers with.
    """

    status = 422
    code = "invalid"
    message = "This cannot be done."
    #: Whether what was written before the error stays (a failed sign-in is recorded, a failed change is not).
    keeps_writes = False

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        errors: Mapping[str, list[str]] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.errors = dict(errors or {})
        #: What programs are told besides: members of the problem details.
        self.facts = dict(facts or {})
        super().__init__(self.message)


class InvalidInput(DomainError):
    """A value is wrong; ``errors`` says which."""

    status = 400
    code = "invalid_input"
    message = "Some of the values are not right."


class NotSignedIn(DomainError):
    """Nobody is signed in, or no longer."""

    status = 401
    code = "not_signed_in"
    message = "Please sign in first."
    keeps_writes = True


class NotAllowed(DomainError):
    """Yours, but not this action."""

    status = 403
    code = "not_allowed"
    message = "Your role does not allow this."


class ProofNeeded(NotAllowed):
    """Allowed, but not on the strength of a sign-in that is long ago."""

    code = "step_up_required"
    message = "Confirm first that it is you: POST /auth/step-up, or the console's page that asks for it."


class AccessRequired(NotAllowed):
    """There, but closed to this person, who may ask for access; ``facts`` are the stub that they may know."""

    code = "access_required"
    message = "This case is closed to you; you can ask for access."


class ReasonNeeded(NotAllowed):
    """Open to this person, once they say why they read it."""

    code = "reason_required"
    message = "Say why you read this: the header X-Reading-Reason, or the console's page that asks."

    def __init__(self, row: Model) -> None:
        #: What is read.
        self.row = row
        super().__init__(facts={str(row._meta.model_name): {"id": str(row.pk), "number": str(row)}})


class Busy(DomainError):
    """Too much of this at once; later it will work."""

    status = 503
    code = "busy"
    message = "Too many people are signing in at this moment; try again in a minute."


class NotFound(DomainError):
    """Not there, or not yours: the two look the same on purpose."""

    status = 404
    code = "not_found"
    message = "There is no such record."


class Conflict(DomainError):
    """Somebody or something was first."""

    status = 409
    code = "conflict"
    message = "The record has changed in the meantime."


class Gone(DomainError):
    """It was here, and is not any more; what says so stays."""

    status = 410
    code = "gone"
    message = "This was disposed of."


class PreconditionNeeded(DomainError):
    """A change that does not say of which version it is would overwrite what somebody else just wrote."""

    status = 428
    code = "precondition_required"
    message = "Say by If-Match which version you change: the ETag that came with it."


class PreconditionFailed(DomainError):
    """Somebody else was first."""

    status = 412
    code = "changed_meanwhile"
    message = "The record was changed since you read it: read it again."


class UnscopedRead(RuntimeError):
    """A programming error: rows were read without saying for whom."""
