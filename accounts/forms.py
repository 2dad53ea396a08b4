"""The forms of people, passwords and agencies. Services validate; forms only ask."""

from __future__ import annotations

from django import forms
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User

PASSWORD_HELP = "At least 15 characters; several words are easiest to remember."


def password_field(
    label: str, autocomplete: str, help_text: str = "", max_length: int = 1000
) -> forms.CharField:
    """Return a field for a password as it was typed: blanks at its ends count."""
    widget = UnfoldAdminPasswordWidget({"autocomplete": autocomplete})
    return forms.CharField(
        label=label, strip=False, max_length=max_length, help_text=help_text, widget=widget
    )


class SignInForm(forms.Form):
    """E-mail address and password."""

    email = forms.CharField(
        label="E-mail",
        max_length=254,
        widget=UnfoldAdminEmailInputWidget({"autocomplete": "username", "autofocus": True}),
    )
    password = password_field("Password", "current-password")


class AddPersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new person with the password they sign in with first."""

    # The column behind a model form's field bounds it.
    password = password_field("Password", "new-password", PASSWORD_HELP, max_length=128)

    class Meta:
        model = User
        fields = ("name", "email", "role", "unit", "badge_number")


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    password = password_field("New password", "new-password", PASSWORD_HELP)
    again = password_field("New password again", "new-password")

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if self.cleaned_data.get("password") != again:
            raise forms.ValidationError("The two passwords are not the same.")
        return again


class OwnPasswordForm(NewPasswordForm):
    """One's own new password; a console left open must not be enough to take an account over."""

    current_password = password_field("Current password", "current-password")
    field_order = ("current_password", "password", "again")


class ReasonForm(forms.Form):
    """Why something is done; the audit keeps it."""

    reason = forms.CharField(
        max_length=200, required=False, help_text="Kept in the audit.", widget=UnfoldAdminTextInputWidget()
    )


class EnterAgencyForm(forms.Form):
    """Which agency a platform superadmin enters, and why."""

    code = forms.CharField(label="Agency code", max_length=40, widget=UnfoldAdminTextInputWidget())
    reason = forms.CharField(
        min_length=10,
        max_length=200,
        help_text="At least ten characters; it stands beside everything you do there.",
        widget=UnfoldAdminTextInputWidget(),
    )
