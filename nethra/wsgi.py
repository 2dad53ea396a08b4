"""The WSGI entry point that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nethra.settings")
application = get_wsgi_application()

from nethra.core.checks import refuse_unsafe_database  # noqa: E402  (needs the settings)

refuse_unsafe_database()
