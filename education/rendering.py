"""Markdown to safe HTML, without the database.

Beyond CommonMark and tables: call-outs (`::: emergency`, `::: care-team`, `::: pharmacy`, closed by `:::`),
citations of numbered references (`[@4]`, `[@4; @6]`) and badges (`[!off-label]`, `[!labeled]`,
`[!unsourced]`, `[!to-check]`). HTML in the source is shown as text; what comes out passes a sanitiser as
well. Fixed words come in the language that is active.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import nh3
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_lazy, pgettext
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from .choices import Kind, Reader
from .documents import QUESTIONS_ANCHOR, Document, Reference, Section

# One block of text; the longest section of the first article has a tenth of it.
MAX_CHARS = 40_000

# Each call-out with the class of its card and its title, which says how urgent it is.
CALLOUTS = {
    "emergency": ("card--emergency", gettext_lazy("Emergency. Call 911 now.")),
    "care-team": ("card--care", gettext_lazy("Urgent. Call your care team now.")),
    "pharmacy": ("card--info", gettext_lazy("Not an emergency. Call the pharmacy.")),
}
BADGES = {
    "off-label": gettext_lazy("off-label"),
    "labeled": gettext_lazy("labeled"),
    "unsourced": gettext_lazy("not yet sourced"),
    "to-check": gettext_lazy("to be checked"),
}

_CITATION = re.compile(r"\[@\d{1,3}(?:; ?@\d{1,3}){0,9}\]")
_BADGE = re.compile(rf"\[!({'|'.join(BADGES)})\]")
_TAGS = {"a", "br", "code", "em", "span", "strong", "sup"} | {
    *("blockquote", "div", "h3", "h4", "hr", "li", "ol", "p", "pre", "ul"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_CLASSES = {
    "div": {"callout", "card", "scroll", *(card for card, _title in CALLOUTS.values())},
    "h3": {"card__title"},
    "span": {"badge"},
    "sup": {"cite"},
}


class TooLong(ValueError):
    """A block of Markdown has more than MAX_CHARS characters."""


@dataclass(frozen=True)
class Rendered:
    """`html` and `references_html` are safe; `contents` lists `{"anchor", "heading", "reader"}` in order."""

    html: SafeString
    references_html: SafeString
    contents: list[dict[str, str]]


def render(document: Document) -> Rendered:
    """The whole document; TooLong if a block of it is."""
    known = {reference.number for reference in document.references}
    blocks = [_section(section, known) for section in document.sections]
    # Clinicians' sections come last in what is written, so questions stand before the first of them.
    first = next((i for i, s in enumerate(document.sections) if s.reader == Reader.CLINICIAN), len(blocks))
    contents = [{"anchor": s.anchor, "heading": s.heading, "reader": s.reader} for s in document.sections]
    if document.questions:
        blocks.insert(first, _questions(document, known))
        heading = {
            "anchor": QUESTIONS_ANCHOR,
            "heading": gettext("Questions and answers"),
            "reader": "patient",
        }
        contents.insert(first, heading)
    return Rendered(
        html=_join(blocks),
        references_html=format_html_join("\n", "{}", ((_reference(r),) for r in document.references)),
        contents=contents,
    )


def unresolved(document: Document) -> list[int]:
    """Numbers that the text cites and the references lack, ascending."""
    texts = [s.body for s in document.sections] + [q.answer for q in document.questions]
    cited = {int(n) for text in texts for group in _CITATION.findall(text) for n in re.findall(r"\d+", group)}
    return sorted(cited - {reference.number for reference in document.references})


def markdown(text: str, *, known: Collection[int] = (), anchor: str = "", label: str = "") -> SafeString:
    """Safe HTML of one block; TooLong beyond MAX_CHARS.

    `known` are the numbers that may be cited, `anchor` prefixes the ids of its headings, and `label` names
    its tables for a screen reader.
    """
    if len(text) > MAX_CHARS:
        raise TooLong(gettext("The text is longer than %(limit)d characters.") % {"limit": MAX_CHARS})
    html = _markdown.render(text, {"known": set(known), "anchor": anchor, "label": label})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={
            "*": set(),
            "a": {"href", "aria-label"},
            "div": {"role", "tabindex", "aria-label"},
            "h3": {"id"},
            "h4": {"id"},
            "ol": {"start"},
            "th": {"scope"},
        },
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return mark_safe(clean)  # noqa: S308  sanitised in the line above


def _section(section: Section, known: Collection[int]) -> SafeString:
    body = markdown(section.body, known=known, anchor=section.anchor, label=section.heading)
    layer = SafeString()
    if section.reader == Reader.CLINICIAN:
        layer = format_html('<p class="muted">{}</p>', gettext("For clinicians"))
    return format_html(
        '<section id="{}" class="part">{}<h2>{}</h2><div data-reader="{}">{}</div></section>',
        section.anchor,
        layer,
        section.heading,
        section.reader,
        body,
    )


def _questions(document: Document, known: Collection[int]) -> SafeString:
    pairs = [
        (i, question.question, markdown(question.answer, known=known, anchor=f"question-{i}"))
        for i, question in enumerate(document.questions, start=1)
    ]
    return format_html(
        '<section id="{}" class="part"><h2>{}</h2><div data-reader="patient">{}</div></section>',
        QUESTIONS_ANCHOR,
        gettext("Questions and answers"),
        format_html_join("\n", '<h3 id="question-{}">{}</h3>{}', pairs),
    )


def _reference(reference: Reference) -> SafeString:
    parts = [format_html('<li id="ref-{0}" value="{0}">{1}', reference.number, reference.text)]
    if reference.doi:
        url = f"https://doi.org/{reference.doi}"
        parts.append(format_html(' <a href="{}">doi:{}</a>', url, reference.doi))
    if reference.url.startswith(("https://", "http://")):
        shown = reference.url.partition("://")[2].rstrip("/")
        parts.append(format_html(' <a href="{}">{}</a>', reference.url, shown))
    kind = [Kind(reference.kind).label, *([reference.level] if reference.level else [])]
    parts.append(format_html(" <small>{}</small>", ". ".join(map(str, kind)) + "."))
    if reference.to_be_checked:
        parts.append(format_html(" {}", _badge_html("to-check")))
    if reference.note:
        parts.append(format_html(" <small>{}</small>", reference.note))
    return format_html("{}</li>", _join(parts, ""))


def _join(parts: Sequence[SafeString], separator: str = "\n") -> SafeString:
    return format_html_join(separator, "{}", ((part,) for part in parts))


def _badge_html(name: str) -> SafeString:
    return format_html('<span class="badge">{}</span>', BADGES[name])


# --- rules for the parser


def _brackets(state: StateInline, silent: bool) -> bool:
    """Citations and badges; anything else in brackets is left to the other rules."""
    if state.src[state.pos] != "[":
        return False
    for kind, pattern in (("citation", _CITATION), ("badge", _BADGE)):
        if match := pattern.match(state.src, state.pos, state.posMax):
            if not silent:
                state.push(kind, "", 0).content = match[0]
            state.pos = match.end()
            return True
    return False


def _render_citation(
    self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]
) -> str:
    links = []
    for number in re.findall(r"\d+", tokens[index].content):
        if int(number) in env["known"]:
            name = gettext("Reference %(number)s") % {"number": number}
            links.append(f'<a href="#ref-{int(number)}" aria-label="{escape(name)}">{int(number)}</a>')
        else:
            # Shown, not hidden: a claim whose source is missing must be noticed.
            links.append(f"{int(number)}?")
    return f'<sup class="cite">[{", ".join(links)}]</sup>'


def _render_badge(self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    return _badge_html(tokens[index].content[2:-1])


def _is_callout(name: str, info: str, markup: str) -> bool:
    return info.strip() == name


def _render_callout(self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    if tokens[index].nesting != 1:
        return "</div>\n"
    card, title = CALLOUTS[tokens[index].info.strip()]
    return format_html('<div class="callout card {}"><h3 class="card__title">{}</h3>\n', card, title)


def _outline(state: StateCore) -> None:
    """Headings fit under the section's h2 and carry ids; the first cell of a row is its heading."""
    used: set[str] = set()
    row_start = in_body = False
    for i, token in enumerate(state.tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3" if token.tag in ("h1", "h2", "h3") else "h4"
        if token.type == "heading_open":
            base = (
                "-".join(filter(None, [state.env["anchor"], slugify(state.tokens[i + 1].content)])) or "part"
            )
            name, n = base, 2
            while name in used:
                name, n = f"{base}-{n}", n + 1
            used.add(name)
            token.attrSet("id", name)
        elif token.type in ("tbody_open", "tbody_close"):
            in_body = token.nesting == 1
        elif token.type == "tr_open":
            row_start = in_body
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "td_open" and row_start:
            token.tag = "th"
            token.attrSet("scope", "row")
        elif token.type == "td_close" and row_start:
            token.tag, row_start = "th", False


def _render_table_open(
    self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]
) -> str:
    label = env["label"] or pgettext("name of a table without a heading", "Table")
    return format_html('<div class="scroll" role="region" tabindex="0" aria-label="{}"><table>\n', label)


def _render_table_close(
    self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]
) -> str:
    return "</table></div>\n"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table").disable("image")
    for name in CALLOUTS:
        container_plugin(parser, name, validate=partial(_is_callout, name), render=_render_callout)
    parser.inline.ruler.before("link", "brackets", _brackets)
    parser.core.ruler.push("outline", _outline)
    for rule, function in {
        "citation": _render_citation,
        "badge": _render_badge,
        "table_open": _render_table_open,
        "table_close": _render_table_close,
    }.items():
        parser.add_render_rule(rule, function)
    return parser


_markdown = _parser()
