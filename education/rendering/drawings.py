"""Drawings in articles: what an SVG may hold, and the figure around it."""

import re

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from ..documents import Figure

# Shapes and words. Nothing that runs, loads, links, animates or brings rules of its own.
_SHAPES = {"circle", "ellipse", "g", "line", "path", "polygon", "polyline", "rect", "svg", "text", "tspan"}
# How a class colors a shape stands in the style sheet, for light and dark.
CLASSES = {
    *("fig-ink", "fig-muted", "fig-brand", "fig-good", "fig-care", "fig-alarm", "fig-wash", "fig-line"),
    *("fig-paper", "fig-text", "fig-small"),
}
_ATTRIBUTES = {
    *("cx", "cy", "d", "dx", "dy", "height", "points", "r", "rx", "ry", "transform", "width"),
    *("x", "x1", "x2", "y", "y1", "y2"),
    *("fill", "fill-opacity", "fill-rule", "opacity", "stroke", "stroke-dasharray", "stroke-linecap"),
    *("stroke-linejoin", "stroke-opacity", "stroke-width"),
    *("dominant-baseline", "font-size", "font-style", "font-weight", "text-anchor"),
}
# Numbers, path commands, transforms, color names. A colon, a quote or "url(" has no place in them.
_HARMLESS = re.compile(r"[\w\s.,#%()+-]*")


def _attribute(tag: str, name: str, value: str) -> str | None:
    return value if _HARMLESS.fullmatch(value) and "url" not in value.lower() else None


def drawing(figure: Figure) -> SafeString:
    """The figure's SVG with nothing in it but shapes and words; empty if it is not one."""
    clean = nh3.clean(
        figure.svg,
        tags=_SHAPES,
        clean_content_tags={"script", "style", "foreignobject", "title", "desc", "metadata"},
        attributes={"*": _ATTRIBUTES, "svg": {"viewBox"}},
        allowed_classes=dict.fromkeys(_SHAPES, CLASSES),
        attribute_filter=_attribute,
        strip_comments=True,
        link_rel=None,
    )
    drawn = re.fullmatch(r"\s*<svg((?:(?!<svg)[\s\S])*)</svg>\s*", clean)
    if not drawn:
        return SafeString()
    opening = format_html('<svg role="img" aria-label="{}"', figure.title)
    return mark_safe(f"{opening}{drawn[1]}</svg>")  # noqa: S308  sanitised above


def figure_html(figure: Figure, alternative: SafeString) -> SafeString:
    """`alternative` is the figure in words, as safe HTML; it stands under the drawing, folded."""
    caption = format_html(" {}", figure.caption) if figure.caption else ""
    return format_html(
        '<figure class="figure" id="figure-{}">{}<figcaption><strong>{}</strong>{}</figcaption>'
        "<details><summary>{}</summary>{}</details></figure>",
        figure.name,
        drawing(figure),
        figure.title,
        caption,
        gettext("The figure in words"),
        alternative,
    )


def in_place(html: str, figures: dict[str, SafeString]) -> str:
    """`html` with each `placeholder` replaced by its figure, which leaves `figures`: it stands once."""
    return re.sub(
        r'<figure data-figure="([a-z0-9-]+)"></figure>', lambda match: figures.pop(match[1], ""), html
    )


def placeholder(name: str) -> str:
    # Only the renderer can write this: HTML in the source is shown as text.
    return f'<figure data-figure="{name}"></figure>\n'
