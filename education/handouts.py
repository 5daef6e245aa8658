"""What of an article stands on one sheet of paper: the short version and the red flags. Pure."""

import re

from django.utils.safestring import SafeString, mark_safe

# The sections that go on the sheet, by the anchors that they have in every language.
ANCHORS = ("short-version", "red-flags")

_SECTION = re.compile(r'<section id="([^"]+)" class="part">.*?</section>', re.S)
_PATIENTS = '<div data-reader="patient">'
_CALLOUT = re.compile(r'<div class="callout card.*?</div>', re.S)
# Citations lead to references, terms to the glossary: neither stands on the sheet.
_CITATION = re.compile(r'\s*<sup class="cite">.*?</sup>', re.S)
_TERM = re.compile(r'<a class="term"[^>]*>(.*?)</a>', re.S)
_FIGURE = re.compile(r"<figure.*?</figure>", re.S)


def of(html: str) -> SafeString:
    """The parts of a rendered article that go on the sheet.

    Where an article has none of the sections, these are its first one for patients and all of its call-outs.
    """
    sections = {match[1]: match[0] for match in _SECTION.finditer(html)}
    parts = [sections[anchor] for anchor in ANCHORS if anchor in sections]
    if not parts:
        patients = [section for section in sections.values() if _PATIENTS in section]
        callouts = [callout for section in patients[1:] for callout in _CALLOUT.findall(section)]
        parts = [*patients[:1], *callouts]
    sheet = "\n".join(parts)
    for pattern, left in ((_CITATION, ""), (_FIGURE, ""), (_TERM, r"\1")):
        sheet = pattern.sub(left, sheet)
    return mark_safe(sheet)  # noqa: S308  parts of what was sanitised when it was rendered
