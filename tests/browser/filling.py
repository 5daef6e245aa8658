"""Fills in the forms by the names of their fields."""

from typing import Any

from intake.choices import Door


def address(door: Door, language: str = "en") -> str:
    return f"/help/{door}/" if language == "en" else f"/{language}/help/{door}/"


def needed(door: Door) -> dict[str, str]:
    """What has to be typed into a form, in its order; who is asking has to be chosen before."""
    born = {"date_of_birth": "3/15/1980"} if door == Door.CURRENT else {}
    return {"first_name": "Ana", "last_name": "Núñez", **born, "phone": "213 555 0100"}


def fill(page: Any, door: Door, **changes: str) -> None:
    page.check("[name=caller_role][value=patient]")
    for name, text in (needed(door) | changes).items():
        page.fill(f"[name={name}]", text)


def send(page: Any) -> None:
    page.click("form [type=submit]")


def unfold(page: Any) -> None:
    """Open whatever is folded, by clicks, as a visitor would."""
    folded = page.locator("main details:not([open]) > summary")
    while folded.count():
        folded.first.click()
