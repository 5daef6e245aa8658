"""What search engines read of an article: JSON-LD in the vocabulary of schema.org. Pure.

Nothing is claimed here that the page doesn't show: questions come from its text, a condition or a drug is
named where the text names it, and a review stands here when, and as long as, the page names a reviewer.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .documents import Document
from .search.passages import plain

PUBLISHER = "California Specialty Pharmacy"
# How fast adults read plain text that matters to them.
WORDS_A_MINUTE = 200
_FOR_PATIENTS = re.compile(r'<div data-reader="patient">.*?</div></section>', re.S)
_QUESTION = re.compile(r'<h3 id="question-\d+">(.*?)</h3>(.*?)(?=<h3 id="question-|</div></section>)', re.S)
# What would end the script's element, or start a comment or an entity in it.
_ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class Facts:
    """What the page says of itself. `html` is its text; `url` and `home` are whole addresses."""

    url: str
    home: str
    language: str
    title: str
    summary: str
    html: str
    author: str
    published: datetime
    updated: datetime
    questions: Sequence[tuple[str, str]] = ()
    condition: str = ""
    drug: str = ""
    for_clinicians: bool = False
    reviewed_on: date | None = None
    reviewer: str = ""


def facts_of(document: Document, html: str) -> dict[str, Any]:
    """What is kept with a rendered article, as JSON can hold it.

    These are the parts of `Facts` that are read off it, and how many minutes patients take to read theirs.
    """
    count = sum(len(plain(part).split()) for part in _FOR_PATIENTS.findall(html))
    return {
        "minutes": max(1, round(count / WORDS_A_MINUTE)),
        "questions": [list(pair) for pair in questions(html)],
        "condition": document.condition,
        "drug": document.drug,
    }


def questions(html: str) -> list[tuple[str, str]]:
    """The questions of a rendered article with their answers, in plain text."""
    return [(plain(question), plain(answer)) for question, answer in _QUESTION.findall(html)]


def graph(facts: Facts) -> dict[str, Any]:
    subjects = [
        {"@type": kind, "@id": f"{facts.url}#{kind.lower()}", "name": name}
        for kind, name in (("MedicalCondition", facts.condition), ("Drug", facts.drug))
        if name and _shown(name, facts)
    ]
    publisher = {
        "@type": "Organization",
        "@id": f"{facts.home}#publisher",
        "name": PUBLISHER,
        "url": facts.home,
    }
    page: dict[str, Any] = {
        "@type": "MedicalWebPage",
        "@id": facts.url,
        "url": facts.url,
        "name": facts.title,
        "description": facts.summary,
        "inLanguage": facts.language,
        "datePublished": facts.published.isoformat(timespec="seconds"),
        "dateModified": facts.updated.isoformat(timespec="seconds"),
        "author": {"@type": "Person", "name": facts.author},
        "publisher": {"@id": publisher["@id"]},
        "isAccessibleForFree": True,
        "audience": [
            {"@type": "MedicalAudience", "audienceType": audience}
            for audience in ("Patient", *(["Clinician"] if facts.for_clinicians else []))
        ],
    }
    if facts.author == PUBLISHER:
        page["author"] = {"@id": publisher["@id"]}
    if subjects:
        page["about"] = [{"@id": subject["@id"]} for subject in subjects]
    if facts.reviewed_on and facts.reviewer:
        page["lastReviewed"] = facts.reviewed_on.isoformat()
        page["reviewedBy"] = {"@type": "Person", "name": facts.reviewer}
    asked = []
    if facts.questions:
        asked = [_faq(facts)]
        page["hasPart"] = {"@id": asked[0]["@id"]}
    return {"@context": "https://schema.org", "@graph": [page, publisher, *subjects, *asked]}


def script(data: dict[str, Any]) -> SafeString:
    """The element that carries `data`; browsers don’t run it, so no policy forbids it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308  nothing can end it


def _faq(facts: Facts) -> dict[str, Any]:
    return {
        "@type": "FAQPage",
        "@id": f"{facts.url}#questions",
        "inLanguage": facts.language,
        "mainEntity": [
            {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}}
            for question, answer in facts.questions
        ],
    }


def _shown(name: str, facts: Facts) -> bool:
    shown = f"{escape(facts.title)} {escape(facts.summary)} {facts.html}"
    return str(escape(name)).casefold() in shown.casefold()
