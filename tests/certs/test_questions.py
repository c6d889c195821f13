import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.checkpoints import open_checkpoint, parse_checkpoint
from certs.errors import BadSignature, ForeignQuestion, MalformedCheckpoint, MalformedName, MalformedNote, UnknownKey
from certs.names import hub_audience, journal_origin, licence_name
from certs.notes import Signer, sign, split
from certs.questions import open_question, sign_question
from tests.certs.licences import DOMAIN, private

LOG = Signer(journal_origin(DOMAIN, "huadian", 1), private(11))
HUB = hub_audience(DOMAIN)
QUESTION = b"the question as it travels"


@given(st.binary(max_size=200))
def test_a_question_opens_for_the_hub_that_is_asked(question: bytes) -> None:
    open_question(question, sign_question(question, HUB, LOG), LOG.verifier, HUB)


def test_another_question_was_not_signed() -> None:
    with pytest.raises(BadSignature):
        open_question(QUESTION + b"x", sign_question(QUESTION, HUB, LOG), LOG.verifier, HUB)


def test_a_question_to_another_hub_is_not_answered() -> None:
    for audience in ("//other.test/hub", f"//{DOMAIN}/hall/changchun", f"{HUB}/"):
        with pytest.raises(ForeignQuestion):
            open_question(QUESTION, sign_question(QUESTION, audience, LOG), LOG.verifier, HUB)


def test_another_key_signs_no_question() -> None:
    other = Signer(LOG.name, private(12))
    with pytest.raises(UnknownKey):
        open_question(QUESTION, sign_question(QUESTION, HUB, other), LOG.verifier, HUB)
    elsewhere = Signer(journal_origin(DOMAIN, "nongan", 1), LOG.private_key)
    with pytest.raises(UnknownKey):
        open_question(QUESTION, sign_question(QUESTION, HUB, elsewhere), LOG.verifier, HUB)


def test_a_checkpoint_is_no_question_and_a_question_no_checkpoint() -> None:
    checkpoint = sign(f"{LOG.name}\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n", [LOG])
    assert open_checkpoint(checkpoint, LOG.verifier).size == 8
    with pytest.raises(ForeignQuestion):
        open_question(QUESTION, checkpoint, LOG.verifier, HUB)
    note = sign_question(QUESTION, HUB, LOG)
    with pytest.raises(MalformedCheckpoint):
        parse_checkpoint(split(note)[0])


def test_a_key_of_no_log_signs_no_question() -> None:
    with pytest.raises(MalformedName):
        sign_question(QUESTION, HUB, Signer(licence_name(DOMAIN, "huadian", 1), private(7)))


@pytest.mark.parametrize("audience", ["", "a b", "a\nsha256 x", "名", "x" * 301])
def test_an_audience_is_one_word(audience: str) -> None:
    with pytest.raises(MalformedNote):
        sign_question(QUESTION, audience, LOG)


def test_a_question_has_one_signature() -> None:
    note = sign(split(sign_question(QUESTION, HUB, LOG))[0], [LOG, Signer("someone", private(13))])
    with pytest.raises(MalformedNote):
        open_question(QUESTION, note, LOG.verifier, HUB)


def test_rubbish_is_no_question() -> None:
    for note in ("", "rubbish", "\n\n"):
        with pytest.raises(MalformedNote):
            open_question(QUESTION, note, LOG.verifier, HUB)
    with pytest.raises(ForeignQuestion):
        open_question(QUESTION, sign("one\n\n", [LOG]), LOG.verifier, HUB)
