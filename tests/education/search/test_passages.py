from education.search.passages import Kind, Passage, passages, plain

PAGE = """<section id="what" class="part"><h2>What it is</h2><div data-reader="patient">
<p>A <strong>rare</strong> disease<sup class="cite">[<a href="#ref-1">1</a>]</sup>.</p>
<h3 id="what-name">Is the name right?</h3><p>Perhaps.</p>
<div class="callout card">
<h3 class="card__title">Emergency. Call 911 now.</h3><p>Chest pain</p></div></div></section>
<section id="questions"><h2>Questions</h2>
<div><h3 id="question-1">How well?</h3><p>It may help.</p></div></section>
<section id="glossary"><h2>Words</h2>
<dl><div id="term-antibody"><dt>Antibody</dt><dd>A protein.</dd></div></dl></section>
"""


def test_each_part_stands_under_its_own_heading() -> None:
    assert passages("Title", "In short.", PAGE) == [
        Passage(Kind.TITLE, "", "Title", "In short."),
        Passage(Kind.SECTION, "what", "What it is", "A rare disease."),
        Passage(
            Kind.SECTION, "what-name", "Is the name right?", "Perhaps. Emergency. Call 911 now. Chest pain"
        ),
        Passage(Kind.SECTION, "questions", "Questions", ""),
        Passage(Kind.QUESTION, "question-1", "How well?", "It may help."),
        Passage(Kind.SECTION, "glossary", "Words", ""),
        Passage(Kind.TERM, "term-antibody", "Antibody", "A protein."),
    ]


def test_words_in_headings_count_more_than_any_number_in_the_text() -> None:
    passage = Passage(Kind.TERM, "term-dose", "Dose", "Dose dose dose dose: an amount, an amount.")
    assert passage.weights("en") == {"dose": Kind.TERM, "amount": 2}


def test_kinds_count_in_the_order_of_the_ranking() -> None:
    assert Kind.TITLE > Kind.QUESTION > Kind.SECTION > Kind.TERM > 3


def test_broken_html_is_read_as_far_as_it_goes() -> None:
    assert passages("T", "S", "</div><p>Loose</b> <section id=a><h2>Open")[1:] == [
        Passage(Kind.SECTION, "", "", "Loose"),
        Passage(Kind.SECTION, "a", "Open", ""),
    ]


def test_plain_text_has_no_citations_and_no_drawings() -> None:
    cited = '<p>May help<sup class="cite">[<a href="#ref-1">1</a>]</sup>.</p>'
    assert plain(f"{cited}<svg><text>IVIG</text></svg><ul><li>a</li></ul>") == "May help. a"
