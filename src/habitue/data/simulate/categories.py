"""The categories of the simulated shop: how dear, how seasonal, how often used up, what goes with what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.data.simulate.plan import Floats
from habitue.schema import Words

__all__ = ["CATEGORIES", "Category", "category_mix"]


@dataclass(frozen=True, slots=True)
class Category:
    """One category; ``price`` is the middle price in dollars, ``peak`` the months (1–12) in which it sells best."""

    code: str
    name: Words
    prefix: str
    price: float
    weight: float
    complement: str
    consumable: bool = False
    gift: bool = False
    peak: tuple[int, ...] = ()
    pieces: float = 0.15  # further pieces in a line


CATEGORIES = (
    Category("lipstick", Words("Lipstick", "口红"), "LIP", 18, 6, "face_cream", gift=True, peak=(2, 5, 12)),
    Category("face_cream", Words("Face cream", "面霜"), "CRM", 28, 7, "shampoo", consumable=True, peak=(1, 11, 12)),
    Category("shampoo", Words("Shampoo", "洗发水"), "SHA", 12, 7, "face_cream", consumable=True, pieces=0.4),
    Category("tea", Words("Tea", "茶叶"), "TEA", 16, 7, "kitchenware", consumable=True, peak=(1, 9, 10), pieces=0.5),
    Category("coffee", Words("Coffee", "咖啡"), "COF", 14, 7, "kitchenware", consumable=True, pieces=0.6),
    Category("snacks", Words("Snacks", "零食"), "SNK", 8, 8, "tea", consumable=True, peak=(1, 12), pieces=1.2),
    Category("candles", Words("Candles", "香薰蜡烛"), "CAN", 20, 5, "tea", gift=True, peak=(2, 11, 12), pieces=0.4),
    Category("headphones", Words("Headphones", "耳机"), "HDP", 75, 4, "phone_cases", peak=(6, 11), pieces=0.02),
    Category("phone_cases", Words("Phone cases", "手机壳"), "PHC", 15, 6, "headphones", peak=(9, 10)),
    Category("running_shoes", Words("Running shoes", "跑鞋"), "RUN", 85, 5, "socks", peak=(3, 4, 9), pieces=0.02),
    Category("socks", Words("Socks", "袜子"), "SOX", 9, 6, "running_shoes", peak=(10, 11), pieces=1.0),
    Category("dresses", Words("Dresses", "连衣裙"), "DRS", 55, 6, "scarves", peak=(4, 5, 6, 7), pieces=0.03),
    Category("scarves", Words("Scarves", "围巾"), "SCF", 30, 4, "dresses", gift=True, peak=(10, 11, 12)),
    Category("toys", Words("Toys", "玩具"), "TOY", 25, 6, "notebooks", gift=True, peak=(6, 11, 12), pieces=0.3),
    Category("pet_food", Words("Pet food", "宠物粮"), "PET", 32, 6, "snacks", consumable=True, pieces=0.5),
    Category("diapers", Words("Diapers", "纸尿裤"), "DIA", 30, 5, "toys", consumable=True, pieces=0.6),
    Category("kitchenware", Words("Kitchenware", "厨具"), "KIT", 35, 6, "coffee", peak=(1, 9), pieces=0.1),
    Category("notebooks", Words("Notebooks", "笔记本"), "NTB", 11, 4, "toys", gift=True, peak=(1, 8, 9), pieces=0.7),
)


def category_mix(taste: str = "any") -> Floats:
    """Return the share of each category in demand, month by month: an array of 12 by categories.

    ``taste`` is ``"any"``, or ``"gift"`` or ``"consumable"`` for customers drawn to those.
    """
    weight = np.array([each.weight * (4.0 if taste != "any" and getattr(each, taste) else 1.0) for each in CATEGORIES])
    peaks = np.array([[1.8 if month in each.peak else 1.0 for each in CATEGORIES] for month in range(1, 13)])
    mix = weight * peaks
    return np.asarray(mix / mix.sum(axis=1, keepdims=True), dtype=np.float64)
