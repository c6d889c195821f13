"""Say what a decision is: allowed by one version of a rule, or denied with what came nearest.

Laws: a decision is a value; whoever takes it writes it down together with what it says.
"""

from dataclasses import dataclass
from enum import StrEnum

from directory.scopes.vocabulary import Condition


@dataclass(frozen=True, slots=True)
class Allowed:
    """This version of this rule allows it."""

    rule: str
    version: int


class Why(StrEnum):
    """Why something is denied."""

    UNKNOWN_HALL = "unknown-hall"
    UNKNOWN_ROLE = "unknown-role"
    FOREIGN_ROLE = "foreign-role"
    """The role does not exist where the hall acts."""
    FOREIGN_DEPARTMENT = "foreign-department"
    """The department is none of the hall's."""
    NO_RULE = "no-rule"
    """No rule in force allows it."""


class Part(StrEnum):
    """The parts of a rule, in the order in which they are judged."""

    ACTION = "action"
    PERIOD = "period"
    ROLE = "role"
    TIER = "tier"
    REACH = "reach"
    LINE = "line"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Nearest:
    """The rule that came nearest to allowing it, and the part of it that did not hold; `condition` for that part alone."""

    rule: str
    version: int
    part: Part
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """Nothing allows it; `nearest` is None where no rule speaks of the action at all, and where the asker is not believed."""

    why: Why
    nearest: Nearest | None = None
