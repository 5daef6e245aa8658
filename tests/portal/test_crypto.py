from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet, InvalidToken

from portal import crypto


def test_what_was_sealed_opens_and_shows_nothing():
    token = crypto.seal({"name": "Xanthippe", "notes": "años"})
    assert crypto.unseal(token) == {"name": "Xanthippe", "notes": "años"}
    assert "Xanthippe" not in token


def test_sealing_twice_looks_different():
    assert crypto.seal("same") != crypto.seal("same")


def test_a_changed_token_does_not_open():
    token = crypto.seal("words")
    with pytest.raises(InvalidToken):
        crypto.unseal(token[:-4] + "AAA=")


def test_a_new_key_seals_and_the_old_one_still_opens(settings):
    old = crypto.seal("words")
    settings.PORTAL_KEYS = [Fernet.generate_key().decode(), *settings.PORTAL_KEYS]
    assert crypto.unseal(old) == "words"
    new = crypto.seal("words")
    settings.PORTAL_KEYS = settings.PORTAL_KEYS[1:]
    with pytest.raises(InvalidToken):
        crypto.unseal(new)


def test_hashes_differ_by_purpose_value_and_key(settings):
    settings.PORTAL_HASH_KEYS = ["b" * 32, "a" * 32]
    hashes = crypto.keyed_hashes("phone", "2135550142")
    assert hashes[0] == crypto.keyed_hash("phone", "2135550142")
    assert (
        len({*hashes, crypto.keyed_hash("name", "2135550142"), crypto.keyed_hash("phone", "2135550143")}) == 4
    )


def test_a_text_that_no_key_opens_is_empty_and_never_written_over_or_copied():
    field = crypto.SealedTextField(name="words")
    field.set_attributes_from_name("words")
    token = crypto.seal("words")
    assert field.from_db_value(token, None, None) == "words"
    read = field.from_db_value(token[:-4] + "AAA=", None, None)
    assert isinstance(read, crypto.UnreadableText)
    assert read == ""
    with pytest.raises(crypto.CantUnseal):
        field.get_prep_value(read)
    with pytest.raises(crypto.CantUnseal):
        field.value_to_string(SimpleNamespace(words=read))
