import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from education import rendering
from education.documents import MAX_CHARS, Document, Figure, Question, Section, Term
from education.rendering.drawings import CLASSES, drawing
from tests.education.page import Page
from tests.education.test_rendering import HOSTILE, is_harmless

SHAPES = {"circle", "ellipse", "g", "line", "path", "polygon", "polyline", "rect", "svg", "text", "tspan"}
BAD = [
    "<script>alert(1)</script>",
    '<a href="javascript:alert(1)"><text>x</text></a>',
    '<use href="#x"/>',
    '<use xlink:href="https://evil.example/x.svg#x"/>',
    '<image href="https://evil.example/x.png"/>',
    "<foreignObject><form action=//evil.example><input></form></foreignObject>",
    "<style>*{display:none}</style>",
    '<path style="fill:url(https://evil.example)" d="M0 0"/>',
    '<path fill="url(https://evil.example)" d="M0 0"/>',
    '<path fill="url(#x)" d="M0 0"/>',
    '<path onclick="alert(1)" d="M0 0"/>',
    '<animate attributeName="href" to="javascript:alert(1)"/>',
    '<set attributeName="onload" to="alert(1)"/>',
    '<path id="main" class="fig-ink card--emergency" d="M0 0"/>',
    "<title><img src=x onerror=alert(1)></title>",
    "<desc></svg><img src=x onerror=alert(1)></desc>",
    "<math><mi><style><img src=x onerror=alert(1)></style></mi></math>",
    "</svg><img src=x onerror=alert(1)><svg>",
    "<text><tspan></text></svg></figure></section><script>alert(1)</script>",
    "<svg><svg>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
]


def a_figure(svg: str, name: str = "one") -> Figure:
    return Figure(name, "The course", "A line that rises.", svg, "From week to week.")


def is_a_drawing(html: str) -> bool:
    """Nothing, or shapes alone, whose attributes load and run nothing."""
    page = Page(html)
    return (
        {tag for tag, _ in page.tags} <= SHAPES
        and not {"style", "href", "id", "src"} & {name for _, attributes in page.tags for name in attributes}
        and not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
        and {word for value in page.all("class") for word in value.split()} <= CLASSES
        and "url(" not in html
        and html.count("<svg") == html.count("</svg>") <= 1
    )


@pytest.mark.parametrize("bad", BAD)
def test_of_a_hostile_drawing_only_shapes_are_left(bad: str) -> None:
    assert is_a_drawing(drawing(a_figure(f'<svg viewBox="0 0 1 1"><path d="M0 0"/>{bad}</svg>')))
    assert is_a_drawing(drawing(a_figure(bad)))


@given(st.lists(st.sampled_from([*BAD, "<svg>", "</svg>", "<g>", "<text>", "</text>", '"', "'", "x", ">"])))
def test_hostile_mixtures_are_shapes_or_nothing(pieces: list[str]) -> None:
    assert is_a_drawing(drawing(a_figure("<svg>" + "".join(pieces) + "</svg>")))


def test_a_drawing_keeps_its_shapes_words_and_colors() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" width="900">'
        '<g class="fig-line fig-brand" transform="translate(1,2)"><path d="M0 0 L10,-3.5e1z" '
        'fill="currentColor" stroke-dasharray="4 2"/></g>'
        '<text x="1" y="2" class="fig-text" text-anchor="middle">Week 4 &amp; on</text></svg>'
    )
    html = drawing(a_figure(svg))
    assert 'role="img" aria-label="The course"' in html
    assert 'viewBox="0 0 320 200"' in html
    assert 'class="fig-line fig-brand"' in html
    assert 'd="M0 0 L10,-3.5e1z"' in html
    assert "Week 4 &amp; on</text>" in html


def test_the_longest_drawing_is_read_quickly() -> None:
    started = time.process_time()
    for piece in ("<g>", "<path d='M0 0'/>", "<text>", "</g>", "<g " + "x=1 " * 50 + ">"):
        drawing(a_figure("<svg>" + piece * (MAX_CHARS // len(piece)) + "</svg>"))
    assert time.process_time() - started < 5


def a_page(body: str, **parts: object) -> Document:
    section = Section("One", "one", "patient", body)
    return Document("a", "en", "A", "S.", "", "CSP", sections=(section,), **parts)  # type: ignore[arg-type]


def test_a_figure_stands_where_the_text_says_with_its_words_under_it() -> None:
    figure = a_figure('<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>')
    html = rendering.render(
        a_page("Before.\n\n[[figure one]]\n\nAfter [[figure one]].\n\n[[figure one]]", figures=(figure,))
    ).html
    assert html.count('<figure class="figure" id="figure-one"><svg') == 1
    assert html.index("Before") < html.index("<figure") < html.index("After")
    assert re.search(r"<details><summary>[^<]+</summary><p>A line that rises\.</p>", html)
    assert "The course" in html
    assert "From week to week." in html


def test_a_figure_that_is_missing_leaves_nothing() -> None:
    assert "figure" not in rendering.render(a_page("[[figure two]]")).html


def test_words_of_the_glossary_lead_to_their_definition() -> None:
    page = rendering.render(
        a_page(
            "Harmful [~autoantibodies|autoantibody] and [~IgA] and [~other].",
            glossary=(Term("IgA", "A kind of antibody."), Term("autoantibody", "It *attacks* you.")),
        )
    )
    assert '<a class="term" href="#term-autoantibody">autoantibodies</a>' in page.html
    assert '<a class="term" href="#term-iga">IgA</a>' in page.html
    assert "and other." in page.html
    assert '<div id="term-autoantibody"><dt>autoantibody</dt><dd><p>It <em>attacks</em> you.' in (
        page.glossary_html
    )


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "[~", "|", "]", "[[figure one]]", "[~x|y]", "\n\n", "::: care-team\n"])
    )
)
def test_hostile_text_is_harmless_in_every_place_of_a_page(pieces: list[str]) -> None:
    text = "".join(pieces) or "x"
    document = a_page(text, questions=(Question(text[:200], text),), glossary=(Term(text[:60], text),))
    document = replace(
        document, title=text[:120], figures=(replace(a_figure("<svg></svg>"), alternative=text),)
    )
    page = rendering.render(document)
    for html in (page.html, page.glossary_html, page.references_html):
        tags = {tag for tag, _ in Page(html).tags}
        assert not {"script", "img", "iframe", "form", "style", "input", "object"} & tags
        assert not re.search(r"<[^>]+\s(on\w+|style)\s*=", html)
        hrefs = Page(html).all("href")
        assert all(re.match(r"https?://|mailto:|tel:|#|/|[^:]*$", href) for href in hrefs)


@pytest.mark.parametrize("piece", ["[~a|", "[~", "[[figure ", "> - ", "[@1; ", "::: pharmacy\n", "| a "])
def test_a_page_of_nonsense_is_rendered_quickly(piece: str) -> None:
    started = time.process_time()
    html = rendering.markdown(piece * (MAX_CHARS // len(piece)))
    assert time.process_time() - started < 5
    assert is_harmless(html)
