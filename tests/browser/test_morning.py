"""A whole morning at the desk, by keyboard alone; and what its pages of a call look and behave like."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_otp.oath import TOTP
from playwright.sync_api import expect

from intake.models import Request
from intake.services import desk
from tests.browser.accessibility import violations
from tests.browser.keyboard import Keyboard
from tests.intake.requests import submit

BOARD, PHONE = "/admin/triage/", "/admin/triage/phone/"
PASSWORD = "a long pass phrase"


def code_for(user: Any) -> str:
    device = user.totpdevice_set.get()
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = timezone.now().timestamp()
    return f"{totp.token():06d}"


def always_open() -> None:
    """The queues never close, so that the same morning can be played at any hour."""
    from datetime import time

    from intake import situation
    from intake.models import OpeningPeriod, Queue

    OpeningPeriod.objects.all().delete()
    for queue in Queue.objects.all():
        for weekday in range(7):
            OpeningPeriod.objects.create(queue=queue, weekday=weekday, opens=time(), closes=time())
    situation.refresh()


def test_a_whole_morning_by_keyboard(page: Any, live_url: str, staff: Callable[[str], Any]) -> None:
    always_open()
    user, now = staff("frontdesk", "ann"), timezone.now()
    # The first can't wait and wants no voicemail; the second is called after it.
    first = submit(now=now - timedelta(minutes=20), missed_dose="yes", voicemail_ok="no").request
    second = submit(
        now=now - timedelta(minutes=10), phone="+13105550177", first_name="Leo", evacuated="yes"
    ).request

    # Sign in, with a code.
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(live_url + "/admin/")
    keys = Keyboard(page)
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type(user.username)
    keys.type("[name=password]", PASSWORD)
    keys.type("[name=otp_token]", code_for(user))
    keys.follow("Enter")
    expect(page).to_have_url(live_url + BOARD)

    # The next call is the one that can't wait.
    keys.follow("n")
    expect(page).to_have_url(f"{live_url}{BOARD}requests/{first.pk}/")
    expect(page.locator("#call-title")).to_contain_text("Alma Rivera")
    expect(page.locator(".holding")).to_contain_text("You hold this until")
    # All that the call and its outcome need is there without scrolling.
    for part in (".number a", ".consent", ".script__greeting", ".dock [value=no_answer]"):
        expect(page.locator(part).first).to_be_in_viewport(ratio=1)
    # No voicemail is offered to who wants none, by no key either.
    assert page.locator("[value=left_voicemail]").count() == 0
    expect(page.locator(".consent")).to_contain_text("No voicemail.")
    page.keyboard.press("3")
    expect(page.locator("#dock-title")).to_have_text("How did the call end?")

    # Nobody answers; the next step is offered, and with it the next call.
    keys.follow("4")
    expect(page.locator("#dock-title")).to_have_text("“No answer” is logged. What next?")
    expect(page.locator(".dock")).to_contain_text("“Unable to reach” needs 2 more attempts.")
    expect(page.locator(".step").first).to_contain_text("in 30 minutes")
    for step in page.locator(".step").all():
        expect(step).to_be_in_viewport(ratio=1)
    keys.follow("a")
    expect(page).to_have_url(f"{live_url}{BOARD}requests/{second.pk}/")
    first.refresh_from_db()
    assert first.follow_up_at is not None
    assert timedelta(minutes=20) < first.follow_up_at - timezone.now() <= timedelta(minutes=30)
    assert first.claimed_by is None

    # The second call reaches the patient; a note is typed, and no key acts while it is.
    keys.to("#outreach_note")
    page.keyboard.type("Needs 4 boxes, moved to 12 Elm.")
    expect(page).to_have_url(f"{live_url}{BOARD}requests/{second.pk}/")
    keys.to("[name=outcome][value=reached_patient]")
    keys.follow("Enter")
    expect(page.locator("#dock-title")).to_have_text("“Reached the patient” is logged. What next?")
    expect(page.locator(".step").first).to_contain_text("Close: Address updated")
    keys.follow("1")
    expect(page.locator(".messagelist")).to_contain_text("The request is closed.")
    second.refresh_from_db()
    assert (second.status, second.disposition) == ("closed", "address_updated")
    assert second.events.get(kind="outreach").note == "Needs 4 boxes, moved to 12 Elm."

    # A caller who lost the connection reads a reference aloud; one character is heard wrong.
    keys.to(f"a[href='{PHONE}']")
    keys.follow("Enter")
    expect(page.locator("#lookup-q")).to_be_focused()
    wrong = "3" if first.reference[-1] != "3" else "4"
    page.keyboard.type(first.reference.replace("-", " ")[:-1].lower() + wrong)
    expect(page.locator("#lookup-hint")).to_contain_text("one of these characters is wrong")
    page.keyboard.press("Backspace")
    page.keyboard.type(first.reference[-1])
    expect(page.locator("#lookup-hint")).to_have_text("")
    keys.follow("Enter")
    expect(page).to_have_url(f"{live_url}{BOARD}requests/{first.pk}/")

    # The first, who has called back, is helped and resolved.
    keys.follow("t")
    keys.follow("1")
    keys.follow("1")
    first.refresh_from_db()
    assert (first.status, first.disposition) == ("closed", "emergency_refill")
    assert Request.objects.unclosed().count() == 0


@pytest.fixture
def ann(staff: Callable[[str], Any], page: Any, sign_in_page: Callable[[Any, Any], None]) -> Any:
    ann = staff("frontdesk", "ann")
    sign_in_page(page, ann)
    return ann


@pytest.fixture
def pages(ann: Any, staff: Callable[[str], Any]) -> dict[str, str]:
    """Each state of a call's page, and the pages of taking a request by phone."""
    now = timezone.now()
    danger = submit(
        now=now, danger_signs=["meningitis"], language="es", interpreter=True, zip_now="90012"
    ).request
    mine = submit(now=now, phone="+12135550143", caller_role="caregiver", caller_name="Lucía").request
    desk.claim(request_id=mine.pk, by=ann, now=now)
    tried = submit(now=now, phone="+12135550144", phone_alternate="+12135550145").request
    desk.log_outreach(request_id=tried.pk, outcome="wrong_number", note="Rang long.", by=ann, now=now)
    held = submit(now=now, phone="+12135550146", voicemail_ok="no").request
    desk.claim(request_id=held.pk, by=staff("pharmacist", "bob"), now=now)
    first = submit(now=now, phone="+12135550147").request
    later = submit(now=now, phone="+12135550147", missed_dose="yes").request
    submit(now=now, phone="+12135550147", first_name="Sol")
    found = {"first": first, "later": later, "danger": danger, "mine": mine, "tried": tried, "held": held}
    return {
        **{name: f"{BOARD}requests/{item.pk}/" for name, item in found.items()},
        "phone": PHONE,
        "form": f"{PHONE}current-patient/",
    }


def test_axe_finds_nothing_on_the_pages_of_a_call(page: Any, live_url: str, pages: dict[str, str]) -> None:
    found = []
    for name, path in pages.items():
        assert page.goto(live_url + path).status == 200, name
        for width, height in ((1280, 800), (768, 1024), (360, 640)):
            page.set_viewport_size({"width": width, "height": height})
            scrolled, seen = page.evaluate(
                "[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
            )
            if scrolled > seen:
                found.append(f"{name}, {width}: sticks out, {scrolled} of {seen}")
            # What differs from page to page is on the widest; the narrow layouts are the same for all.
            if width != 1280 and name not in ("danger", "tried", "form"):
                continue
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                lines = violations(page, rest=scheme == "light" and width != 768, in_columns=True)
                found += [f"{name}, {width}, {scheme}: {line}" for line in lines]
    assert not found, "\n".join(found)


def test_a_lease_is_kept_by_working_and_its_loss_is_said(page: Any, live_url: str, ann: Any) -> None:
    item = submit(now=timezone.now()).request
    desk.claim(request_id=item.pk, by=ann, now=timezone.now())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/keep/" in request.url else None)
    page.clock.install()
    page.goto(f"{live_url}{BOARD}requests/{item.pk}/")
    lease = page.locator(".lease p")
    expect(lease).to_contain_text("You hold this until")
    # Reading alone keeps nothing; before it ends that is said.
    page.clock.run_for(26 * 60_000)
    expect(lease).to_have_text("Your claim runs out in less than 5 minutes.")
    assert asked == []
    with page.expect_response("**/keep/") as kept:
        page.keyboard.press("Shift")
    assert kept.value.json() == {"seconds": 1800}
    expect(lease).to_have_text("You hold this: it renews while you work on it.")
    # Not again within the same minute.
    page.keyboard.press("Shift")
    page.clock.run_for(31 * 60_000)
    assert len(asked) == 1
    expect(lease).to_contain_text("You don’t hold this request any more.")
