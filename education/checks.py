"""What to look at before an article is published: the content alone, without the database."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from . import readability, rendering
from .choices import Reader
from .documents import Document, slug_of
from .rendering.drawings import drawing
from .rendering.markdown import BADGE, CITATION, FIGURE, TERM

_LINK = re.compile(r"\]\(#([^)\s]+)\)")
_ID = re.compile(r'\sid="([^"]+)"')
# What stands around every article.
_AROUND = {"main", "contents", "references", "help", "disclaimer"}
# A row that states something says where it is from, or that it is not sourced yet.
_FEWEST_WORDS = 6


@dataclass(frozen=True)
class Finding:
    """`place` is the anchor of the section that it is about, or empty; `blocks` forbids publishing."""

    text: str
    place: str = ""
    blocks: bool = False


def check(document: Document, *, articles: Collection[str] | None = None) -> list[Finding]:
    """Everything that stands out, what blocks first. `articles` are the addresses that may be linked to."""
    html = rendering.render(document)
    ids = {*_ID.findall(html.html), *_ID.findall(html.references_html), *_ID.findall(html.glossary_html)}
    found = [
        *_citations(document),
        *_anchors(document, ids | _AROUND),
        *_terms(document),
        *_figures(document),
        *_readability(document, html.html),
        *_claims(document),
        *_unused(document),
    ]
    if articles is not None and document.next_article and document.next_article not in articles:
        words = _("What to read next, “%s”, is not published.") % document.next_article
        found.append(Finding(words))
    return sorted(found, key=lambda finding: not finding.blocks)


def _citations(document: Document) -> Iterator[Finding]:
    known = {reference.number for reference in document.references}
    for place, text in document.texts():
        cited = {int(n) for group in CITATION.findall(text) for n in re.findall(r"\d+", group)}
        if missing := sorted(cited - known):
            words = _("It cites references that the article doesn’t have: %s.") % ", ".join(map(str, missing))
            yield Finding(words, place, blocks=True)


def _anchors(document: Document, ids: Collection[str]) -> Iterator[Finding]:
    for place, text in document.texts():
        for anchor in dict.fromkeys(_LINK.findall(text)):
            if anchor not in ids:
                yield Finding(_("A link leads to #%s, which isn’t there.") % anchor, place, blocks=True)


def _terms(document: Document) -> Iterator[Finding]:
    known = {slug_of(term.term) for term in document.glossary}
    for place, text in document.texts():
        for shown, term in dict.fromkeys(TERM.findall(text)):
            if slug_of(term or shown) not in known:
                yield Finding(_("The glossary has no “%s”.") % (term or shown), place, blocks=True)


def _figures(document: Document) -> Iterator[Finding]:
    known = {figure.name: figure for figure in document.figures}
    placed: list[str] = []
    for place, text in document.texts():
        for name in FIGURE.findall(text):
            placed.append(name)
            if name not in known:
                yield Finding(_("There is no figure “%s”.") % name, place, blocks=True)
    for name in sorted({name for name in placed if placed.count(name) > 1 and name in known}):
        yield Finding(_("The figure “%s” is placed twice; it shows once.") % name, f"figure-{name}")
    for name, figure in known.items():
        if name not in placed:
            yield Finding(_("The figure “%(name)s” stands nowhere: put [[figure %(name)s]] in the text.")
                          % {"name": name})  # fmt: skip
        if not figure.alternative.strip():
            yield Finding(_("The figure “%s” has no text alternative.") % name, f"figure-{name}", blocks=True)
        if not drawing(figure):
            yield Finding(_("The figure “%s” is not a drawing that can be shown.") % name, blocks=True)


def _readability(document: Document, html: str) -> Iterator[Finding]:
    # The formula is made for English.
    if document.language != "en":
        return
    hard = _("Hard to read: grade %(grade)s, at most %(most)s.")
    hard_warning = _("A warning is hard to read: grade %(grade)s, at most %(most)s.")
    for section in re.findall(r'<section id="[^"]+"[\s\S]*?</section>', html):
        place = _ID.findall(section)[0]
        for text, most, words in (
            (readability.patient_text(section), readability.PATIENT_GRADE, hard),
            (readability.warnings(section), readability.WARNING_GRADE, hard_warning),
        ):
            if (grade := readability.grade(text)) > most:
                yield Finding(words % {"grade": f"{grade:.1f}", "most": most}, place)


def _claims(document: Document) -> Iterator[Finding]:
    """Statements for clinicians that name neither a source nor that there is none."""
    for section in document.sections:
        if section.reader != Reader.CLINICIAN:
            continue
        for line in section.body.splitlines():
            words = len(line.split())
            states = line.startswith(("- ", "| ", "* ")) and "---" not in line
            if states and words >= _FEWEST_WORDS and not CITATION.search(line) and not BADGE.search(line):
                first = re.sub(r"[|*]", "", line).strip()[:60]
                if not first.startswith(_HEADS):
                    yield Finding(_("For clinicians, without a source: “%s …”") % first, section.anchor)


# First cells of tables' heads.
_HEADS = ("Topic", "Claim", "Tema", "Afirmación")


def _unused(document: Document) -> Iterator[Finding]:
    cited = {
        int(n)
        for _place, text in document.texts()
        for group in CITATION.findall(text)
        for n in re.findall(r"\d+", group)
    }
    if idle := sorted({reference.number for reference in document.references} - cited):
        yield Finding(_("No text cites these references: %s.") % ", ".join(map(str, idle)), "references")
