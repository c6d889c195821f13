"""Licences are shown for a purpose, in a case and within a grant; each look is in the ledger before its answer leaves."""

from collections.abc import AsyncIterator

import pytest

from certs.credential import verify
from tests.hub.copies import Made
from tests.hub.licensing import Licensed, by_holder, by_id, food
from tests.hub.running import running


@pytest.fixture(scope="module")
async def scene(made_province: Made, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Licensed]:
    """Give a hub on a database of each kind, with two licences of one holder."""
    folder = tmp_path_factory.mktemp("licensed")
    async with running(folder, made_province.copy(folder)) as hub:
        made = await Licensed.on(hub)
        await made.issuer.issue(food("0000001"), food("0000002"))
        await made.registered(food("0000001"), food("0000002"))
        yield made
        await made.close()


async def test_a_grant_shows_a_licence_in_the_fields_granted(scene: Licensed) -> None:
    answer = await scene.asker.ask(by_id(food()))
    (found,) = answer.answers[0].licences
    keyring = scene.hub.hub.rooms.keyring
    shown = verify(found.presentation, lambda key_id: keyring.licence_key(key_id).verifier, scene.asker.clock())
    assert set(shown.disclosed) == {"holder.name", "premises"}
    assert (found.status, answer.answers[0].grant) == ("valid", "g-1")
    assert scene.decisions()[-1].licences[0].shown[0].licence_id == str(food())
    both = await scene.asker.ask(by_holder())
    assert {one.licence_id for one in both.answers[0].licences} == {str(food()), str(food("0000002"))}
