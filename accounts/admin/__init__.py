"""What accounts shows in the console: its pages, and the site's doors."""

from __future__ import annotations

from accounts.admin import agencies, people, sessions
from accounts.pages.account import (
    account_page,
    add_contact_page,
    close_contact_page,
    end_other_sessions,
    end_own_session,
    password_page,
    picture,
    profile_page,
)
from accounts.pages.agencies import enter_agency_page, leave_agency_page
from accounts.pages.factors import (
    confirm_options,
    confirm_page,
    key_options,
    recovery_codes_page,
    register_key_page,
    remove_factor_page,
    second_factor_page,
)
from accounts.pages.keys import keys_page, revoke_key_page
from accounts.pages.links import choose_password_page, follow_link, forgotten_page
from accounts.pages.roles import role_page, roles_page
from accounts.pages.session import session_state, session_watch, unlock
from accounts.pages.sign_in import code_options, code_page, sign_in_page, sign_out
from nethra.core.console import console

__all__ = ["agencies", "people", "sessions"]

console.sign_in_view = sign_in_page
console.sign_out_view = sign_out
console.account_view = account_page
console.password_view = password_page
console.watch_of = session_watch

# For people who are not signed in (yet, or any longer)
console.add_open_page("login/code/", code_page, "sign_in_code")
console.add_open_page("login/code/options/", code_options, "sign_in_code_options")
console.add_open_page("login/forgotten/", forgotten_page, "forgotten")
console.add_open_page("login/password/", choose_password_page, "choose_password")
console.add_open_page("login/link/<slug:purpose>/<str:token>/", follow_link, "follow_link")
console.add_open_page("session/", session_state, "session_state")
console.add_open_page("session/unlock/", unlock, "unlock")

# One's own account
console.add_page("account/", account_page, "account")
console.add_page("account/profile/", profile_page, "profile")
console.add_page("account/contacts/add/", add_contact_page, "add_contact")
console.add_page("account/contacts/<uuid:contact_id>/close/", close_contact_page, "close_contact")
console.add_page("account/sessions/end-others/", end_other_sessions, "end_other_sessions")
console.add_page("account/sessions/<uuid:session_id>/end/", end_own_session, "end_own_session")
console.add_page("account/confirm/", confirm_page, "confirm_identity")
console.add_data("account/confirm/options/", confirm_options, "confirm_options")
console.add_page("account/second-factor/", second_factor_page, "second_factor")
console.add_page("account/second-factor/codes/", recovery_codes_page, "recovery_codes")
console.add_data("account/second-factor/key/options/", key_options, "key_options")
console.add_page("account/second-factor/key/", register_key_page, "register_key")
console.add_page("account/second-factor/<uuid:factor_id>/remove/", remove_factor_page, "remove_factor")
console.add_page("account/keys/", keys_page, "api_keys")
console.add_page("account/keys/<uuid:key_id>/revoke/", revoke_key_page, "revoke_key")
console.add_page("people/<uuid:user_id>/picture.jpg", picture, "picture")

console.add_page("roles/", roles_page, "roles")
console.add_page("roles/<slug:role>/", role_page, "role")

console.add_page("agencies/enter/", enter_agency_page, "enter_agency")
console.add_page("agencies/leave/", leave_agency_page, "leave_agency")
