"""Countries, regions and cities of the simulated shop's customers, and names for people."""

from __future__ import annotations

import numpy as np

from habitue.data.simulate.plan import Floats

__all__ = ["FAMILY_NAMES", "GIVEN_NAMES", "PLACES", "PLACE_MARKET", "place_weights"]

#: Country, region, city, first digits of the postcode, weight within the market.
PLACES: tuple[tuple[str, str, str, str, float], ...] = (
    ("GB", "England", "London", "SW", 14), ("GB", "England", "Manchester", "M", 7), ("GB", "England", "Leeds", "LS", 5),
    ("GB", "Scotland", "Edinburgh", "EH", 5), ("GB", "Wales", "Cardiff", "CF", 4),
    ("US", "New York", "New York", "10", 9), ("US", "California", "Los Angeles", "90", 8),
    ("US", "Texas", "Austin", "78", 6), ("US", "Washington", "Seattle", "98", 5),
    ("US", "Illinois", "Chicago", "60", 5),
    ("DE", "Berlin", "Berlin", "10", 6), ("DE", "Bayern", "München", "80", 6), ("DE", "Hamburg", "Hamburg", "20", 4),
    ("FR", "Île-de-France", "Paris", "75", 6), ("FR", "Rhône-Alpes", "Lyon", "69", 4),
    ("IE", "Leinster", "Dublin", "D", 3),
    ("NL", "Noord-Holland", "Amsterdam", "10", 3),
    ("CN", "广东省", "广州市", "51", 10), ("CN", "广东省", "深圳市", "518", 11), ("CN", "浙江省", "杭州市", "31", 11),
    ("CN", "江苏省", "南京市", "21", 7), ("CN", "江苏省", "苏州市", "215", 6), ("CN", "上海市", "上海市", "20", 13),
    ("CN", "北京市", "北京市", "10", 12), ("CN", "四川省", "成都市", "61", 8), ("CN", "湖北省", "武汉市", "43", 6),
    ("CN", "山东省", "青岛市", "266", 5), ("CN", "福建省", "厦门市", "361", 4), ("CN", "湖南省", "长沙市", "41", 5),
    ("CN", "陕西省", "西安市", "71", 4), ("CN", "辽宁省", "大连市", "116", 3), ("CN", "云南省", "昆明市", "65", 3),
)  # fmt: skip

PLACE_MARKET = np.array([int(place[0] == "CN") for place in PLACES])

GIVEN_NAMES = (
    ("Olivia", "Amelia", "Isla", "Ava", "Mia", "Grace", "Emma", "Clara", "Lena", "Chloé", "Sophie", "Hannah",
     "Jack", "Noah", "Oliver", "George", "Leo", "Arthur", "Paul", "Jonas", "Lucas", "Hugo", "Daniel", "Samuel"),
    ("欣怡", "梓涵", "诗琪", "雨桐", "佳怡", "思颖", "静", "敏", "婷婷", "丽娜", "晓燕", "芳",
     "浩然", "子轩", "俊杰", "宇航", "博文", "伟", "强", "磊", "明辉", "志远", "家豪", "晨曦"),
)  # fmt: skip

FAMILY_NAMES = (
    ("Smith", "Jones", "Taylor", "Brown", "Walker", "Green", "Hughes", "Clark", "Müller", "Schmidt", "Weber", "Martin",
     "Bernard", "Dubois", "Murphy", "Johnson", "Davis", "Garcia", "Miller", "Wilson"),
    ("王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙",
     "马", "朱", "胡", "郭", "何", "林", "高", "罗"),
)  # fmt: skip


def place_weights(market: int) -> Floats:
    """Return the chance of each place for a customer of that market."""
    weights = np.array([place[4] for place in PLACES]) * (market == PLACE_MARKET)
    return np.asarray(weights / weights.sum(), dtype=np.float64)
