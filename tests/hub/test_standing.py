"""A hub that was set back says nothing by itself."""

from hub.exchange.standing import UNHEARD_SECONDS, Standing


def test_the_clock_alone_moves_nothing_until_a_hall_agrees_or_none_comes_for_a_minute() -> None:
    now = [0.0]
    standing = Standing(lambda: now[0])
    assert not standing.may_go_on()
    now[0] = UNHEARD_SECONDS
    assert standing.may_go_on()
    agreed = Standing(lambda: now[0])
    agreed.agreed()
    assert agreed.may_go_on()


def test_after_a_hall_that_knows_more_nothing_is_said_however_many_agree() -> None:
    standing = Standing(lambda: 0.0)
    standing.agreed()
    standing.contradicted()
    standing.agreed()
    assert not standing.may_go_on()
