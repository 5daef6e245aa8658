"""Markdown to safe HTML, one block at a time.

Beyond CommonMark and tables: call-outs (`::: emergency`, `::: care-team`, `::: pharmacy`, `::: good-to-know`,
closed by `:::`), citations of numbered references (`[@4]`, `[@4; @6]`), badges (`[!off-label]`, `[!labeled]`,
`[!unsourced]`, `[!to-check]`), terms of the glossary (`[~autoantibodies|autoantibody]`, shown words and term)
and figures (`[[figure NAME]]`, alone in a paragraph). HTML in the source is shown as text; what comes out
passes a sanitiser as well. Fixed words come in the language that is active.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_lazy, pgettext
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from ..documents import MAX_CHARS, slug_of
from . import drawings

# Each call-out with the class of its card and its title, which says how urgent it is.
CALLOUTS = {
    "emergency": ("card--emergency", gettext_lazy("Emergency. Call 911 now.")),
    "care-team": ("card--care", gettext_lazy("Urgent. Call your care team now.")),
    "pharmacy": ("card--info", gettext_lazy("Not an emergency. Call the pharmacy.")),
    "good-to-know": ("card--good", gettext_lazy("Good to know. You don’t need to call.")),
}
# Those that tell a reader to act.
WARNINGS = ("emergency", "care-team", "pharmacy")
BADGES = {
    "off-label": gettext_lazy("off-label"),
    "labeled": gettext_lazy("labeled"),
    "unsourced": gettext_lazy("not yet sourced"),
    "to-check": gettext_lazy("to be checked"),
}

CITATION = re.compile(r"\[@\d{1,3}(?:; ?@\d{1,3}){0,9}\]")
BADGE = re.compile(rf"\[!({'|'.join(BADGES)})\]")
TERM = re.compile(r"\[~([^\[\]|~\n]{1,80})(?:\|([^\[\]|\n]{1,60}))?\]")
FIGURE = re.compile(r"\[\[figure ([a-z0-9-]{1,40})\]\]")
TAGS = {"a", "br", "code", "em", "span", "strong", "sup"} | {
    *("blockquote", "div", "h3", "h4", "hr", "li", "ol", "p", "pre", "ul"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_CLASSES = {
    "a": {"term"},
    "div": {"callout", "card", "scroll", *(card for card, _title in CALLOUTS.values())},
    "h3": {"card__title"},
    "span": {"badge"},
    "sup": {"cite"},
}


class TooLong(ValueError):
    """A block of Markdown has more than MAX_CHARS characters."""


@dataclass
class Page:
    """What the blocks of one page share.

    `references` are the numbers that may be cited, `terms` the anchors of the glossary, `figures` those not
    placed yet; `cited` counts the citations of each reference so far, which number their ids.
    """

    references: Collection[int] = ()
    terms: Collection[str] = ()
    figures: dict[str, SafeString] = field(default_factory=dict)
    cited: Counter[int] = field(default_factory=Counter)


def markdown(
    text: str, *, known: Collection[int] = (), page: Page | None = None, anchor: str = "", label: str = ""
) -> SafeString:
    """Safe HTML of one block; TooLong beyond MAX_CHARS.

    `known` are the numbers that may be cited where there is no `page`; `anchor` prefixes the ids of the
    block's headings, and `label` names its tables for a screen reader.
    """
    if len(text) > MAX_CHARS:
        raise TooLong(gettext("The text is longer than %(limit)d characters.") % {"limit": MAX_CHARS})
    page = page or Page(references=set(known))
    html = _markdown.render(text, {"page": page, "anchor": anchor, "label": label})
    clean = nh3.clean(
        html,
        tags=TAGS | {"figure"},
        attributes={
            "*": set(),
            "a": {"href", "aria-label", "id"},
            "div": {"role", "tabindex", "aria-label"},
            "figure": {"data-figure"},
            "h3": {"id"},
            "h4": {"id"},
            "ol": {"start"},
            "th": {"scope"},
        },
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return mark_safe(drawings.in_place(clean, page.figures))  # noqa: S308  sanitised above, as figures are


def badge_html(name: str) -> SafeString:
    return format_html('<span class="badge">{}</span>', BADGES[name])


# --- rules for the parser


def _brackets(state: StateInline, silent: bool) -> bool:
    """Citations, badges and terms; anything else in brackets is left to the other rules."""
    if state.src[state.pos] != "[":
        return False
    for kind, pattern in (("citation", CITATION), ("badge", BADGE), ("term", TERM)):
        if match := pattern.match(state.src, state.pos, state.posMax):
            if not silent:
                state.push(kind, "", 0).content = match[0]
            state.pos = match.end()
            return True
    return False


def _render_citation(
    self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]
) -> str:
    page: Page = env["page"]
    links = []
    for number in map(int, re.findall(r"\d+", tokens[index].content)):
        if number in page.references:
            page.cited[number] += 1
            name = gettext("Reference %(number)s") % {"number": number}
            links.append(
                f'<a href="#ref-{number}" id="cite-{number}-{page.cited[number]}" '
                f'aria-label="{escape(name)}">{number}</a>'
            )
        else:
            # Shown, not hidden: a claim whose source is missing must be noticed.
            links.append(f"{number}?")
    return f'<sup class="cite">[{", ".join(links)}]</sup>'


def _render_badge(self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    return badge_html(tokens[index].content[2:-1])


def _render_term(self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    match = TERM.fullmatch(tokens[index].content)
    shown, term = match.groups() if match else ("", "")
    slug = slug_of(term or shown)
    if slug not in env["page"].terms:
        return escape(shown)
    return format_html('<a class="term" href="#term-{}">{}</a>', slug, shown)


def _render_figure(self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    return drawings.placeholder(tokens[index].content)


def _figures(state: StateCore) -> None:
    """A paragraph that only names a figure becomes that figure."""
    tokens: list[Token] = []
    for token in state.tokens:
        tokens.append(token)
        if token.type == "paragraph_close" and (match := FIGURE.fullmatch(tokens[-2].content.strip())):
            figure = Token("figure", "", 0, content=match[1], block=True)
            tokens[-3:] = [figure]
    state.tokens = tokens


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
    # How often each heading was there: looking for a free name from 2 on would take a square of them.
    last: dict[str, int] = {}
    row_start = in_body = False
    for i, token in enumerate(state.tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3" if token.tag in ("h1", "h2", "h3") else "h4"
        if token.type == "heading_open":
            base = (
                "-".join(filter(None, [state.env["anchor"], slugify(state.tokens[i + 1].content)])) or "part"
            )
            name, n = base, last.get(base, 1)
            while name in used:
                n += 1
                name = f"{base}-{n}"
            used.add(name)
            last[base] = n
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
    parser.core.ruler.push("figures", _figures)
    parser.core.ruler.push("outline", _outline)
    for rule, function in {
        "citation": _render_citation,
        "badge": _render_badge,
        "term": _render_term,
        "figure": _render_figure,
        "table_open": _render_table_open,
        "table_close": _render_table_close,
    }.items():
        parser.add_render_rule(rule, function)
    return parser


_markdown = _parser()
