"""The staff's pages: no violation of the policy anywhere, and open to everybody who works there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from playwright.sync_api import expect

from intake.models import EmergencyAccess, EmergencyNotice, Request
from intake.services import desk
from tests.browser.accessibility import violations
from tests.browser.filling import unfold
from tests.browser.keyboard import Keyboard
from tests.intake.requests import submit

DESKTOP, PHONE, ENLARGED = ((1280, 800), (360, 640), (320, 256))
LOGIN, INDEX, LIST = "/admin/login/", "/admin/", "/admin/triage/"
PASSWORD = "a long pass phrase"


def resize(page: Any, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def found_in_both_schemes(page: Any, name: str) -> list[str]:
    found = []
    for size in (DESKTOP, PHONE):
        resize(page, size)
        page.emulate_media(color_scheme="light")
        found += [f"{name}, {size}, light: {line}" for line in violations(page, in_columns=True)]
        page.emulate_media(color_scheme="dark")
        found += [f"{name}, {size}, dark: {line}" for line in violations(page, rest=False, in_columns=True)]
    return found


@pytest.fixture
def lead(staff: Callable[[str], Any], page: Any, sign_in_page: Callable[[Any, Any], None]) -> Any:
    lead = staff("lead")
    sign_in_page(page, lead)
    return lead


@pytest.fixture
def requests(lead: Any) -> dict[str, Request]:
    """One of each kind that a request's page shows differently."""
    now = timezone.now()

    def sent(phone: str, **given: Any) -> Request:
        return submit(now=now, phone=phone, **given).request

    requests = {
        "new": sent("+12135550141", voicemail_ok="no", danger_signs=["meningitis"], language="es"),
        "mine": sent("+12135550142", interpreter=True, text_ok=True, notes="First line\nSecond line"),
        "closed": sent("+12135550143", caller_role="caregiver", caller_name="Lucía"),
        "carrying": sent("+12135550144"),
        "carried": sent("+12135550144", missed_dose="yes"),
    }
    desk.claim(request_id=requests["mine"].pk, by=lead, now=now)
    desk.log_outreach(
        request_id=requests["mine"].pk, outcome="no_answer", note="Rang long.", by=lead, now=now
    )
    desk.close(request_id=requests["closed"].pk, disposition="address_updated", note="", by=lead, now=now)
    # Somebody of another team opened one in an emergency.
    EmergencyAccess.objects.create(
        request=requests["new"], user=lead, reason="Nobody answers.", at=now, until=now + timedelta(hours=1)
    )
    return requests


def own_pages(requests: dict[str, Request]) -> dict[str, str]:
    return {
        "index": INDEX,
        "list": LIST,
        "list of closed requests": f"{LIST}?show=closed",
        "nothing in the list": f"{LIST}?show=overdue",
        "rules": "/admin/intake/rulesetsignoff/",
        "emergency accesses": f"{LIST}emergencies/",
        "who looked at a request": f"{LIST}requests/{requests['mine'].pk}/accesses/",
        **{f"request, {name}": f"{LIST}requests/{item.pk}/" for name, item in requests.items()},
    }


def test_axe_finds_nothing_on_pages_of_our_own(
    page: Any, live_url: str, requests: dict[str, Request]
) -> None:
    found = []
    for name, path in own_pages(requests).items():
        assert page.goto(live_url + path).status == 200, name
        unfold(page)
        found += found_in_both_schemes(page, name)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_what_is_found_and_what_is_refused(
    page: Any, live_url: str, requests: dict[str, Request]
) -> None:
    page.goto(live_url + LIST)
    page.fill("#search-q", "Rivera")
    page.press("#search-q", "Enter")
    page.wait_for_url("**/find/")
    expect(page.get_by_role("row")).to_have_count(len(requests) + 1)
    found = found_in_both_schemes(page, "found")
    page.goto(f"{live_url}{LIST}requests/{requests['new'].pk}/")
    for action, title in (("close", "Close"), ("follow-up", "Follow-up")):
        page.click(f"#do-{action} > summary")
        page.click(f"form[action$='/{action}/'] [type=submit]")
        expect(page.locator(f"form[action$='/{action}/'] .errorlist")).to_be_visible()
        found += found_in_both_schemes(page, f"refused: {title}")
    assert not found, "\n".join(found)


def test_no_page_of_our_own_sticks_out(page: Any, live_url: str, requests: dict[str, Request]) -> None:
    resize(page, ENLARGED)
    wide = []
    for name, path in own_pages(requests).items():
        page.goto(live_url + path)
        unfold(page)
        scrolled, seen = page.evaluate(
            "[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
        )
        if scrolled > seen:
            wide.append((name, scrolled, seen))
    assert wide == []


def test_the_stock_pages_have_no_serious_problem(
    page: Any,
    live_url: str,
    article: None,
    staff: Callable[[str], Any],
    sign_in_page: Callable[[Any, Any], None],
    client: Client,
) -> None:
    sign_in_page(page, staff("admin"))
    found = []
    for path in stock_pages(client):
        assert page.goto(live_url + path).status == 200, path
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            lines = violations(page, rest=scheme == "light", in_columns=True)
            found += [
                f"{path}, {scheme}: {line}" for line in lines if line.startswith(("serious", "critical"))
            ]
    assert not found, "\n".join(found)


def stock_pages(client: Client) -> list[str]:
    """Each list, and a page to change a row or, where there is none, to add one; for a signed-in client."""
    paths = ["/admin/password_change/"]
    for model in admin.site._registry:
        if model is Request:
            continue
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        row = model._default_manager.first()
        paths += [base, f"{base}{row.pk}/change/" if row else f"{base}add/"]
    open_to_administrators = [path for path in paths if client.get(path).status_code == 200]
    assert len(open_to_administrators) > len(paths) / 2
    return open_to_administrators


def test_the_notice_is_changed_by_keyboard_and_seen_at_once(
    page: Any, live_url: str, lead: Any, settings: Any
) -> None:
    settings.SITUATION_MAX_AGE = 0
    notice = EmergencyNotice.objects.get()
    page.goto(f"{live_url}/admin/intake/emergencynotice/{notice.pk}/change/")
    keys = Keyboard(page)
    keys.to("[name=headline]")
    keys.press("ControlOrMeta+A")
    page.keyboard.type("Center 2 moved to Elm Street")
    keys.to("[name=_save]")
    keys.follow("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()
    page.goto(live_url)
    expect(page.locator(".notice")).to_contain_text("Center 2 moved to Elm Street")


def test_signing_in_by_keyboard_leads_to_the_calls(
    page: Any, live_url: str, staff: Callable[[str], Any]
) -> None:
    user = staff("frontdesk")
    device = user.totpdevice_set.get()
    page.goto(live_url + INDEX)
    assert found_in_both_schemes(page, "sign-in") == []
    page.reload()
    keys = Keyboard(page)
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type(user.username)
    keys.type("[name=password]", PASSWORD)
    keys.type("[name=otp_token]", "000000")
    keys.follow("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That did not work.")
    assert found_in_both_schemes(page, "sign-in, refused") == []

    device.refresh_from_db()
    device.throttle_reset()
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", PASSWORD)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = timezone.now().timestamp()
    page.fill("[name=otp_token]", f"{totp.token():06d}")
    page.press("[name=otp_token]", "Enter")
    page.wait_for_url(f"**{LIST}")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_who_is_locked_out_can_read_for_how_long(
    page: Any, live_url: str, staff: Callable[[str], Any]
) -> None:
    user = staff("frontdesk")
    page.goto(live_url + LOGIN)
    for _attempt in range(5):
        page.fill("[name=username]", user.username)
        page.fill("[name=password]", "wrong")
        page.fill("[name=otp_token]", "000000")
        with page.expect_navigation():
            page.press("[name=otp_token]", "Enter")
    expect(page.locator("h1")).to_contain_text("locked")
    assert found_in_both_schemes(page, "locked out") == []


def test_a_call_is_made_by_keyboard(page: Any, live_url: str, lead: Any) -> None:
    item = submit(now=timezone.now()).request
    resize(page, DESKTOP)
    page.goto(live_url + LIST)
    keys = Keyboard(page)
    keys.to(f"a[href='{LIST}requests/{item.pk}/']")
    keys.follow("Enter")
    expect(page).to_have_url(f"{live_url}{LIST}requests/{item.pk}/")
    keys.to("form[action$='/claim/'] button")
    keys.follow("Enter")
    expect(page.locator(".messagelist")).to_contain_text("You hold this request")
    keys.type("#outreach_note", "Will call back at noon.")
    keys.to("button[name=outcome][value=reached_patient]")
    keys.follow("Enter")
    expect(page.locator("#dock-title")).to_contain_text("“Reached the patient” is logged.")
