"""The notices that the law asks for, at the foot of every public page (Section 1557)."""

import pytest

from tests.portal.reading import Page

pytestmark = pytest.mark.django_db

PAGES = [
    *("/", "/help/", "/status/", "/privacy/", "/nondiscrimination/", "/education/", "/education/search/?q=x"),
    *("/help/current-patient/", "/help/new-patient/", "/nowhere/"),
]


@pytest.mark.parametrize("path", [prefix + path for prefix in ("", "/es") for path in PAGES])
def test_nondiscrimination_and_free_help_in_one_s_language_are_a_step_away(client, path):
    page = Page(client.get(path))
    prefix = "/es" if path.startswith("/es") else ""
    (footer,) = page.all("footer")
    links = {link.attrs["href"]: link.text for link in page.all("a") if link.text in footer.text}
    assert links[f"{prefix}/nondiscrimination/"]
    assert links[f"{prefix}/nondiscrimination/#languages"]
    # Each language in itself, marked as such for whoever reads aloud.
    named = {part.attrs["lang"]: part.text for part in page.all("span", "bdi") if "lang" in part.attrs}
    assert named.items() >= {"es": "Español", "zh": "中文", "ko": "한국어", "ru": "Русский"}.items()
    assert {part.attrs["lang"] for part in page.all("bdi") if part.attrs.get("dir") == "rtl"} == {"fa", "ar"}
