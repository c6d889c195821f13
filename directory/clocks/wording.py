"""Tell in words why a clock stands as it does.

Laws: a sentence says no more than its Reason; events are cited by their day and ledger index, rules by article; both languages say
the same.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from directory.clocks.clock import Clock, Reason
from directory.clocks.facts import Moment
from directory.clocks.terms import day_of
from directory.clocks.vocabulary import EVENT, ITEM, LOCAL, Because, ClockKind, StopCause
from tongban.case.v1 import case_pb2 as wire


class Language(StrEnum):
    """In which language something is told."""

    ZH = "zh"
    EN = "en"


CLOCK_TITLES: Final[Mapping[ClockKind, tuple[str, str]]] = {
    ClockKind.CASE_STATUTORY: ("法定时限", "statutory limit"),
    ClockKind.CASE_PROMISED: ("承诺时限", "promised limit"),
    ClockKind.STEP: ("环节时限", "limit of a step"),
    ClockKind.PROCEDURE: ("特别程序时限", "limit of a special procedure"),
    ClockKind.SUPPLEMENT_NOTICE: ("补正告知时限", "limit of the supplement notice"),
    ClockKind.LOWER_REVIEW: ("下级机关初审时限", "limit of the lower organ's review"),
    ClockKind.UPPER_REVIEW: ("上级机关审查时限", "limit of the upper organ's review"),
    ClockKind.DELIVERY: ("送达时限", "limit of delivery"),
    ClockKind.RENEWAL: ("延续时限", "limit of renewal"),
    ClockKind.SHARE_APPLICATION: ("共享申请答复时限", "limit of the answer to a share application"),
    ClockKind.GUIDANCE_REPLY: ("指导答复时限", "limit of the answer to a question"),
    ClockKind.RECTIFICATION: ("差评整改时限", "limit of rectification"),
    ClockKind.ORDER_REPLY: ("督办回复时限", "limit of the reply to an order"),
}
"""What each kind of clock is called, in Chinese and in English."""

_SENTENCES: Final[Mapping[Because, tuple[str, str]]] = {
    Because.STARTED: ("自{event}起算，当日不计（{rule}）", "Runs from {event}, a day that is not counted ({rule})."),
    Because.STARTED_DEEMED: (
        "逾期未告知补正，自{event}起视为受理（{rule}）",
        "No notice in time: counts as accepted from {event} ({rule}).",
    ),
    Because.LIMIT: ("时限{days}{unit}，至{day}（{rule}）", "The limit is {days} {unit}, until {day} ({rule})."),
    Because.LIMIT_STATED: ("时限至{day}，由{event}确定（{rule}）", "The limit is {day}, as {event} states ({rule})."),
    Because.LIMIT_ASSUMED: ("事项未登记，按法定时限计算（{rule}）", "The item is not in the register: the law's limit is taken ({rule})."),
    Because.NO_LIMIT: ("没有规定时限（{rule}）", "No limit is known ({rule})."),
    Because.STOPPED: (
        "{event}至{until}期间不计（{of}，{rule}），共{days}日",
        "Stopped from {event} to {until} ({of}, {rule}): {days} days are not counted.",
    ),
    Because.STOPPED_STILL: (
        "自{event}起暂停计时（{of}，{rule}），至今{days}日",
        "Stopped since {event} ({of}, {rule}): {days} days so far.",
    ),
    Because.STOP_AFTER_EXPIRY: ("{event}发生于逾期之后，不再停止计时", "{event} came after the limit was over, and stops nothing."),
    Because.STOP_WITHOUT_BASIS: ("{event}未引用法律依据，不停止法定时限", "{event} cites no law, and does not stop the statutory limit."),
    Because.STOP_NOT_BY_LAW: (
        "{event}（{of}）不属于{rule}规定的程序，不停止法定时限",
        "{event} ({of}) is not among the procedures of {rule}, and does not stop the statutory limit.",
    ),
    Because.STOP_CAPPED: (
        "{of}自身时限于{day}届满，此后恢复计时（{rule}）",
        "The limit of {of} was over on {day}: runs again since ({rule}).",
    ),
    Because.EXTENDED: ("{event}延长{days}日，至{day}（{rule}）", "Extended by {days} days by {event}, until {day} ({rule})."),
    Because.EXTENDED_AGAIN: ("{event}再次延长无效，只能延长一次（{rule}）", "{event} is a second extension, and has no effect ({rule})."),
    Because.EXTENDED_AFTER_EXPIRY: (
        "{event}发生于逾期之后，延长无效（{rule}）",
        "{event} came after the limit was over, and has no effect ({rule}).",
    ),
    Because.EXTENDED_TOO_LONG: (
        "{event}延长{days}日，超过规定，按上限计算（{rule}）",
        "{event} asks for {days} days, more than there are ({rule}).",
    ),
    Because.DUE: ("{day} 24时届满", "Over on {day} at 24:00."),
    Because.PROVISIONAL: (
        "{day} 24时届满（暂定，届时年度放假安排尚未公布）",
        "Over on {day} at 24:00, provisionally: the days off of that year are not published.",
    ),
    Because.ENDED: ("{event}结束计时，用时{days}日", "Ended by {event} after {days} days."),
    Because.ENDED_LATE_RECORDED: (
        "{event}结束计时，用时{days}日，但系事后补录",
        "Ended by {event} after {days} days, as was recorded afterwards.",
    ),
    Because.DEEMED_ACCEPTED: (
        "逾期未告知，自{day}收到材料之日起视为受理（{rule}）",
        "Not answered in time: accepted by law from {day} ({rule}).",
    ),
    Because.DEEMED_RENEWED: (
        "{day}有效期届满前未作决定，视为准予延续（{rule}）",
        "Not decided before the expiry on {day}: renewed by law ({rule}).",
    ),
    Because.DEEMED_GRANTED: ("逾期未作决定，按地方规定视为同意（超时默许）", "Not decided in time: granted by a local rule."),
    Because.RENEWAL_TOO_LATE: (
        "{event}未在有效期届满{days}日前提出，不适用视为准予延续（{rule}）",
        "{event} was not {days} days before the expiry: silence does not renew ({rule}).",
    ),
}

_RULES: Final = {ITEM: ("办事指南", "the item's guide"), EVENT: ("该记录所载", "as stated"), LOCAL: ("地方规定", "a local rule")}
_CAUSES: Final = {StopCause.SUSPENSION.value: "中止", StopCause.REFERRAL.value: "移送", StopCause.PROCEDURE.value: "特别程序"}
_LAW: Final = ("行政许可法", "Administrative Licensing Law")
_ARTICLE: Final = re.compile(r" Art ([1-9][0-9]?)(?:\(([1-9][0-9]?)\))?")
_DIGITS: Final = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_UNITS: Final = {"working_day": ("个工作日", "working days"), "day": ("日", "days"), "month": ("个月", "months")}


def why(clock: Clock, language: Language) -> tuple[str, ...]:
    """Tell why a clock stands as it does, a sentence a reason."""
    return tuple(sentence(reason, language) for reason in clock.why)


def sentence(reason: Reason, language: Language) -> str:
    """Tell one reason."""
    english = language is Language.EN
    unit = _UNITS.get(reason.of, ("日", "days"))
    return _SENTENCES[reason.because][english].format(
        event=_event(reason.event, language),
        until=_event(reason.until, language),
        rule=_rule(reason.rule, language),
        days=reason.days,
        day=reason.day,
        of=reason.of if english else _CAUSES.get(reason.of, reason.of),
        unit=unit[english],
    )


def _rule(rule: str, language: Language) -> str:
    """Tell a rule: as its law counts its articles, or in a word; a text of a hall's own stays as it is."""
    english = language is Language.EN
    if rule in _RULES:
        return _RULES[rule][english]
    return rule.replace(*_LAW) if english else _ARTICLE.sub(_article, rule)


def _article(found: re.Match[str]) -> str:
    article, item = found.groups()
    return f"第{_chinese(int(article))}条" + (f"第{_chinese(int(item))}项" if item else "")


def _chinese(number: int) -> str:
    """Write 1 to 99 as articles of a law are counted."""
    tens, ones = divmod(number, 10)
    return (_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + _DIGITS[ones]


def _event(moment: Moment | None, language: Language) -> str:
    if moment is None:
        return "-"
    known = wire.CaseEventKind.values()
    name = wire.CaseEventKind.Name(wire.CaseEventKind.ValueType(moment.kind)) if moment.kind in known else str(moment.kind)
    name = name.removeprefix("CASE_EVENT_KIND_").lower()
    title = name.replace("_", " ") if language is Language.EN else EVENT_TITLES.get(name, name)
    number = f" #{moment.ref}" if moment.ref >= 0 else ""
    return f"{title} {day_of(moment.at_ms)}{number}"


EVENT_TITLES: Final[Mapping[str, str]] = {
    "pre_declared": "预申报",
    "pre_reviewed": "预审",
    "applied": "申请",
    "not_required": "不受理",
    "acceptance_refused": "不予受理",
    "supplement_requested": "补正告知",
    "supplement_received": "补正",
    "accepted": "受理",
    "step_started": "环节开始",
    "step_completed": "环节完成",
    "referred_up": "初审上报",
    "returned_down": "上级退回",
    "procedure_started": "特别程序开始",
    "procedure_ended": "特别程序结束",
    "extended": "延期",
    "suspended": "中止",
    "resumed": "恢复",
    "decided": "决定",
    "closed": "办结",
    "document_issued": "制证",
    "delivered": "送达",
    "renewal_applied": "延续申请",
    "renewed": "延续",
    "rated": "评价",
    "coordinated": "会商",
    "referred": "转交",
    "fee": "收费",
    "terminated": "终止",
    "withdrawn": "撤回申请",
    "step": "环节",
}
"""What each kind of event is called on pages, by its name in the contract."""
