"""Name every word that a rule may be made of.

Laws: each list is closed: what is not in it is a fault when rules are read, and denied when it is asked. A word, once
used by a rule, keeps its meaning for ever, for decisions of the past cite rules.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a person, or a program, is to the exchange."""

    NODE = "node"
    """The agent of a hall itself; no person."""
    CLERK = "clerk"
    REVIEWER = "reviewer"
    GUIDE = "guide"
    SUPERVISOR = "supervisor"
    LICENCE_OFFICER = "licence-officer"
    LICENCE_READER = "licence-reader"
    CATALOGUE_ADMINISTRATOR = "catalogue-administrator"
    HALL_ADMINISTRATOR = "hall-administrator"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    """Whoever works on the hub's own machine; no hall has one."""


class Seat(StrEnum):
    """Where someone acts: at a hall of one of the three tiers, or at the hub."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    HUB = "hub"


class Action(StrEnum):
    """What may be asked to be done; the word before the dot says to what."""

    CASE_WRITE = "case.write"
    CASE_DECIDE = "case.decide"
    CASE_READ = "case.read"
    CASE_LIST = "case.list"
    CLOCK_READ = "clock.read"
    GUIDANCE_ASK = "guidance.ask"
    GUIDANCE_READ = "guidance.read"
    GUIDANCE_ANSWER = "guidance.answer"
    GUIDANCE_PUBLISH = "guidance.publish"
    ORDER_READ = "order.read"
    ORDER_ISSUE = "order.issue"
    ORDER_ANSWER = "order.answer"
    CARD_ISSUE = "card.issue"
    CARD_READ = "card.read"
    CARD_REPLY = "card.reply"
    CARD_APPEAL = "card.appeal"
    APPEAL_DECIDE = "appeal.decide"
    LICENCE_ISSUE = "licence.issue"
    LICENCE_CHANGE = "licence.change"
    LICENCE_END = "licence.end"
    LICENCE_QUERY = "licence.query"
    CATALOGUE_READ = "catalogue.read"
    CATALOGUE_EDIT = "catalogue.edit"
    RECORD_READ = "record.read"
    SHARE_APPLY = "share.apply"
    SHARE_DECIDE = "share.decide"
    SHARE_READ = "share.read"
    CORRECTION_REPORT = "correction.report"
    CORRECTION_ANSWER = "correction.answer"
    CORRECTION_READ = "correction.read"
    DIRECTORY_READ = "directory.read"
    DIRECTORY_EDIT = "directory.edit"
    RULES_READ = "rules.read"
    RULES_EDIT = "rules.edit"
    USERS_EDIT = "users.edit"
    DECISIONS_READ = "decisions.read"
    ACCESS_READ = "access.read"
    LEDGER_READ = "ledger.read"
    JOURNAL_READ = "journal.read"
    EVIDENCE_EXPORT = "evidence.export"
    EXCHANGE_SUBMIT = "exchange.submit"
    EXCHANGE_RECEIVE = "exchange.receive"
    HALL_ENROL = "hall.enrol"
    HALL_RENEW = "hall.renew"
    HALL_REVOKE = "hall.revoke"
    HALL_QUARANTINE = "hall.quarantine"
    BACKUP = "backup"


class Reach(StrEnum):
    """Whose things a rule opens, seen from the hall of whoever asks."""

    OWN_HALL = "own-hall"
    OWN_SUBTREE = "own-subtree"
    """The own hall and all halls below it."""
    SUPERIOR_CHAIN = "superior-chain"
    """All halls above the own hall, without it."""
    SIBLINGS = "siblings"
    """The other halls directly below the own hall's superior."""
    PROVINCE = "province"
    """Every hall, and what the hub itself keeps."""
    REFERRED = "referred-to-own-hall"
    """What any hall has referred to the own hall."""


class Line(StrEnum):
    """Which departments' things a rule opens."""

    ANY = "any"
    OWN_DEPARTMENT = "own-department"
    OWN_DEPARTMENT_LINE = "own-department-line"
    """The own department and those below it in its line (条), at whichever hall."""


class Condition(StrEnum):
    """What must hold besides; judged in this order, what is seen on the object before what is seen on the act."""

    CASE_OPEN = "case-open"
    """The case, or the one that is cited, is open."""
    CASE_ASSIGNED = "case-assigned"
    """The case that is cited is one of the own hall and department."""
    THREAD_ABOUT_CASE = "thread-about-case"
    """A guidance thread that the own hall takes part in is about the case."""
    ONE_TIER_ABOVE_ISSUER = "one-tier-above-issuer"
    """The own hall stands directly above the hall that issued the card."""
    TYPE_ISSUED_HERE = "type-issued-here"
    """The hall may issue licences of this type."""
    ROLE_WITHIN_CAP = "role-within-cap"
    """The role that is given is one that the hall may have."""
    WITHOUT_PAYLOAD = "without-payload"
    """What is shown holds no payload of a message."""
    PURPOSE_STATED = "purpose-stated"
    RULE_CITED = "rule-cited"
    """The supervision rule by which it is done is named."""
    SECOND_OFFICER = "second-officer"
    """Another person than the one who asks has confirmed it."""
    GRANT_COVERS_FIELDS = "grant-covers-fields"
    """A live grant to the own hall and department covers the resource, the purpose and every field asked for."""
