import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from education import documents
from education.choices import Kind, Reader, Status
from education.documents import (
    Document,
    DocumentError,
    Figure,
    Question,
    QuickReference,
    Reference,
    Section,
    Term,
    dump,
    parse,
)

CONTENT = Path(documents.__file__).parents[1] / "content"
WHOLE = """+++
slug = "a"
language = "en"
status = "draft"
title = "A"
summary = "S."
author = "CSP"
disclosure = ""

[quick_reference]
dose = "2 g/kg [@1]."

[[references]]
number = 1
text = "Book"
kind = "study"

[[glossary]]
term = "antibody"
definition = "A protein."

[[figures]]
name = "course"
title = "The course"
alternative = "A line that rises."
svg = '''
<svg viewBox="0 0 320 200"><path d="M0 0 L10 10"/>
</svg>'''
+++

## What it is {#what-it-is patient}

Text.

### Inside

More.

## Questions and answers {#questions}

### Why?

Because.

### How?

So.

## For doctors {#doctors clinician}

Text.
"""


def test_a_file_is_read_in_parts() -> None:
    document, status = parse(WHOLE)
    assert status == "draft"
    assert document.sections[0] == Section(
        "What it is", "what-it-is", "patient", "Text.\n\n### Inside\n\nMore."
    )
    assert [section.reader for section in document.sections] == ["patient", "clinician"]
    assert document.questions == (Question("Why?", "Because."), Question("How?", "So."))
    assert [reference.number for reference in document.references] == [1]
    assert document.quick_reference.dose == "2 g/kg [@1]."
    assert document.glossary == (Term("antibody", "A protein."),)
    assert document.figures[0].svg.startswith("<svg ")


def test_a_file_in_the_usual_form_is_written_as_it_was_read() -> None:
    assert dump(*parse(WHOLE)) == WHOLE


@pytest.mark.parametrize(
    "path", sorted(CONTENT.glob("*/*.md")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_what_comes_with_the_software_survives_being_written(path: Path) -> None:
    document, status = parse(path.read_text(encoding="utf-8"))
    once = dump(document, status)
    assert parse(once) == (document, status)
    assert dump(*parse(once)) == once
    assert Document.of(document.content()) == document


def is_kept(text: str) -> bool:
    return bool(text) and text == text.strip()


def lines(most: int = 60) -> Any:
    """Any text in one line that a field can hold."""
    characters = st.characters(exclude_categories=("Cc", "Cs"))
    return st.text(characters, min_size=1, max_size=most).map(str.strip).filter(is_kept)


def blocks() -> Any:
    """Text in lines, none of which starts a section or a question, with what a writer must escape."""
    odd = st.sampled_from(["'''", '"""', "\\", "\\n", "+++", "::: emergency", "[@1]", "'", '"', "\t", "#"])
    line = st.one_of(lines(), odd, st.just("")).filter(lambda line: not line.startswith(("## ", "### ")))
    whole = st.lists(line, min_size=1, max_size=5).map("\n".join).map(str.strip)
    return whole.filter(lambda text: is_kept(text) and not text.startswith(("## ", "### ")))


def unique(part: Any, key: str) -> Any:
    return st.lists(part, max_size=3, unique_by=lambda value: getattr(value, key)).map(tuple)


OPTIONAL = st.one_of(st.just(""), lines())
SLUGS = st.from_regex(r"\A[a-z][a-z0-9]{2,10}(-[a-z0-9]{1,5})?\Z")
REFERENCES = st.builds(
    Reference,
    number=st.integers(1, 999),
    text=lines(),
    kind=st.sampled_from(Kind.values),
    level=OPTIONAL,
    to_be_checked=st.booleans(),
    note=OPTIONAL,
)
DOCUMENTS = st.builds(
    Document,
    slug=SLUGS,
    language=st.sampled_from(["en", "es"]),
    title=lines(),
    summary=lines(),
    disclosure=OPTIONAL,
    author_name=lines(),
    sections=st.lists(
        st.builds(Section, lines(), SLUGS.map("s-{}".format), st.sampled_from(Reader.values), blocks()),
        min_size=1, max_size=4, unique_by=lambda section: section.anchor,
    ).map(tuple),
    questions=st.lists(st.builds(Question, lines(), blocks()), max_size=3).map(tuple),
    references=unique(REFERENCES, "number"),
    figures=unique(
        st.builds(
            Figure, SLUGS, lines(), blocks(), blocks().map("<svg>{}</svg>".format), caption=OPTIONAL
        ),
        "name",
    ),
    glossary=st.lists(
        st.builds(Term, SLUGS, blocks()), max_size=3, unique_by=lambda term: documents.slug_of(term.term)
    ).map(tuple),
    quick_reference=st.builds(QuickReference, dose=st.one_of(st.just(""), blocks()), labeling=blocks()),
    translated_from=st.sampled_from(["", "en"]),
    next_article=st.one_of(st.just(""), SLUGS),
)  # fmt: skip


@given(DOCUMENTS, st.sampled_from([Status.DRAFT, Status.PUBLISHED]), lines())
def test_whatever_is_written_is_read_again_without_loss(
    document: Document, status: Status, heading: str
) -> None:
    document = replace(document, questions_heading=heading if document.questions else "")
    written = dump(document, status)
    assert parse(written) == (document, status)
    assert dump(*parse(written)) == written
    # As Windows would save it.
    assert parse("\ufeff" + written.replace("\n", "\r\n")) == (document, status)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("+++\n\n##", "\n##", "Line 1: "),
        ('title = "A"\n', "", "title: "),
        ('author = "CSP"\n', "", "author: "),
        ('title = "A"', 'title = "A"\nreviewer = "Somebody"', "reviewer: "),
        ('title = "A"', "title = 7", "title: "),
        ('title = "A"', 'title = "' + "A" * 121 + '"', "title: "),
        ('title = "A"', 'title = "NUL \\u0000"', "title: "),
        ('"draft"', '"reviewed"', "status: "),
        ('"draft"', '"in_review"', "status: "),
        ('language = "en"', 'language = "tlh"', "language: "),
        ('kind = "study"', 'kind = "rumor"', "references, number 1: kind: "),
        ('kind = "study"', 'kind = "study"\nurl = "javascript:alert(1)"', "references, number 1: url: "),
        ("number = 1", "number = true", "references, number 1: number: "),
        ("[[references]]", "[references]", "references: "),
        (
            "[[glossary]]\n",
            '[[glossary]]\nterm = "antibody"\ndefinition = "Twice."\n[[glossary]]\n',
            "glossary: ",
        ),
        ("<svg ", "<img ", "figures, number 1: svg: "),
        ("{#what-it-is patient}", "{#what-it-is nobody}", "Line 31: reader: "),
        ("{#what-it-is patient}", "{#ref-1 patient}", "Line 31: anchor: "),
        ("{#what-it-is patient}", "", "Line 31: "),
        ("{#doctors clinician}", "{#what-it-is clinician}", "sections: "),
        ("{#doctors clinician}", "", "Line 49: "),
        ("### Why?", "", "Line 43: "),
        ('slug = "a"', "slug = a", "Front matter: .*line 2"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line_or_field(old: str, new: str, where: str) -> None:
    assert old in WHOLE
    with pytest.raises(DocumentError, match=f"^{where}.*"):
        parse(WHOLE.replace(old, new, 1))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "+++\n" + "a = " + "[" * 50_000 + "\n+++\n",
        "+++\n" + "a." * 20_000 + "b = 1\n+++\n## A {#a patient}\n\nx",
        "+++\n+++\n" + "## " * 50_000,
        WHOLE.replace("Because.", "## A {#a" + "a" * 200_000),
    ],
)
def test_huge_and_hostile_files_are_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        parse(text)


@given(st.text())
def test_any_text_is_an_article_or_refused_in_words(text: str) -> None:
    for candidate in (text, f"+++\n{text}\n+++\n{text}", WHOLE.replace("Text.", text)):
        with contextlib.suppress(DocumentError):
            document, status = parse(candidate)
            assert parse(dump(document, status)) == (document, status)


def test_the_digest_follows_the_content() -> None:
    document, _ = parse(WHOLE)
    same, _ = parse(WHOLE.replace('status = "draft"', 'status = "published"'))
    other, _ = parse(WHOLE.replace("Because.", "Because of that."))
    assert document.digest() == same.digest() != other.digest()


def test_the_address_of_the_search_is_no_articles() -> None:
    with pytest.raises(DocumentError, match="slug"):
        parse(WHOLE.replace('slug = "a"', 'slug = "search"'))
    assert parse(WHOLE.replace('slug = "a"', 'slug = "search-tips"'))[0].slug == "search-tips"
