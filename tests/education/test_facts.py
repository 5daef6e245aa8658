"""The facts that the articles must carry, each with its source: P published before, C corrected."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from education import readability
from tests.education.page import Page

LABELS = {5, 9, 13, 14}

# Fact, words that one block of the page must hold, and the references of which it must cite at least one.
# An empty set: the fact needs no citation (who publishes, what the pharmacy does).
FACTS: list[tuple[str, str, set[int]]] = [
    ("P1", r"rare disease.* inflamed for a long time.* weak", {3}),
    ("P2", r"nearest the trunk.* shoulders, upper arms, hips, thighs and neck", {3}),
    ("P3", r"no skin rash.* from dermatomyositis", {18}),
    ("P4", r"No one knows what sets it off.* autoimmune .* attacks healthy muscle fibers", {3}),
    ("P5", r"grows over weeks to months", {3}),
    ("P5", r"climb stairs, .* over your head, .* rise from a chair", {3}),
    ("P6", r"30 to 60 years.* More women than men", {3}),
    ("P7", r"T cells and other immune cells move into the muscle.* break down its fibers", {18}),
    ("P7", r"antibodies pooled from thousands of healthy donors", {12}),
    ("P7", r"calm the attack in more than one way", {12}),
    ("P7", r"blocks harmful antibodies", set()),
    ("P7", r"blocks the receptors on immune cells", set()),
    ("P7", r"\(saturates\) other receptors", set()),
    ("P7", r"lowers cytokines", set()),
    ("P7", r"supports regulatory T cells", set()),
    ("P7", r"Some effects come at once\. Others last", {17}),
    ("P8", r"stronger within a few months.* before they tire.* muscle enzymes .* steadier", {7}),
    ("P9", r"still weak in spite of steroids or other drugs that calm the immune system", {7}),
    ("P9", r"Daily tasks are hard", {17}),
    ("P9", r"can’t take high doses of steroids.* Diabetes .*osteoporosis", {17}),
    ("P9", r"lungs too.* interstitial lung disease", {15}),
    ("P9", r"Not everyone needs IVIG\. Not everyone gets better", {7}),
    ("P10", r"2 g/kg in total.* 2 to 5 days in a row.* own plan.* clinic.* Nurses .* vital signs", {5}),
    ("P11", r"takes several hours.* starts slowly.* step by step.* acetaminophen and an antihistamine", {5}),
    (
        "P12",
        r"every 3 to 4 weeks.* about once a month.* how well IVIG works.* infusion center, .* nurse",
        {7},
    ),
    ("P13", r"^Gamunex-C", {9}),
    ("P13", r"^Gammagard Liquid", {13}),
    ("P13", r"^Privigen", {14}),
    ("P13", r"^Octagam 10%", {5}),
    ("P14", r"Headache, .*fatigue.* low fever .* within a day .* 24 to 48 hours.* slower rate helps", {17}),
    ("P15", r"very bad headache or a stiff neck.* aseptic meningitis", {5}),
    ("P15", r"Your chest hurts", set()),
    ("P15", r"short of breath", set()),
    ("P15", r"hives.* swell .* trouble breathing", {9}),
    ("P16", r"little or no IgA.* special care and a low-IgA brand", {15}),
    ("P17", r"creatine kinase .* change in 4 to 8 weeks", {17}),
    ("P17", r"follows your strength", {17}),
    ("P18", r"^No\. Steroids come first.* not enough or you can’t take them", {11}),
    ("P19", r"CSP.* Acelpa Health company.* three ambulatory infusion centers", set()),
    ("P19", r"getting the treatment approved", set()),
    ("P19", r"copay support", set()),
    ("P19", r"scheduling your infusions", set()),
    ("P19", r"watching how it goes", set()),
    ("P19", r"following up", set()),
    ("P20", r"information only.* not medical advice, a diagnosis or a treatment.* no liability", set()),
    ("P21", r"^© California Specialty Pharmacy, LLC$", set()),
    ("C1", r"None of them is labeled for polymyositis, .* off-label", set()),
    (
        "C1",
        r"^Octagam 10%.* July 2021 .* adults with dermatomyositis.* 2 g/kg over 2 to 5 days, every 4 weeks",
        {5},
    ),
    (
        "C1",
        r"^Polymyositis: off-label for Gamunex-C, Gammagard Liquid, Privigen and Octagam 10%",
        LABELS,
    ),
    ("C2", r"dermatomyositis.* 95 adults.* week 16, 79% .* 44%", {6}),
    ("C2", r"^Response in dermatomyositis ProDERM, n = 95: 79% against 44% on placebo at week 16", {19}),
    ("C3", r"IVIG may help, but the evidence is thin.* 25 of 35 .* 71%", {7}),
    ("C3", r"Class IV\. .*lowest class", {8}),
    ("C4", r"boxed warning.* blood clots and kidney failure", LABELS),
    ("C4", r"One side of your body is weak", set()),
    ("C4", r"One arm or leg swells and hurts", set()),
    ("C4", r"very little urine", {9}),
    ("C4", r"gain weight all of a sudden", {9}),
    ("C4", r"urine is dark.* red blood cells .* high doses, .* blood type is not O", {9, 14}),
    ("C5", r"starts hours to two days after .* more likely at 2 g/kg", {5}),
    ("C6", r"antibodies against IgA .* allergic reaction.* must not .* Octagam and Gamunex-C", {5, 9}),
    (
        "C6",
        r"Contraindicated IgA deficiency with anti-IgA antibodies and an earlier hypersensitivity",
        {5, 9},
    ),
    (
        "C7",
        r"maltose.* glucose meters read falsely high.* Diabetes also raises the risk to your kidneys",
        {5},
    ),
    ("C8", r"necrotizing myopathy, antisynthetase syndrome and inclusion body .* 37 .* only 9", {10}),
    ("C8", r"^The diagnosis is rarer than it was On review 9 of 37 .* Exclude necrotizing myopathy", {10}),
    ("C9", r"Steroids come first, along with a drug that lets the steroid dose stay low", {11}),
    ("C10", r"slows complement", {12}),
]

# What the two short articles must say.
OTHERS = {
    "your-first-infusion": [
        ("P10", r"2 g/kg in total", {1, 5}),
        ("P10", r"split over 2 to 5 days in a row", {1, 5}),
        ("P10", r"often given in a clinic.* nurse .* vital signs", {6}),
        ("P11", r"starts slowly.* rate goes up step by step", {1}),
        ("P11", r"takes several hours", {6}),
        ("P11", r"acetaminophen and an antihistamine", {5}),
        ("P12", r"every 3 to 4 weeks", {6}),
        ("P12", r"infusion center, or with a trained nurse", {6}),
        ("P14", r"mild headache, .*fatigue.* low fever .* within a day .* 24 to 48 hours", {6}),
        ("P15", r"very bad headache or a stiff neck", {1}),
        ("P15", r"Your chest hurts", set()),
        ("P15", r"hives.* swell or have trouble breathing, call 911", {2}),
        ("P16", r"little or no IgA.* low-IgA brand", {5}),
        ("P17", r"creatine kinase .* 4 to 8 weeks.* follows your strength", {6}),
        ("C4", r"blood clots and kidney failure", {1, 2, 3, 4}),
        ("C4", r"One side of your body is weak", set()),
        ("C4", r"One arm or leg swells and hurts", set()),
        ("C4", r"very little urine, or you gain weight all of a sudden", {2}),
        ("C4", r"urine is dark", {2}),
        ("C5", r"hours to two days after a dose, and is more likely at 2 g/kg", {1}),
        ("C6", r"antibodies against IgA .* allergic reaction.* must not", {1, 2}),
        ("C7", r"maltose.* glucose meters read falsely high", {1}),
    ],
    "your-medicine-during-a-wildfire": [
        ("cold", r"refrigerator, and keep the door shut", {2}),
        ("time", r"when the power went out and when it came back.* more than 6 hours", {2}),
        ("decide", r"Never decide alone to use medicine that got warm, or to throw it out", set()),
        ("heat", r"High heat, as from a fire, can destroy a medicine", {1}),
        ("carry", r"medicine for 7 to 10 days", {3}),
        ("bring", r"list of them with each dose", {3}),
        ("bring", r"cooler with cold packs, for medicine", {3}),
        ("refill", r"In California a pharmacist may refill .* B&P Code 4064", {4}),
        ("EPAP", r"No health insurance.* only when it is switched on.* 855-793-7470", {5, 6}),
        ("open", r"When Rx Open is on.* rxopen.org", {7}),
    ],
}

UNSOURCED = [
    ("C11", r"trouble when they swallow"),
    ("C11", r"how much water to drink"),
    ("C11", r"creatinine, before you start and as you go on"),
    ("C11", r"vaccine.* live one"),
    ("C11", r"pregnant .* Ask your team"),
]


def missing(page: Page, facts: list[tuple[str, str, set[int]]]) -> list[tuple[str, str, list[set[int]]]]:
    """Facts that no block of the page states together with one of their sources."""
    found = []
    for fact, words, sources in facts:
        blocks = [block for block in page.blocks if re.search(words, block.text)]
        if not any(not sources or block.cites & sources for block in blocks):
            found.append((fact, words, [block.cites for block in blocks]))
    return found


def section(html: str, anchor: str) -> str:
    found = re.search(rf'<section id="{anchor}".*?</section>', html, re.S)
    assert found
    return found[0]


@pytest.fixture
def parsed(html: str) -> Page:
    return Page(html)


def test_every_fact_stands_in_the_page_with_its_source(parsed: Page) -> None:
    assert not missing(parsed, FACTS)


@pytest.mark.parametrize("slug", OTHERS)
def test_the_short_articles_state_their_facts_with_their_sources(
    article: Any, get: Callable[[str], str], slug: str
) -> None:
    page = Page(get(f"/education/{slug}/"))
    assert not missing(page, OTHERS[slug])


@pytest.mark.parametrize(
    ("language", "acts", "safe"),
    [
        (
            "en",
            r"\b(?:use|throw|discard|good|keep using)\b",
            r"\b(?:never|not|don’t|use a cooler|keep medicine cold|some of it may)\b|\?$",
        ),
        (
            "es",
            r"\b(?:usar\w*|use|tir\w+|deseche\w*|bote|sirva)\b",
            r"\b(?:nunca|no|use una hielera|puede que una parte)\b|\?$",
        ),
    ],
)
def test_nobody_is_told_to_use_or_discard_a_medicine(
    article: Any, get: Callable[[str], str], language: str, acts: str, safe: str
) -> None:
    page = get(f"/{'' if language == 'en' else 'es/'}education/your-medicine-during-a-wildfire/")
    sentences = re.split(r"(?<=[.?!:])\s+", readability.patient_text(page))
    told = [s for s in sentences if re.search(acts, s, re.I)]
    assert len(told) > 5
    assert [s for s in told if not re.search(safe, s, re.I)] == []


def test_every_fact_has_a_row() -> None:
    stand = {fact for fact, *_rest in [*FACTS, *UNSOURCED]}
    # C12 speaks of the references themselves: see below.
    assert stand == {*(f"P{n}" for n in range(1, 22)), *(f"C{n}" for n in range(1, 12))}


@pytest.mark.parametrize(("fact", "words"), UNSOURCED)
def test_what_has_no_source_yet_says_so(parsed: Page, fact: str, words: str) -> None:
    (block,) = [block for block in parsed.blocks if re.search(words, block.text)]
    assert "not yet sourced" in block.text
    assert block.reader == "patient"


def test_questionable_references_are_marked_and_carry_nothing_alone(parsed: Page, html: str) -> None:
    def reference(number: int) -> str:
        found = re.search(rf'<li id="ref-{number}".*?</li>', html, re.S)
        assert found
        return found[0]

    assert "to be checked" in reference(2)
    assert "2010;6:129–137 is likely" in reference(2)
    assert "marketing page, not evidence" in reference(1)
    # Outside the note that says so, nothing leans on the marketing page or on the unconfirmed review.
    leaning = [block.text for block in parsed.blocks if block.cites & {1, 2}]
    assert leaning
    assert all(text.startswith("For the record only") for text in leaning)


def test_nothing_is_called_proven(html: str) -> None:
    assert "proven" not in html.lower()


def test_medical_review_is_pending_in_plain_sight_and_nobody_is_invented(html: str) -> None:
    assert html.index("Medical review: pending") < html.index('<section id="short-version"')
    assert "reviewed by" not in html.lower()
    assert "Author and publisher: <b>California Specialty Pharmacy</b>" in html
    assert "also dispenses IVIG" in html


def test_every_warning_says_its_urgency_and_whom_to_call(html: str) -> None:
    titles = re.findall(r'<div class="callout [^"]+"><h3 class="card__title">(.*?)</h3>', html)
    assert titles == [
        "Emergency. Call 911 now.",
        "Urgent. Call your care team now.",
        "Not an emergency. Call the pharmacy.",
    ]


def test_clinicians_find_dose_rate_premedication_monitoring_and_red_flags_in_one_place(html: str) -> None:
    card = section(html, "quick-reference")
    rows = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", card, re.S)
    assert [name for name, _text in rows] == [
        "Dose",
        "Rate",
        "Premedication",
        "Monitoring",
        "Red flags",
        "Labeled or off-label",
    ]
    for name, text in rows:
        assert "#ref-" in text, name
        assert "<em>Level: " in text, name
    assert "from 1.0 mg/kg/min (0.01 mL/kg/min) up to 4.0 mg/kg/min (0.04 mL/kg/min)" in card


def test_boxed_warnings_and_contraindications_stand_for_clinicians(parsed: Page) -> None:
    rows = [block.text for block in parsed.blocks if block.reader == "clinician"]
    for topic in (
        "Boxed warnings Thrombosis. Renal dysfunction",
        "Contraindicated IgA deficiency with anti-IgA",
    ):
        assert any(row.startswith(topic) for row in rows), topic


def test_the_page_leads_to_the_new_patient_form_and_its_line(html: str) -> None:
    help_section = html[html.index('id="help"') : html.index('id="references"')]
    assert 'href="/help/new-patient/"' in help_section
    assert "877-602-7779" in help_section
