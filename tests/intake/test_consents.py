"""A consent is kept with the version of its words, the time and the way, and can be read as it was given."""

import pytest
from django.test import Client
from django.utils import translation

from intake.choices import Door
from intake.consents import ASKED, FORM_VERSION
from intake.forms import FORMS
from intake.models import Request
from tests.intake.posts import posted


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("door", list(Door))
def test_the_forms_ask_in_the_words_of_the_version_that_is_stored(door: Door, language: str) -> None:
    with translation.override(language):
        for name, words in ASKED[FORM_VERSION][language].items():
            field = FORMS[door].base_fields[name]
            choices = [str(label) for value, label in getattr(field, "choices", []) if value]
            shown = [str(field.label), *choices, str(field.help_text)]
            assert tuple(word for word in shown if word) == words, "changed words need a new version"


@pytest.mark.django_db
def test_what_was_agreed_to_is_kept_with_version_time_and_way(client: Client) -> None:
    client.post("/es/help/current-patient/", posted(text_ok="on", voicemail_ok="no"))
    sent = Request.objects.get()
    assert sent.document["form_version"] in ASKED
    assert (sent.answers["text_ok"], sent.answers["voicemail_ok"]) == (True, "no")
    assert (sent.channel, sent.submitted_at is not None) == ("web", True)


@pytest.mark.django_db
def test_who_was_silent_has_agreed_to_nothing(client: Client) -> None:
    client.post("/help/current-patient/", posted())
    answers = Request.objects.get().answers
    assert not answers.get("text_ok")
    assert not answers.get("voicemail_ok")
