"""Name what can keep an account from being changed.

AgentError
└── AccountRefused           it is not done, and the text says why
    ├── UserUnknown          nobody has this staff number
    ├── UserExists           somebody has it already
    ├── NameUnusable         a staff number or a name that is none
    ├── NumberTelling        a staff number that is a citizen id
    ├── PasswordUnusable     a new password that does not hold; carries the fault
    └── RoleNotGiven         the hall may not have this role, or whoever gives it may not give it
"""

from node_agent.accounts.passwords import PasswordFault
from node_agent.errors import AgentError


class AccountRefused(AgentError):
    """An account is not changed."""


class UserUnknown(AccountRefused):
    """Nobody has this staff number."""


class UserExists(AccountRefused):
    """Somebody has this staff number."""


class NumberTelling(AccountRefused):
    """A staff number is a citizen id; it is not repeated."""


class NameUnusable(AccountRefused):
    """What is given as a number or a name is none."""


class RoleNotGiven(AccountRefused):
    """A role is not given."""


class PasswordUnusable(AccountRefused):
    """A new password does not hold."""

    def __init__(self, fault: PasswordFault) -> None:
        """Keep the fault, for pages to word."""
        super().__init__(f"the new password does not hold: {fault}")
        self.fault = fault
