"""The people of the demonstration and their passwords, which everybody may know."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.choices import RoleChoice

AGENCY_CODE = "demo"
NEIGHBOUR_CODE = "demo-south"
PLATFORM_CODE = "platform"


@dataclass(frozen=True)
class DemoLogin:
    """A person to sign in as; `label` says what they may do."""

    label: str
    agency_code: str
    role: RoleChoice
    email: str
    name: str
    password: str
    badge_number: str = ""


LOGINS = (
    DemoLogin(
        "admin", AGENCY_CODE, RoleChoice.ADMIN, "admin@demo.example", "Ada Quill", "demo-copper-lantern"
    ),
    DemoLogin(
        "supervisor",
        AGENCY_CODE,
        RoleChoice.SUPERVISOR,
        "supervisor@demo.example",
        "Selma Reed",
        "demo-marble-harbour",
        "HB-011",
    ),
    DemoLogin(
        "officer",
        AGENCY_CODE,
        RoleChoice.OFFICER,
        "officer@demo.example",
        "Owen Marsh",
        "demo-granite-whistle",
        "HB-117",
    ),
    DemoLogin(
        "analyst",
        AGENCY_CODE,
        RoleChoice.ANALYST,
        "analyst@demo.example",
        "Anna Brook",
        "demo-violet-compass",
    ),
    DemoLogin(
        "auditor",
        AGENCY_CODE,
        RoleChoice.AUDITOR,
        "auditor@demo.example",
        "Hugh Teller",
        "demo-amber-ledgers",
    ),
    DemoLogin(
        "custodian",
        AGENCY_CODE,
        RoleChoice.CUSTODIAN,
        "custodian@demo.example",
        "Cora Vance",
        "demo-hollow-anchor",
    ),
    DemoLogin(
        "prosecutor",
        AGENCY_CODE,
        RoleChoice.PROSECUTOR,
        "prosecutor@demo.example",
        "Paul Stern",
        "demo-winter-scales",
    ),
    DemoLogin(
        "neighbour",
        NEIGHBOUR_CODE,
        RoleChoice.OFFICER,
        "officer@demo-south.example",
        "Sofia Lind",
        "demo-southern-gull",
        "SB-021",
    ),
    DemoLogin(
        "superadmin",
        PLATFORM_CODE,
        RoleChoice.ADMIN,
        "admin@platform.example",
        "Pia Stark",
        "demo-silver-beacon",
    ),
)


def login_lines() -> list[str]:
    """Return 'role  email  password' in columns, one line per person."""
    return [f"{login.label:<11} {login.email:<27} {login.password}" for login in LOGINS]
