"""Make service items for tests: one that holds, and random ones that hold."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from directory.items.service_items import (
    Basis,
    Fee,
    Handling,
    ItemVersion,
    Limit,
    Material,
    Result,
    ServiceItem,
    SpecialProcedure,
    Step,
)
from directory.items.vocabulary import (
    Form,
    ItemState,
    ItemType,
    Kind,
    Level,
    Medium,
    Necessity,
    Organ,
    ProcedureKind,
    ServiceObject,
    Source,
    Unit,
)
from directory.texts import name_fault
from directory.validity import Period

CODE = "220117001000"
FROM = date(2026, 1, 1)
EXPERTS = SpecialProcedure("专家评审", ProcedureKind.EXPERT_REVIEW, Limit(10), stops_statutory=True, stops_promised=True)

ITEM = ServiceItem(
    code=CODE,
    name="取水许可",
    type=ItemType.LICENCE,
    kind=Kind.PROMISED,
    levels=(Level.PROVINCE, Level.CITY, Level.COUNTY, Level.TOWNSHIP),
    organ=Organ.STATUTORY,
    basis=(Basis("中华人民共和国水法", "第四十八条"),),
    objects=(ServiceObject.ENTERPRISE,),
    conditions=("符合水资源规划",),
    materials=(Material("取水申请书"), Material("水资源论证报告", Form.COPY, Medium.PAPER, 2)),
    steps=(Step(1, "受理", "窗口", "受理岗", Limit(1)), Step(2, "审查", "业务处", "审查岗", Limit(7))),
    flow="受理、审查、决定",
    statutory=Limit(20),
    promised=Limit(8),
    procedures=(EXPERTS,),
    fees=(Fee("水资源费", "按标准", Basis("取水许可和水资源费征收管理条例")),),
    results=(Result("取水许可证"),),
    visits=1,
    quota="",
    handlings=(Handling("01", "新办"), Handling("02", "延续")),
)

names = st.text(min_size=1, max_size=8).filter(lambda text: name_fault(text) == "" and " " not in text)
optional_bases = st.none() | st.builds(Basis, names, st.just("") | names)
materials = st.builds(
    Material,
    name=names,
    form=st.sampled_from(Form),
    medium=st.sampled_from(Medium),
    count=st.integers(1, 9),
    necessity=st.sampled_from([Necessity.REQUIRED, Necessity.DEFERRABLE]),
    source=st.sampled_from(Source),
    basis=optional_bases,
    sample=st.just("") | names,
)
procedures = st.builds(
    SpecialProcedure,
    name=names,
    kind=st.sampled_from(ProcedureKind),
    limit=st.builds(Limit, st.integers(1, 90), st.sampled_from(Unit)),
    stops_statutory=st.just(value=False),
    stops_promised=st.booleans(),
    basis=optional_bases,
)


@st.composite
def items(draw: st.DrawFn) -> ServiceItem:
    """Draw an item in which nothing is wrong."""
    promised = draw(st.integers(1, 20))
    return replace(
        ITEM,
        code=draw(st.from_regex(r"[1-9][0-9]{11}", fullmatch=True)),
        name=draw(names),
        levels=tuple(draw(st.lists(st.sampled_from(Level), min_size=1, unique=True))),
        basis=tuple(draw(st.lists(st.builds(Basis, names, st.just("") | names), min_size=1, max_size=2))),
        materials=tuple(draw(st.lists(materials, min_size=1, max_size=3, unique_by=lambda material: material.name))),
        steps=tuple(Step(place + 1, draw(names), draw(names), draw(names), Limit(1)) for place in range(draw(st.integers(1, promised)))),
        promised=Limit(promised),
        procedures=tuple(draw(st.lists(procedures, max_size=2, unique_by=lambda procedure: procedure.name))),
        visits=draw(st.integers(0, 9)),
        synthetic=draw(st.just("") | names),
        lower_review=draw(st.none() | st.builds(Limit, st.integers(1, 20), st.sampled_from(Unit))),
    )


@st.composite
def versions(draw: st.DrawFn) -> ItemVersion:
    """Draw a version of such an item."""
    start = FROM + timedelta(days=draw(st.integers(0, 500)))
    end = draw(st.none() | st.integers(1, 500).map(lambda days: start + timedelta(days=days)))
    return ItemVersion(draw(items()), draw(st.integers(1, 9)), draw(st.sampled_from(ItemState)), Period(start, end))


def version(item: ServiceItem = ITEM, number: int = 1, start: date = FROM, end: date | None = None) -> ItemVersion:
    """Make a version in force."""
    return ItemVersion(item, number, ItemState.IN_FORCE, Period(start, end))
