"""What gunicorn says of itself, in the lines of LOG_FORMAT."""

from __future__ import annotations

import logging
import os

from django.conf import settings
from gunicorn.config import Config
from gunicorn.glogging import Logger

from nethra.core.logs import LINE, JsonFormatter, QuietFormatter


class ServerLogger(Logger):  # type: ignore[misc]
    """Gunicorn's logger with our formatters: an exception of a worker names no values either."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        # Gunicorn's own process never loads the application that would say so.
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nethra.settings")
        formatter: logging.Formatter = JsonFormatter()
        if settings.LOG_FORMAT == "line":
            formatter = QuietFormatter(LINE)
        for handler in [*self.error_log.handlers, *self.access_log.handlers]:
            handler.setFormatter(formatter)
