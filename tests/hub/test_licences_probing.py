"""Whoever tries number after number learns nothing, of what is there as of what is not."""

from dataclasses import replace

from directory.licences.identifiers import LicenceId
from hub.rpc.licence_questions import MOST_QUERIES
from tests.hub.licensing import FOREIGN, PURPOSE, READER, Licensed, by_id, food
from tests.hub.running import RunningHub
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.licence.v1 import licence_service_pb2 as messages

THERE = frozenset({food("0000100"), food("0000600")})
PROBES = 1_000


async def test_a_thousand_numbers_in_a_row_tell_a_window_without_a_grant_nothing(hub: RunningHub) -> None:
    scene = await Licensed.on(hub)
    await scene.issuer.issue(*sorted(THERE))
    await scene.registered(*THERE)
    prober = replace(scene.asker, department="window-other")
    why = Purpose(purpose=PURPOSE, case_hall=READER, case_number=FOREIGN)  # an open case of its own
    numbers = [food(f"{number:07}") for number in range(PROBES)]
    sizes = set()
    for start in range(0, PROBES, MOST_QUERIES):
        probed = numbers[start : start + MOST_QUERIES]
        assert THERE & set(probed)
        answer = await prober.ask(*map(by_id, probed), purpose=why)
        assert list(answer.answers) == [messages.LicenceAnswer()] * len(probed)
        answer.ClearField("ledger_index")
        sizes.add(answer.ByteSize())
    assert len(sizes) == 1
    records = [one for one in scene.decisions() if len(one.licences) == MOST_QUERIES]
    assert len({tuple(len(looked.SerializeToString()) for looked in one.licences) for one in records}) == 1
    await _granted_sees(scene, numbers)
    await scene.close()


async def _granted_sees(scene: Licensed, numbers: list[LicenceId]) -> None:
    """Show that the same numbers say something to a window that was granted the type, so that nothing would be a find."""
    another = replace(scene.asker, person="8")  # the prober has asked all that one person asks within a minute
    answer = await another.ask(*map(by_id, numbers[:MOST_QUERIES]))
    assert [bool(one.licences) for one in answer.answers].count(True) == 1


async def test_a_status_list_is_as_long_for_one_licence_as_for_many(hub: RunningHub) -> None:
    scene = await Licensed.on(hub)
    lengths = []
    for licences in ([food("0000001")], [food(f"{number:07}") for number in range(2, 60)]):
        await scene.issuer.issue(*licences)
        await scene.registered(*licences)
        statuses = scene.hub.hub.rooms.licences.statuses
        token = statuses.token(f"tongban://{scene.hub.hub.rooms.trust_domain}/status/yushu/1")
        assert token is not None
        lengths.append(len(token))
        statuses._made.clear()
    assert lengths[0] == lengths[1]
    await scene.close()
