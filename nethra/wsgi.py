"""The WSGI entry point that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nethra.settings")
application = get_wsgi_application()

from nethra.core.checks import refuse_unsafe_database  # noqa: E402  (needs the settings)

refuse_unsafe_database()

# What was loaded lives as long as the process: the collector need not look through it again with each request.
gc.collect()
gc.freeze()
