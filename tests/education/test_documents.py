import pytest

from education.documents import DocumentError, Question, Section, parse

WHOLE = """+++
slug = "a"
language = "en"
status = "draft"
title = "A"
summary = "S."
author = "CSP"
disclosure = ""
[[references]]
number = 1
text = "Book"
kind = "study"
+++

## What it is {#what-it-is patient}

Text.

### Inside

More.

## For doctors {#doctors clinician}

Text.

## Questions and answers {#questions}

### Why?

Because.

### How?

So.
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+++\n\n##", "\n##"),
        ('title = "A"\n', ""),
        ('title = "A"', 'title = "A"\nreviewer = "Somebody"'),
        ('"draft"', '"reviewed"'),
        ('kind = "study"', 'kind = "rumor"'),
        ("{#what-it-is patient}", "{#what-it-is nobody}"),
        ("{#what-it-is patient}", ""),
        ('slug = "a"', "slug = a"),
    ],
)
def test_a_faulty_file_is_refused_with_a_reason(old: str, new: str) -> None:
    assert old in WHOLE
    with pytest.raises(DocumentError, match=r".{5}"):
        parse(WHOLE.replace(old, new, 1))


def test_the_digest_follows_the_content() -> None:
    document, _ = parse(WHOLE)
    same, _ = parse(WHOLE.replace('status = "draft"', 'status = "published"'))
    other, _ = parse(WHOLE.replace("Because.", "Because of that."))
    assert document.digest() == same.digest() != other.digest()
