"""The WSGI entry point that gunicorn and granian serve."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nethra.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402  (needs the settings)

import insights.answers.table  # noqa: E402, F401  (the first analysis need not wait for its libraries)
from nethra.core.checks import refuse_unsafe_database  # noqa: E402  (needs the settings)

refuse_unsafe_database()
# The first request is not the one to load every view.
_ = get_resolver().url_patterns
# What is loaded by now stays: the collector need not look at it again, nor after every few hundred objects of an
# answer, of which none is garbage yet. That was a fifth of a request's processor time.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 10, 10)
