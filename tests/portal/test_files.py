from datetime import datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.utils import timezone

from education import services
from education.choices import Status
from education.models import Article
from tests.portal.reading import Page

pytestmark = pytest.mark.django_db


def test_robots_are_kept_off_staff_pages_and_requests(client):
    lines = client.get("/robots.txt").content.decode().splitlines()
    for path in ("/admin/", "/help/received/", "/help/requests/", "/es/help/received/"):
        assert f"Disallow: {path}" in lines
    assert "Sitemap: http://testserver/sitemap.xml" in lines


def test_the_sitemap_lists_pages_that_exist(client):
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314  our own
    addresses = [loc.text or "" for loc in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    paths = [urlsplit(address).path for address in addresses]
    assert {"/", "/es/", "/help/current-patient/", "/es/help/new-patient/", "/education/"} <= set(paths)
    assert not [path for path in paths if client.get(path).status_code != 200]


def test_the_sitemap_lists_the_open_articles(client):
    call_command("load_content", verbosity=0)
    translation = Article.objects.get(slug="your-first-infusion", language="es")
    services.change_status(translation, Status.WITHDRAWN, by=None)
    namespaces = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314  our own
    entries = {urlsplit(entry.findtext("s:loc", "", namespaces)).path: entry for entry in tree}
    article = entries["/es/education/ivig-for-polymyositis/"]
    assert datetime.fromisoformat(article.findtext("s:lastmod", "", namespaces)) <= timezone.now()
    assert {link.attrib["hreflang"] for link in article.findall("x:link", namespaces)} == {"en", "es"}
    # Not in a language that it doesn't exist in, though a page with the English text answers there.
    assert "/es/education/your-first-infusion/" not in entries
    assert len(entries["/education/your-first-infusion/"].findall("x:link", namespaces)) == 1


def test_security_txt_has_what_rfc_9116_needs(client):
    response = client.get("/.well-known/security.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(
        line.split(": ", 1) for line in response.content.decode().splitlines() if not line.startswith("#")
    )
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=5) < expires - timezone.now() < timedelta(days=8)
    address, _, anchor = fields["Contact"].removeprefix("http://testserver").partition("#")
    page = Page(client.get(address))
    assert anchor in [heading.attrs.get("id") for heading in page.all("h2")]
