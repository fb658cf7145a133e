"""Buy-till-you-die: how often customers come back, until they stop; and what they spend at a time."""

from habitue.models.btyd.beta_geometric import BGNBD, MBGNBD
from habitue.models.btyd.choosing import MEMBERS, Choice, choose
from habitue.models.btyd.fitting import Summary
from habitue.models.btyd.gamma_gamma import GammaGamma
from habitue.models.btyd.model import PurchaseModel
from habitue.models.btyd.pareto import ParetoNBD
from habitue.models.btyd.purchase_days import Histories, PurchaseDays

__all__ = [
    "BGNBD",
    "MBGNBD",
    "MEMBERS",
    "Choice",
    "GammaGamma",
    "Histories",
    "ParetoNBD",
    "PurchaseDays",
    "PurchaseModel",
    "Summary",
    "choose",
]
