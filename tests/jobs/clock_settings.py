"""The settings of a worker that also knows the tests' errands of every minute."""

from nethra.settings import *  # noqa: F403

PROCRASTINATE_IMPORT_PATHS = ["tests.jobs.clock_errands"]
