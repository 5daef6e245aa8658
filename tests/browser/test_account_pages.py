"""The pages of one's own account and of one-time links: axe, and a phone's width."""

from base64 import b32decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_otp.oath import TOTP

from portal.accounts import invitations, sessions
from portal.models import Invitation
from tests.browser.test_staff_pages import ENLARGED, LIST, PASSWORD, found_in_both_schemes, resize

ACCOUNT = "/admin/account/"
NEW = "correct horse staple"


def faults(page: Any, name: str) -> list[str]:
    """What axe finds in light and dark, on a desktop and a phone; and whether it sticks out at 320 px."""
    found = found_in_both_schemes(page, name)
    resize(page, ENLARGED)
    scrolled, seen = page.evaluate(
        "[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
    )
    return [*found, f"{name}: {scrolled} wide"] if scrolled > seen else found


def code(key: str) -> str:
    totp = TOTP(bytes.fromhex(key))
    totp.time = timezone.now().timestamp()
    return f"{totp.token():06d}"


def send(page: Any, **typed: str) -> None:
    for name, value in typed.items():
        page.fill(f"[name={name}]", value)
    with page.expect_navigation():
        page.click("main [type=submit]")


@pytest.fixture
def ann(staff: Callable[..., Any], page: Any, sign_in_page: Callable[[Any, Any], None]) -> Any:
    ann = staff("frontdesk", "ann")
    sign_in_page(page, ann)
    return ann


def test_one_s_own_account(page: Any, live_url: str, ann: Any) -> None:
    page.goto(live_url + ACCOUNT)
    found = faults(page, "account")
    page.goto(f"{live_url}{ACCOUNT}authenticator/")
    found += faults(page, "authenticator")
    send(page, new_code="000000")
    found += faults(page, "authenticator, refused")
    page.goto(f"{live_url}{ACCOUNT}recovery-codes/")
    found += faults(page, "recovery codes")
    send(page, password=PASSWORD, code=code(ann.totpdevice_set.get().key))
    assert page.locator(".codes code").count() == 10
    found += faults(page, "recovery codes, shown")
    assert not found, "\n".join(found)


def test_a_link_is_made_and_used(
    page: Any,
    live_url: str,
    staff: Callable[..., Any],
    sign_in_page: Callable[[Any, Any], None],
    new_context: Callable[..., Any],
) -> None:
    ann = staff("frontdesk", "ann")
    sign_in_page(page, staff("admin", "root"))
    page.goto(f"{live_url}/admin/portal/user/{ann.pk}/access/")
    found = faults(page, "sign-in of somebody else")
    with page.expect_navigation():
        page.click("form:has([name=renews]) [type=submit]")
    found += faults(page, "a new link")
    link = page.locator(".secret").inner_text()

    visitor = new_context().new_page()
    visitor.goto(link)
    found += faults(visitor, "a link")
    send(visitor, new_code="000000", password1="short", password2="other")
    found += faults(visitor, "a link, refused")
    key = visitor.locator(".secret").inner_text().replace(" ", "")
    send(visitor, new_code=code(b32decode(key).hex()), password1=NEW, password2=NEW)
    assert visitor.locator(".codes code").count() == 10
    found += faults(visitor, "a link, used")
    visitor.goto(link)
    found += faults(visitor, "a link that was used")
    assert not found, "\n".join(found)


def test_what_was_typed_while_the_session_ended_is_sent_after_signing_in(
    page: Any, live_url: str, ann: Any
) -> None:
    page.goto(f"{live_url}{LIST}filters/")
    session = Session.objects.get()
    kept = session.get_decoded()
    kept[sessions.ACTIVE] -= timedelta(minutes=16).total_seconds()
    Session.objects.filter(pk=session.pk).update(session_data=Session.objects.encode(kept))
    page.evaluate(
        """() => {
            const form = document.querySelector("header form");
            form.action = "/admin/triage/profile/";
            form.insertAdjacentHTML("beforeend", '<input name=note value="Rang twice">');
            form.submit();
        }"""
    )
    page.wait_for_selector("h1:has-text('NOT SAVED')")
    found = faults(page, "not saved")
    send(page, username="ann", password=PASSWORD, otp_token=code(ann.totpdevice_set.get().key))
    page.wait_for_selector("text=NOT SAVED YET")
    assert "Rang twice" in page.locator(".typed").inner_text()
    found += faults(page, "not saved yet")
    with page.expect_navigation():
        page.click("text=Send again")
    assert page.url.endswith("/admin/triage/profile/")
    assert not found, "\n".join(found)


def test_a_link_of_which_only_a_part_is_new(page: Any, live_url: str, staff: Callable[..., Any]) -> None:
    ann = staff("frontdesk", "ann")
    found = []
    for renews in (Invitation.Renews.PASSWORD, Invitation.Renews.AUTHENTICATOR):
        secret = invitations.invite(user=ann, renews=renews, by=ann, now=timezone.now())
        page.goto(f"{live_url}/admin/invitation/{secret}/")
        found += faults(page, renews.value)
    assert not found, "\n".join(found)
