"""The whole article: sections, questions and quick reference in order, references and glossary."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from ..choices import Kind, Reader
from ..documents import (
    QUESTIONS_ANCHOR,
    QUICK_REFERENCE_ANCHOR,
    Document,
    Reference,
    Section,
    before_clinicians,
    slug_of,
)
from .drawings import figure_html
from .markdown import CITATION, Page, badge_html, markdown

QUICK_REFERENCE = {
    "dose": gettext_lazy("Dose"),
    "rate": gettext_lazy("Rate"),
    "premedication": gettext_lazy("Premedication"),
    "monitoring": gettext_lazy("Monitoring"),
    "red_flags": gettext_lazy("Red flags"),
    "labeling": gettext_lazy("Labeled or off-label"),
}
# Beyond this a reference only leads back to its first citations.
BACK_LINKS = 12


@dataclass(frozen=True)
class Rendered:
    """Safe HTML, and `contents`: `{"anchor", "heading", "reader"}` of each section in order.

    `references_html` are the items of a list, `glossary_html` is a list of definitions or empty.
    """

    html: SafeString
    references_html: SafeString
    glossary_html: SafeString
    contents: list[dict[str, str]]


def render(document: Document) -> Rendered:
    """The whole document; TooLong if a block of it is."""
    page = Page(
        references={reference.number for reference in document.references},
        terms={slug_of(term.term) for term in document.glossary},
    )
    page.figures = {
        figure.name: figure_html(figure, markdown(figure.alternative)) for figure in document.figures
    }
    # The order of the page, so that citations are numbered as they are read.
    first = before_clinicians(document)
    blocks = [_section(section, page) for section in document.sections[:first]]
    contents = [_entry(s.anchor, s.heading, s.reader) for s in document.sections]
    added = []
    if document.questions:
        blocks.append(_questions(document, page))
        added.append(_entry(QUESTIONS_ANCHOR, _questions_heading(document), Reader.PATIENT))
    if document.quick_reference:
        blocks.append(_quick_reference(document, page))
        added.append(_entry(QUICK_REFERENCE_ANCHOR, gettext("Quick reference"), Reader.CLINICIAN))
    contents[first:first] = added
    blocks += [_section(section, page) for section in document.sections[first:]]
    glossary = _glossary(document, page)
    return Rendered(
        html=_join(blocks),
        references_html=_join(
            [_reference(r, page.cited[r.number], document.language) for r in document.references]
        ),
        glossary_html=glossary,
        contents=contents,
    )


def unresolved(document: Document) -> list[int]:
    """Numbers that the text cites and the references lack, ascending."""
    texts = [text for _anchor, text in document.texts()]
    cited = {int(n) for text in texts for group in CITATION.findall(text) for n in re.findall(r"\d+", group)}
    return sorted(cited - {reference.number for reference in document.references})


def _entry(anchor: str, heading: str, reader: str) -> dict[str, str]:
    return {"anchor": anchor, "heading": heading, "reader": str(reader)}


def _section(section: Section, page: Page) -> SafeString:
    body = markdown(section.body, page=page, anchor=section.anchor, label=section.heading)
    return _part(section.anchor, section.heading, section.reader, body)


def _part(anchor: str, heading: str, reader: str, body: SafeString) -> SafeString:
    layer = SafeString()
    if reader == Reader.CLINICIAN:
        layer = format_html('<p class="muted">{}</p>', gettext("For clinicians"))
    return format_html(
        '<section id="{}" class="part">{}<h2>{}</h2><div data-reader="{}">{}</div></section>',
        anchor,
        layer,
        heading,
        str(reader),
        body,
    )


def _questions_heading(document: Document) -> str:
    return document.questions_heading or gettext("Questions and answers")


def _questions(document: Document, page: Page) -> SafeString:
    pairs = [
        (i, question.question, markdown(question.answer, page=page, anchor=f"question-{i}"))
        for i, question in enumerate(document.questions, start=1)
    ]
    answers = format_html_join("\n", '<h3 id="question-{}">{}</h3>{}', pairs)
    return _part(QUESTIONS_ANCHOR, _questions_heading(document), Reader.PATIENT, answers)


def _quick_reference(document: Document, page: Page) -> SafeString:
    rows = [
        (QUICK_REFERENCE[name], markdown(text, page=page, anchor=f"quick-{name}"))
        for name, text in asdict(document.quick_reference).items()
        if text
    ]
    table = format_html(
        '<dl class="quick">{}</dl>',
        format_html_join("\n", "<div><dt>{}</dt><dd>{}</dd></div>", rows),
    )
    return _part(QUICK_REFERENCE_ANCHOR, gettext("Quick reference"), Reader.CLINICIAN, table)


def _glossary(document: Document, page: Page) -> SafeString:
    if not document.glossary:
        return SafeString()
    rows = [
        (slug_of(term.term), term.term, markdown(term.definition, page=page))
        for term in sorted(document.glossary, key=lambda term: slug_of(term.term))
    ]
    return format_html(
        '<dl class="glossary" data-reader="patient">{}</dl>',
        format_html_join("\n", '<div id="term-{}"><dt>{}</dt><dd>{}</dd></div>', rows),
    )


def _reference(reference: Reference, cited: int, language: str) -> SafeString:
    source = [format_html("{}", reference.text)]
    if reference.doi:
        url = f"https://doi.org/{reference.doi}"
        source.append(format_html(' <a href="{}">doi:{}</a>', url, reference.doi))
    if reference.url.startswith(("https://", "http://")):
        shown = reference.url.partition("://")[2].rstrip("/")
        source.append(format_html(' <a href="{}">{}</a>', reference.url, shown))
    cited_as = _join(source, "")
    if language != "en":
        # Sources are cited in the language that they are written in: English, for all that there are so far.
        cited_as = format_html('<span lang="en">{}</span>', cited_as)
    parts = [format_html('<li id="ref-{0}" value="{0}">{1}', reference.number, cited_as)]
    kind = [Kind(reference.kind).label, *([reference.level] if reference.level else [])]
    parts.append(format_html(" <small>{}</small>", ". ".join(map(str, kind)) + "."))
    if reference.to_be_checked:
        parts.append(format_html(" {}", badge_html("to-check")))
    if reference.note:
        parts.append(format_html(" <small>{}</small>", reference.note))
    if cited:
        parts.append(_back_links(reference.number, min(cited, BACK_LINKS)))
    return format_html("{}</li>", _join(parts, ""))


def _back_links(number: int, cited: int) -> SafeString:
    links = ((number, i, i) for i in range(1, cited + 1))
    return format_html(
        ' <span class="backs">↩ {} {}</span>',
        gettext("Back to the text:"),
        format_html_join(" ", '<a href="#cite-{}-{}">{}</a>', links),
    )


def _join(parts: Sequence[SafeString], separator: str = "\n") -> SafeString:
    return format_html_join(separator, "{}", ((part,) for part in parts))
