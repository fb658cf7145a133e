"""What the report shows of value, churn, need and the models behind them, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from habitue.schema import Words

__all__ = [
    "CategoryNeed",
    "ChurnOutlook",
    "Decile",
    "Driver",
    "DueProduct",
    "DueWeek",
    "ForecastBin",
    "GroupShare",
    "Horizon",
    "NeedCell",
    "NeedOutlook",
    "Offer",
    "ProfitPoint",
    "Rescue",
    "RiskBand",
    "RiskGroup",
    "TrackingWeek",
    "ValueOutlook",
    "ValuedCustomer",
]

_NOTHING = Words("", "")


@dataclass(frozen=True, slots=True)
class ForecastBin:
    """Customers with forecasts near each other: what was forecast for them, and what came, with its interval."""

    place: int
    customers: int
    predicted: float
    actual: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the customers by expected spend, 10 the best, and what they are expected to spend together."""

    decile: int
    customers: int
    spend: float


@dataclass(frozen=True, slots=True)
class Horizon:
    """What today's customers are expected to spend in the next so many days."""

    days: int
    spend: float


@dataclass(frozen=True, slots=True)
class GroupShare:
    """How many of the top tenth, and of all customers, stand in a lifecycle stage."""

    stage: str
    top: int
    top_share: float
    all_share: float


@dataclass(frozen=True, slots=True)
class ValuedCustomer:
    """One of the customers who are expected to spend most."""

    customer_id: str
    spend: float
    low: float | None
    high: float | None
    orders: float | None
    reason: Words


@dataclass(frozen=True, slots=True)
class TrackingWeek:
    """One line of the table `value_tracking`."""

    week: date
    actual: float | None
    expected: float
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class ValueOutlook:
    """What customers will spend."""

    horizon_days: int
    customers: int = 0
    spend: float = 0.0
    deciles: tuple[Decile, ...] = ()  # from the best to the worst
    horizons: tuple[Horizon, ...] = ()
    groups: tuple[GroupShare, ...] = ()
    first: tuple[ValuedCustomer, ...] = ()
    calibration: tuple[ForecastBin, ...] = ()
    tracking: tuple[TrackingWeek, ...] = ()
    tracking_model: str = ""


@dataclass(frozen=True, slots=True)
class RiskGroup:
    """The customers of one risk: how many, how probably they leave, what spend is at stake."""

    risk: str
    customers: int
    probability: float
    stake: float


@dataclass(frozen=True, slots=True)
class RiskBand:
    """So many customers of a risk whose churn probability begins with this tenth."""

    tenth: int  # 0 is 0–10 %
    risk: str
    customers: int


@dataclass(frozen=True, slots=True)
class ProfitPoint:
    """One line of the table `churn_profit`."""

    share_treated: float
    profit: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """The line of the table `churn_profit_summary`."""

    best_share: float
    best_profit: float
    treat_all_profit: float
    treat_none_profit: float
    gain_over_all: float
    gain_over_none: float
    contact_cost: float | None = None
    offer_share: float | None = None
    gross_margin: float | None = None
    offer: Words = _NOTHING  # what the contact carries
    evidence: Words = _NOTHING  # what the response rests on


@dataclass(frozen=True, slots=True)
class Driver:
    """One line of the table `churn_drivers`; ``direction`` above 0 raises churn."""

    name: Words
    importance: float
    direction: float


@dataclass(frozen=True, slots=True)
class Rescue:
    """One of the customers to rescue first."""

    customer_id: str
    probability: float
    next_order_at: datetime | None
    stake: float | None
    gain: float | None
    low: float | None
    high: float | None
    cost: float | None
    reason: Words


@dataclass(frozen=True, slots=True)
class ChurnOutlook:
    """Who is about to leave, why, and whom it pays to rescue."""

    horizon_days: int
    customers: int = 0
    leaving: float = 0.0  # the sum of the probabilities
    stake: float = 0.0
    worth_it: int = 0  # customers whose rescue is worth its cost
    groups: tuple[RiskGroup, ...] = ()  # from the highest risk down
    bands: tuple[RiskBand, ...] = ()
    calibration: tuple[ForecastBin, ...] = ()
    profit: tuple[ProfitPoint, ...] = ()
    offer: Offer | None = None
    drivers: tuple[Driver, ...] = ()
    rescues: tuple[Rescue, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedCell:
    """How probably the next order of the customers of a stage holds a category; index 100 is all customers."""

    stage: str
    category: str
    probability: float
    index: float
    customers: int


@dataclass(frozen=True, slots=True)
class CategoryNeed:
    """A category: its share of recent orders, and what is expected of the next ones."""

    category: str
    next_share: float  # mean probability of being in a customer's next order
    recent_share: float | None = None
    first_choice: int = 0  # customers whose most probable category it is
    ready: int = 0  # customers who have not bought it yet and to whom it is proposed
    products: int | None = None
    words: str = ""  # where categories come from titles: the words that name it


@dataclass(frozen=True, slots=True)
class DueWeek:
    """Customers whose next order is expected in a week; ``start`` is its first day."""

    start: date
    customers: int


@dataclass(frozen=True, slots=True)
class DueProduct:
    """A product whose usual refill falls due for so many customers."""

    product_id: str
    title: str
    customers: int
    usual_gap_days: float | None = None


@dataclass(frozen=True, slots=True)
class NeedOutlook:
    """What customers need next, and when."""

    customers: int = 0
    cells: tuple[NeedCell, ...] = ()
    categories: tuple[CategoryNeed, ...] = ()  # from the most to the least expected
    from_titles: bool = False
    weeks: tuple[DueWeek, ...] = ()
    likeliest_only: bool = False  # of each customer only the likeliest categories are counted
    later: int = 0  # expected after the last week shown, or not at all
    due_products: tuple[DueProduct, ...] = ()
