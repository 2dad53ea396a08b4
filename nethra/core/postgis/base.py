"""Django's connection to PostGIS. Only how a connection kept from earlier is looked after is our own."""

from __future__ import annotations

import select

from django.contrib.gis.db.backends.postgis import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that looks into its socket before it asks PostgreSQL whether it is still there."""

    def is_usable(self) -> bool:
        """Return whether the connection still serves: at once where nothing came from the other side.

        Whoever hangs up says so, a server that stops as much as a pooler; it lies in the socket. A round trip
        before each request, which is Django's way, costs as much as finding a record.
        """
        if self.connection is not None and not self.connection.closed and not self._has_news():
            return True
        return bool(super().is_usable())

    def _has_news(self) -> bool:
        waiting = select.poll()
        waiting.register(self.connection.pgconn.socket, select.POLLIN | select.POLLERR | select.POLLHUP)
        return bool(waiting.poll(0))
