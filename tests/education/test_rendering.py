import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from education import rendering
from education.documents import Document, Question, Reference, Section
from tests.education.page import Page

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "![x](https://evil.example/pixel.gif)",
    '[x](https://example.org "onmouseover=alert(1)")',
    "<javascript:alert(1)>",
    '::: emergency" onclick="alert(1)\nx\n:::',
    "[@1](javascript:alert(1))",
    "[!off-label](javascript:alert(1))",
    "<iframe src=//evil.example></iframe>",
    "<style>body{display:none}</style>",
    "</div></section><form action=//evil.example>",
    "# x <b onclick=1>",
    "| a |\n|---|\n| <script>alert(1)</script> |",
]
ALLOWED_SCHEMES = re.compile(r"(https?://|mailto:|tel:|#|/|[^:]*$)")


def is_harmless(html: str) -> bool:
    """No tag, attribute or address beyond what articles are made of."""
    page = Page(html)
    return (
        {tag for tag, _ in page.tags} <= rendering.TAGS
        and {name for _, attributes in page.tags for name in attributes}
        <= {"href", "aria-label", "class", "role", "tabindex", "id", "start", "scope"}
        and all(ALLOWED_SCHEMES.match(href) for href in page.all("href"))
    )


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_markdown_is_harmless(source: str) -> None:
    assert is_harmless(rendering.markdown(source, known={1}))


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "::: emergency", ":::", "- ", "> ", "|", "\n", "[@1]", "[!", "`", "x"])
    )
)
def test_hostile_mixtures_are_harmless(pieces: list[str]) -> None:
    for joint in ("", "\n", " "):
        assert is_harmless(rendering.markdown(joint.join(pieces), known={1}))


@given(st.text())
def test_any_text_renders(text: str) -> None:
    assert is_harmless(rendering.markdown(text))


@pytest.mark.parametrize(
    "piece", ["> ", "- ", "[", "*a ", "`", "::: emergency\n", "[@1", "|a", "<b>", "\\", "[!off-label"]
)
def test_the_longest_nonsense_renders_quickly(piece: str) -> None:
    started = time.process_time()
    rendering.markdown(piece * (rendering.MAX_CHARS // len(piece)))
    assert time.process_time() - started < 5


def test_more_than_the_bound_is_refused() -> None:
    with pytest.raises(rendering.TooLong):
        rendering.markdown("x" * 1_000_000)


def test_html_is_shown_as_text() -> None:
    assert rendering.markdown("a <b>c</b>") == "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"


def test_citations_lead_to_their_references() -> None:
    html = rendering.markdown("Fact [@4; @12].", known={4, 12})
    assert Page(html).all("href") == ["#ref-4", "#ref-12"]
    assert 'aria-label="Reference 4"' in html


def test_a_citation_without_a_reference_is_shown_as_missing() -> None:
    html = rendering.markdown("Fact [@4].", known={1})
    assert "[4?]" in html
    assert "href" not in html


@pytest.mark.parametrize(
    ("name", "card", "words"),
    [
        ("emergency", "card--emergency", "Call 911 now"),
        ("care-team", "card--care", "Call your care team now"),
        ("pharmacy", "card--info", "Call the pharmacy"),
    ],
)
def test_call_outs_say_how_urgent_they_are(name: str, card: str, words: str) -> None:
    html = rendering.markdown(f"::: {name}\n- One.\n:::\n\nAfter.")
    assert re.search(rf'<div class="callout card {card}"><h3 class="card__title">[^<]*{words}', html)
    assert html.index("</div>") < html.index("After")


def test_an_unknown_call_out_stays_text() -> None:
    assert "::: shout" in rendering.markdown("::: shout\nx\n:::")


def test_headings_fit_under_the_sections_and_have_anchors() -> None:
    html = rendering.markdown("# First\n\n## First\n\n#### Deep", anchor="part")
    assert Page(html).all("id") == ["part-first", "part-first-2", "part-deep"]
    assert [tag for tag, _ in Page(html).tags] == ["h3", "h3", "h4"]


def test_tables_scroll_with_the_keyboard_and_name_their_rows() -> None:
    html = rendering.markdown("| a | b |\n|---|---|\n| c | d |", label="Doses")
    assert '<div class="scroll" role="region" tabindex="0" aria-label="Doses">' in html
    assert '<th scope="col">a</th>' in html
    assert '<th scope="row">c</th>' in html
    assert "<td>d</td>" in html


def test_questions_stand_after_the_patients_part_and_before_the_clinicians() -> None:
    document = Document(
        "a", "en", "A", "", "", "CSP",
        sections=(Section("One", "one", "patient", "x"), Section("Two", "two", "clinician", "y")),
        questions=(Question("Why?", "Because [@1]."),),
        references=(Reference(1, "<b>Book</b>", "study", url="javascript:alert(1)"),),
    )  # fmt: skip
    rendered = rendering.render(document)
    assert [part["anchor"] for part in rendered.contents] == ["one", "questions", "two"]
    assert re.findall(r'<section id="(.*?)"', rendered.html) == ["one", "questions", "two"]
    assert Page(rendered.html).all("data-reader") == ["patient", "patient", "clinician"]
    assert "&lt;b&gt;Book" in rendered.references_html
    assert "javascript" not in rendered.references_html
    assert rendering.unresolved(document) == []


def test_as_many_headings_of_one_name_as_fit_take_no_square_of_time() -> None:
    began = time.process_time()
    html = rendering.markdown("a\n=\n" * 9_999)
    assert len(set(re.findall(r'id="([^"]+)"', html))) == 9_999
    # Counting up from the first free name each time took half a minute.
    assert time.process_time() - began < 8


def test_a_heading_that_is_called_like_a_numbered_one_gets_a_name_of_its_own() -> None:
    html = rendering.markdown("# a\n\n# a-2\n\n# a\n\n# a\n")
    assert re.findall(r'id="([^"]+)"', html) == ["a", "a-2", "a-3", "a-4"]
