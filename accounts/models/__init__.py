"""Agencies, their people, and the sessions those people hold."""

from accounts.models.agencies import Agency
from accounts.models.people import User
from accounts.models.sessions import RefreshToken, UserSession

__all__ = ["Agency", "RefreshToken", "User", "UserSession"]
