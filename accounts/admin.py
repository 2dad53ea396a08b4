"""The console's pages for signing in, people, sessions and the agency."""

from __future__ import annotations

from accounts.sign_in_pages import sign_in_page, sign_out
from nethra.core.console import console

console.sign_in_view = sign_in_page
console.sign_out_view = sign_out
