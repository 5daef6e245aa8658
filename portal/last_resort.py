"""A page of fixed text with both lines, for when the pages can't be rendered.

It needs no database, template, translation or static file. Its numbers are those of the last copy that can
be read; the fixed ones below stand in where even that fails.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from intake import situation
from intake.situation import Line
from portal import logs

logger = logging.getLogger(__name__)

AS_OF = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True)
class FixedLine:
    """What a page needs of a line, with the names that `intake.situation.Line` gives them."""

    door: str
    audience_en: str
    audience_es: str
    display: str
    tel: str

    @property
    def audience(self) -> str:
        return self.audience_es if (get_language() or "").startswith("es") else self.audience_en


LINES = (
    FixedLine(
        "current-patient",
        "For current patients, or if you are not sure",
        "Para pacientes actuales, o si no está seguro",
        "877-595-0757",
        "tel:+18775950757",
    ),
    FixedLine(
        "new-patient",
        "For people who are not patients yet",
        "Para personas que aún no son pacientes",
        "877-602-7779",
        "tel:+18776027779",
    ),
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Please call – California Specialty Pharmacy</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
</head>
<body>
<main>
<h1>California Specialty Pharmacy</h1>
<p>This page can’t be shown right now. If you were sending a request:
<strong>NOT SENT.</strong> Please call.</p>
<p lang="es">Esta página no se puede mostrar ahora. Si estaba enviando una solicitud:
<strong>NO SE ENVIÓ.</strong> Llame, por favor.</p>
<ul>
{lines}
<li><a href="tel:911">Life in danger / <span lang="es">Vida en peligro</span>: 911</a></li>
</ul>
<p>As of {as_of}.{number}</p>
{typed}
</main>
</body>
</html>
"""
NUMBER = ' Error number / <span lang="es">Número del error</span>: {}.'
ITEM = '<li><a href="{}">{} / <span lang="es">{}</span>: {}</a></li>'
# What was typed into a form, under its fields' names, to be sent once more.
TYPED = """<h2>What you typed / <span lang="es">Lo que escribió</span></h2>
<form method="post">
<input type="hidden" name="csrfmiddlewaretoken" value="{}">
{}
<p><button>Send again / <span lang="es">Enviar otra vez</span></button></p>
</form>"""
FIELD = '<p><label>{}<br><textarea name="{}" rows="2" cols="40">\n{}</textarea></label></p>'


def page(status: int, typed: HttpRequest | None = None) -> HttpResponse:
    """Return the page, with what the request `typed` has posted; never raises."""
    try:
        copy = situation.current()
        as_of, lines = copy.as_of, _items(copy.lines)
    except Exception:
        logger.exception("No copy of the lines can be read; the fixed ones are shown.")
        as_of, lines = AS_OF, _items(LINES)
    html = format_html(
        PAGE,
        lines=lines,
        as_of=f"{timezone.localtime(as_of):%Y-%m-%d %H:%M %Z}",
        number=format_html(NUMBER, work.id) if (work := logs.current.get()) else "",
        typed=_typed(typed) if typed else "",
    )
    return HttpResponse(html, status=status, headers={"Cache-Control": "no-store"})


def _items(lines: Iterable[Line | FixedLine]) -> SafeString:
    return format_html_join(
        "\n",
        ITEM,
        ((line.tel, line.audience_en, line.audience_es or line.audience_en, line.display) for line in lines),
    )


def _typed(request: HttpRequest) -> SafeString | str:
    try:
        fields = [
            (name.replace("_", " "), name, value)
            for name, values in request.POST.lists()
            for value in values
            if value and name != "csrfmiddlewaretoken"
        ]
        return format_html(TYPED, get_token(request), format_html_join("\n", FIELD, fields))
    except Exception:
        logger.exception("What was typed can't be read.")
        return ""
