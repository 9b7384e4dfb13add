"""How much of the spool is offered at once, until one message that is at fault itself is alone."""

AT_ONCE = 100
SUSPICIOUS = 3
"""Failures in a row after which it is asked whether the database takes anything else."""
ALONE = 8
"""Failures of a message by itself, while anything else is taken, after which it is given up."""


class Portion:
    """`size` of the oldest entries are offered. Halved while they fail and others do not, doubled when they are taken."""

    def __init__(self) -> None:
        self.size = AT_ONCE
        self._failures = 0
        self._alone = 0

    def taken(self) -> None:
        """They were stored; suspicion stays until everything is offered at once again."""
        self.size = min(AT_ONCE, self.size * 2)
        self._failures = 0 if self.size == AT_ONCE else SUSPICIOUS - 1
        self._alone = 0

    def failed(self) -> bool:
        """They were not; whether it is time to ask if the database takes anything else."""
        self._failures += 1
        return self._failures >= SUSPICIOUS

    def database_fails(self) -> None:
        """It does not: nothing is known of them."""
        self._failures = self._alone = 0

    def are_at_fault(self, offered: int) -> bool:
        """It does, but not these `offered`; whether it is one alone, and has been often enough."""
        if offered > 1:
            self.size = offered // 2
            return False
        self._alone += 1
        return self._alone >= ALONE
