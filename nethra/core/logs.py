"""Log lines: JSON for machines or plain for people, with their request's id, and with nothing that somebody wrote.

An exception's own text often quotes what it was given, so that a log tells where it came from and of what kind it
is, and leaves the text out; the request's id leads from the answer to the line.
"""

from __future__ import annotations

import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson
from django.core.exceptions import ImproperlyConfigured

#: The request that this thread answers, or the job it does.
current_request: ContextVar[str] = ContextVar("current_request", default="")
#: What a line may say besides its message.
MEMBERS = ("method", "route", "status", "ms", "job")
LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
#: Their texts name code or settings, never what somebody sent.
_HARMLESS = (ImproperlyConfigured, ImportError, NameError, AttributeError, NotImplementedError)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def told(error: BaseException) -> str:
    """Return an exception's kind; of the database's its SQLSTATE and constraint, and the text of harmless ones."""
    kind = type(error).__qualname__
    if isinstance(error, _HARMLESS):
        return f"{kind}: {error}"
    state = getattr(error, "sqlstate", None)
    if state:
        constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
        return f"{kind}: {state} {constraint or ''}".rstrip()
    return f"{kind}: {error.strerror}" if isinstance(error, OSError) and error.strerror else kind


class QuietFormatter(logging.Formatter):
    """A plain line, ending with the request's id where there is one; exceptions without their texts."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        request = current_request.get()
        line = super().formatMessage(record)
        return f"{line} [{request}]" if request else line

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802
        lines: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None:
            lines += [*traceback.format_tb(error.__traceback__), told(error)]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
            lines += ["because of"] if error is not None else []
        return "\n".join(line.rstrip("\n") for line in lines)


class JsonFormatter(QuietFormatter):
    """One JSON object a line: time (UTC), level, logger, message, request, and what is in MEMBERS."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        request = current_request.get()
        if request:
            line["request"] = request
        line |= {name: record.__dict__[name] for name in MEMBERS if name in record.__dict__}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = told(record.exc_info[1])
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()


class WithoutPaths(logging.Filter):
    """Django's own lines quote the path, the host or the token that was sent: what went wrong is told without.

    Refusals are answers, not failures; RequestFrameMiddleware logs requests by their routes.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "django.request":
            if getattr(record, "status_code", 500) < 500:
                return False
            record.msg, record.args = "A request failed", ()
        elif record.name.startswith("django.security"):
            record.msg, record.args = f"A request was refused: {record.name.rpartition('.')[2]}", ()
        return True


def logging_settings(level: str, *, as_json: bool) -> dict[str, Any]:
    """Return Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "nethra.core.logs.QuietFormatter",
                "format": LINE,
            },
            "json": {"()": "nethra.core.logs.JsonFormatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "json" if as_json else "line",
                "filters": ["without_paths"],
            }
        },
        "filters": {"without_paths": {"()": "nethra.core.logs.WithoutPaths"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # They say at every start of every command that tasks were found, and of every order that it was taken.
            "procrastinate.blueprints": {"level": "WARNING"},
            "procrastinate.jobs": {"level": "WARNING"},
            "procrastinate.periodic": {"level": "WARNING"},
            # SECURITY: at DEBUG it writes every statement with its values.
            "django.db.backends": {"level": "INFO"},
        },
    }
