"""A prediction question, declared once and answered the same way every time."""

from habitue.tasks.card import CARDS, Card, Measured, cards_of, cards_table
from habitue.tasks.examples import Examples, asked, collect, cutoffs
from habitue.tasks.fitted import FittedTask
from habitue.tasks.fitting import Plan, fit, fit_examples
from habitue.tasks.priors import NO_ORDER, SPEND, Prior
from habitue.tasks.question import Task, customer_inputs, frame_of
from habitue.tasks.reasons import REASONS, Reason, meaning_of, reason_words, reasons_column, reasons_of
from habitue.tasks.recommending import ACTIONS, ShopHistories, ShopTargets, day_number, read_histories, read_targets

__all__ = [
    "ACTIONS",
    "CARDS",
    "NO_ORDER",
    "REASONS",
    "SPEND",
    "Card",
    "Examples",
    "FittedTask",
    "Measured",
    "Plan",
    "Prior",
    "Reason",
    "ShopHistories",
    "ShopTargets",
    "Task",
    "asked",
    "cards_of",
    "cards_table",
    "collect",
    "customer_inputs",
    "cutoffs",
    "day_number",
    "fit",
    "fit_examples",
    "frame_of",
    "meaning_of",
    "read_histories",
    "read_targets",
    "reason_words",
    "reasons_column",
    "reasons_of",
]
