"""The care plan: which customers get which action, as a table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OVERDUE", "PLAN", "VALUED", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One action for the customers of a lifecycle stage.

    ``valued`` narrows it to those who are among the shop's best by frequency and money (True) or are not (False).
    ``urgency`` is 1 for now, 2 for winning back, 3 for keeping going, 4 for leaving alone.
    """

    action: str
    stage: str
    urgency: int
    valued: bool | None = None


PLAN: tuple[Step, ...] = (
    Step("rescue_valued", "slowing", 1, valued=True),
    Step("remind", "slowing", 1, valued=False),
    Step("second_order", "second_order_due", 1),
    Step("win_back_valued", "dormant", 2, valued=True),
    Step("win_back", "dormant", 2, valued=False),
    Step("last_try", "lost", 2, valued=True),
    Step("welcome", "new", 3),
    Step("third_order", "active", 3),
    Step("welcome_back", "returned", 3),
    Step("thank_loyal", "loyal", 3),
    Step("leave_alone", "lost", 4, valued=False),
)

#: Segments of the table ``rfm`` whose customers buy most often and for most.
VALUED: frozenset[str] = frozenset({"champions", "loyal", "cannot_lose_them"})

#: Stages in which a purchase is overdue.
OVERDUE: frozenset[str] = frozenset({"second_order_due", "slowing", "dormant", "lost"})
