"""Getting in, as people do: invitation, authenticator, security key, lost telephone, locks, idleness."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import LOGINS, Served, serve
from tests.support.chromium import Driver, window

PASSWORD = "seven green kettles sing"
IDLE_SECONDS = 20


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demonstration of one's own, whose sessions lock after some seconds."""
    folder = tmp_path_factory.mktemp("getting_in")
    with serve(folder, f"nethra_getting_in_{os.getpid()}", SESSION_IDLE_SECONDS=str(IDLE_SECONDS)) as running:
        yield running


@pytest.fixture
def open_window(browser: Browser, house: Served) -> Iterator[object]:
    """Open windows; at the end none of them has complained."""
    from contextlib import ExitStack

    with ExitStack() as windows:
        opened: list[Driver] = []

        def open_one() -> Driver:
            opened.append(windows.enter_context(window(browser, house.url)))
            return opened[-1]

        yield open_one
        # A script that asks while its session is locked hears 401, and Chromium writes that down.
        told = [complaint for driver in opened for complaint in driver.complaints if "401" not in complaint]
        assert told == []


def mail_with(house: Served, words: str) -> str:
    """Return the newest mail with these words, once the worker has sent it."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = [text for text in house.mails() if words in text]
        if found:
            return found[-1]
        time.sleep(0.3)
    raise AssertionError(f"No mail says '{words}'.")


def fill_in(page: Page, email: str, password: str) -> None:
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.click("button[type=submit]")


def secret_of(page: Page) -> str:
    return (page.locator("[data-secret]").text_content() or "").replace(" ", "")


def sign_out(driver: Driver) -> None:
    driver.page.context.clear_cookies()


def test_from_the_invitation_to_the_first_sign_in_with_an_authenticator(open_window, house: Served) -> None:  # type: ignore[no-untyped-def]
    admin = open_window()
    admin.sign_in(*LOGINS["admin"])
    page = admin.open("/console/accounts/agency/")
    page.get_by_label("Supervisor", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).click()
    page = admin.open("/console/accounts/user/add/")
    page.fill("[name=name]", "Ada New")
    page.fill("[name=email]", "ada@demo.example")
    page.select_option("[name=role]", "supervisor")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("An invitation is on its way to ada@demo.example.")).to_be_visible()

    link = re.search(r"http://\S+", mail_with(house, "has opened an account for you"))
    assert link is not None
    ada = open_window()
    ada.page.goto(link[0])
    assert "login/password" in ada.page.url
    ada.page.fill("[name=password]", "short")
    ada.page.fill("[name=again]", "short")
    ada.page.click("button[type=submit]")
    expect(ada.page.get_by_text("The password needs at least 12 characters.")).to_be_visible()
    ada.page.fill("[name=password]", PASSWORD)
    ada.page.fill("[name=again]", PASSWORD)
    ada.page.click("button[type=submit]")
    fill_in(ada.page, "ada@demo.example", PASSWORD)

    # Nothing else opens before the second factor is there.
    ada.page.wait_for_url("**/second-factor/")
    ada.page.goto(f"{house.url}/console/cases/case/")
    ada.page.wait_for_url("**/second-factor/")
    ada.page.get_by_role("button", name="Set up an app").click()
    totp = pyotp.TOTP(secret_of(ada.page))
    ada.page.fill("[name=code]", "000000")
    ada.page.get_by_role("button", name="Confirm", exact=True).click()
    expect(ada.page.get_by_text("not the code the app shows now")).to_be_visible()
    ada.page.fill("[name=code]", totp.now())
    ada.page.get_by_role("button", name="Confirm", exact=True).click()
    expect(ada.page.locator(".nethra-codes li")).to_have_count(10)
    ada.page.goto(f"{house.url}/console/cases/case/")
    expect(ada.page).to_have_url(f"{house.url}/console/cases/case/")
    assert "were changed" in mail_with(house, "ways to confirm your sign-ins")

    sign_out(ada)
    ada.page.goto(f"{house.url}/console/login/")
    fill_in(ada.page, "ada@demo.example", PASSWORD)
    ada.page.wait_for_url("**/login/code/**")
    ada.page.fill("[name=code]", totp.at(time.time() + 30))
    ada.page.get_by_role("button", name="Confirm", exact=True).click()
    ada.page.wait_for_url("**/console/")

    # The invitation has served its purpose.
    again = open_window()
    again.page.goto(link[0])
    expect(again.page.get_by_text("This link is no longer good").first).to_be_visible()


def test_a_security_key_confirms_and_a_recovery_code_stands_in_for_it(open_window, house: Served) -> None:  # type: ignore[no-untyped-def]
    officer = open_window()
    page = officer.page
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": False,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    officer.sign_in(*LOGINS["officer"])
    officer.open("/console/account/second-factor/")
    page.fill("[name=name]", "Blue key")
    page.get_by_role("button", name="Add this key").click()
    expect(page.locator(".nethra-codes li")).to_have_count(10)
    code = page.locator(".nethra-codes code").first.text_content() or ""
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("rowheader", name="Blue key")).to_be_visible()

    sign_out(officer)
    page.goto(f"{house.url}/console/login/")
    fill_in(page, *LOGINS["officer"])
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url("**/console/")

    # The key is at home.
    for expected in ("in", "refused"):
        elsewhere = open_window().page
        elsewhere.goto(f"{house.url}/console/login/")
        fill_in(elsewhere, *LOGINS["officer"])
        elsewhere.fill("[name=code]", code.lower().replace("-", " "))
        elsewhere.get_by_role("button", name="Confirm", exact=True).click()
        if expected == "in":
            elsewhere.wait_for_url("**/console/")
        else:
            expect(elsewhere.get_by_text("This code is not right.")).to_be_visible()


def test_five_wrong_passwords_lock_until_an_administrator_releases(open_window, house: Served) -> None:  # type: ignore[no-untyped-def]
    email, password = LOGINS["analyst"]
    analyst = open_window().page
    for attempt in ("one", "two", "three", "four", "five", password):
        analyst.goto(f"{house.url}/console/login/")
        fill_in(analyst, email, attempt)
        expect(analyst.get_by_text("until an administrator of the agency releases it")).to_be_visible()
    assert "is locked" in mail_with(house, "too many wrong passwords")

    admin = open_window()
    admin.sign_in(*LOGINS["admin"])
    page = admin.open("/console/accounts/user/?state=locked")
    page.locator("#result_list tbody a").first.click()
    page.get_by_role("link", name="Release lock").click()
    page.fill("[name=reason]", "she called from the station")
    page.get_by_role("button", name="Release", exact=True).click()
    page.wait_for_url("**/change/")
    admin.open("/console/accounts/signinevent/")
    expect(page.get_by_text("Account locked").first).to_be_visible()

    analyst.goto(f"{house.url}/console/login/")
    fill_in(analyst, email, password)
    analyst.wait_for_url("**/console/")


def test_idleness_locks_and_keeps_what_was_typed(open_window, house: Served) -> None:  # type: ignore[no-untyped-def]
    email, password = LOGINS["supervisor"]
    driver = open_window()
    house.manage("unlock", "--agency", "demo", "--email", email)
    admin_rule_off(house, open_window())
    driver.sign_in(email, password)
    page = driver.open("/console/incidents/incident/add/")
    page.fill("[name=description]", "A draft that must not be lost")

    dialog = page.locator("dialog.nethra-lock")
    expect(dialog).to_be_visible(timeout=(IDLE_SECONDS + 15) * 1000)
    # The server refuses meanwhile, whatever the script does.
    assert page.evaluate("fetch('/console/cases/case/').then((answer) => answer.url)").endswith(
        "/console/login/?next=/console/cases/case/"
    )
    expect(page.locator("[name=description]")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    page.fill("#nethra-lock-password", "not the password")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("is wrong")).to_be_visible()
    page.fill("#nethra-lock-password", password)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)

    expect(page.locator("[name=description]")).to_have_value("A draft that must not be lost")
    page.get_by_role("button", name="Save", exact=True).click()
    # The form comes back for what it still lacks, not for who is asking.
    expect(page.locator("[name=description]")).to_have_value("A draft that must not be lost")


def admin_rule_off(house: Served, admin: Driver) -> None:
    """Let supervisors in without a second factor again, as the demonstration does."""
    admin.sign_in(*LOGINS["admin"])
    page = admin.open("/console/accounts/agency/")
    page.get_by_label("Supervisor", exact=True).uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state("networkidle")


def test_a_second_device_ends_the_oldest_session_and_both_are_told(open_window, house: Served) -> None:  # type: ignore[no-untyped-def]
    first, second = open_window(), open_window()
    first.sign_in(*LOGINS["admin"])
    second.sign_in(*LOGINS["admin"])

    expect(second.page.get_by_text("Your oldest session, on another device, has ended")).to_be_visible()
    page = first.open("/console/accounts/user/")
    expect(page.get_by_text("You signed in on another device")).to_be_visible()
    expect(page.locator("[name=password]")).to_be_visible()
