"""The forms of sign-in, people, passwords and agencies. Services validate; forms only ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.api_keys import MOST_DAYS
from accounts.choices import ContactKind, RoleChoice
from accounts.models import Profile
from nethra.core.capabilities import Capability

PASSWORD_HELP = (
    "At least 15 characters, 12 where your role needs a second factor; words are easiest to remember."
)


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
    """One's password, and a new one, twice."""

    field_order = ("current", "password", "again")
    current = password_field("Current password", "current-password")


class CodeForm(forms.Form):
    """A code of the authenticator app, a recovery code, or what a security key answered."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        required=False,
        help_text="Six digits from your authenticator app, or one of your recovery codes.",
        widget=UnfoldAdminTextInputWidget(
            {"autocomplete": "one-time-code", "autofocus": True, "inputmode": "text", "spellcheck": "false"}
        ),
    )
    key_answer = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("code") and not values.get("key_answer"):
            raise forms.ValidationError("State a code, or use your security key.")
        return values


class ConfirmForm(forms.Form):
    """One's password, once more."""

    password = password_field("Password", "current-password")


class ForgottenForm(forms.Form):
    """The address of an account."""

    email = forms.CharField(
        label="E-mail",
        max_length=254,
        widget=UnfoldAdminEmailInputWidget({"autocomplete": "username", "autofocus": True}),
    )


class KeyNameForm(forms.Form):
    """What a security key is called."""

    name = forms.CharField(
        label="Name of the key",
        max_length=60,
        widget=UnfoldAdminTextInputWidget({"placeholder": "Blue key on my ring"}),
    )


class KeyForm(forms.Form):
    """A key for a program."""

    name = forms.CharField(
        label="Program",
        max_length=100,
        help_text="What will use the key, and where: QGIS on the analysts' PC.",
        widget=UnfoldAdminTextInputWidget(),
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do", widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )
    days = forms.IntegerField(
        label="Days until it ends",
        min_value=1,
        max_value=MOST_DAYS,
        initial=90,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(self, *args: Any, scopes: Sequence[Capability], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (str(scope), str(scope).replace("_", " ").capitalize()) for scope in scopes
        ]


class ContactForm(forms.Form):
    """One way to be reached."""

    kind = forms.ChoiceField(choices=ContactKind.choices, widget=UnfoldAdminSelectWidget())
    value = forms.CharField(label="Number or address", max_length=200, widget=UnfoldAdminTextInputWidget())
    is_primary = forms.BooleanField(
        label="The first to try", required=False, widget=UnfoldBooleanSwitchWidget()
    )


class ProfileForm(forms.Form):
    """One's own profile, personal and professional."""

    picture = forms.FileField(
        required=False,
        help_text="JPEG, PNG or WebP of up to 10 MB; it is made smaller, and its metadata is left out.",
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_picture = forms.BooleanField(
        label="Take the picture away", required=False, widget=UnfoldBooleanSwitchWidget()
    )
    preferred_name = forms.CharField(max_length=100, required=False, widget=UnfoldAdminTextInputWidget())
    pronouns = forms.CharField(max_length=40, required=False, widget=UnfoldAdminTextInputWidget())
    spoken_languages = forms.CharField(
        max_length=200,
        required=False,
        help_text="Colleagues look for an interpreter at night.",
        widget=UnfoldAdminTextInputWidget(),
    )
    language = forms.ChoiceField(
        label="Language of the console", choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget()
    )
    time_zone = forms.CharField(
        max_length=64,
        required=False,
        help_text="If not the agency's: America/Denver. Working hours are counted in it.",
        widget=UnfoldAdminTextInputWidget(),
    )
    job_title = forms.CharField(max_length=100, required=False, widget=UnfoldAdminTextInputWidget())
    call_sign = forms.CharField(
        label="Radio call sign", max_length=40, required=False, widget=UnfoldAdminTextInputWidget()
    )
    qualifications = forms.CharField(
        max_length=2000, required=False, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )
    joined_on = forms.DateField(
        label="Joined the agency",
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
    )

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        fields = self.base_fields
        stored = {name: getattr(profile, name) for name in fields if hasattr(profile, name)}
        stored |= {"language": profile.user.language, "time_zone": profile.user.time_zone, "picture": None}
        if isinstance(stored.get("joined_on"), date):
            stored["joined_on"] = stored["joined_on"].isoformat()
        super().__init__(*args, **{**kwargs, "initial": stored})
        if not profile.picture:
            del self.fields["remove_picture"]

    def values(self) -> dict[str, Any]:
        """Return the values for the service."""
        values = dict(self.cleaned_data)
        if values.pop("remove_picture", False) and values["picture"] is None:
            values["picture"] = False
        return values


class RoleForm(forms.Form):
    """Another role, and why."""

    role = forms.ChoiceField(choices=RoleChoice.choices, widget=UnfoldAdminSelectWidget())
    reason = forms.CharField(
        max_length=200, help_text="Kept in the audit.", widget=UnfoldAdminTextInputWidget()
    )


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
