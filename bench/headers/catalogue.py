"""Names, places and goods of the small world behind the header styles, in English and Chinese."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "ABROAD",
    "AMERICAN",
    "BRANDS",
    "CATEGORIES",
    "CHINESE",
    "FIRST",
    "FIRST_ZH",
    "GOODS",
    "LAST",
    "LAST_ZH",
    "NICKS",
    "Place",
]


class Place(NamedTuple):
    """Where a customer lives."""

    country: str
    code: str
    region: str
    city: str
    postcode: str


ABROAD = (
    Place("United Kingdom", "GB", "Greater London", "London", "N1 9GU"),
    Place("United Kingdom", "GB", "Kent", "Canterbury", "CT1 2JE"),
    Place("United Kingdom", "GB", "Lancashire", "Preston", "PR1 3QB"),
    Place("United Kingdom", "GB", "Devon", "Exeter", "EX4 3SR"),
    Place("Germany", "DE", "Bavaria", "Munich", "80331"),
    Place("Germany", "DE", "Saxony", "Leipzig", "04109"),
    Place("France", "FR", "Brittany", "Rennes", "35000"),
    Place("Netherlands", "NL", "Utrecht", "Utrecht", "3511 LN"),
    Place("Spain", "ES", "Valencia", "Alicante", "03002"),
    Place("Ireland", "IE", "Cork", "Cork", "T12 W8KP"),
)

AMERICAN = (
    Place("United States", "US", "CA", "San Diego", "92101"),
    Place("United States", "US", "NY", "Buffalo", "14202"),
    Place("United States", "US", "TX", "Austin", "78701"),
    Place("United States", "US", "WA", "Seattle", "98101"),
    Place("United States", "US", "IL", "Chicago", "60601"),
    Place("United States", "US", "FL", "Tampa", "33602"),
    Place("United States", "US", "OH", "Dayton", "45402"),
)

CHINESE = (
    Place("中国", "CN", "广东省", "深圳市", "518000"),
    Place("中国", "CN", "浙江省", "杭州市", "310000"),
    Place("中国", "CN", "江苏省", "苏州市", "215000"),
    Place("中国", "CN", "四川省", "成都市", "610000"),
    Place("中国", "CN", "上海", "上海市", "200000"),
    Place("中国", "CN", "北京", "北京市", "100000"),
    Place("中国", "CN", "山东省", "青岛市", "266000"),
    Place("中国", "CN", "湖北省", "武汉市", "430000"),
    Place("中国", "CN", "福建省", "厦门市", "361000"),
)

# fmt: off
FIRST = (
    "Anna", "Ben", "Chloe", "David", "Emma", "Frank", "Grace", "Henry", "Isla", "Jack", "Karen",
    "Liam", "Mia", "Noah", "Olive", "Peter", "Ruth", "Sam",
)
LAST = (
    "Archer", "Bennett", "Clarke", "Dawson", "Ellis", "Foster", "Griffin", "Hughes", "Irving",
    "Jensen", "Kemp", "Lowe", "Moss", "Nolan",
)
LAST_ZH = tuple("王李张刘陈杨赵黄周吴徐孙")
FIRST_ZH = (
    "伟", "芳", "娜", "秀英", "敏", "静", "丽华", "强", "磊", "洋", "艳", "勇", "杰", "雨桐", "子轩", "梓涵",
    "思远", "佳怡",
)
NICKS = (
    "爱吃糖的鱼", "tb8812034", "阳光小屋", "jd_喵喵", "南方有雨", "lucky小七", "山茶花开", "t_2019abc", "慢慢走",
    "橘子汽水",
)
# fmt: on

CATEGORIES = {
    "Home Decor": "家居装饰",
    "Kitchen": "餐厨用品",
    "Textiles": "家纺",
    "Gifts": "礼品",
    "Toys": "玩具",
    "Garden": "园艺",
    "Stationery": "文具",
    "Lighting": "灯具",
    "Outdoor": "户外",
    "Beauty": "美妆个护",
}
BRANDS = {
    "Alder & Co": "木里",
    "Hearth": "炉边",
    "Little Owl": "小鸮",
    "Tick": "嘀嗒",
    "Green Row": "绿垄",
    "Inkwell": "墨池",
    "Lumen": "流明",
    "Trailhead": "径行",
    "Fleur": "花间",
}
#: title, Chinese title, the same in traditional characters, category, brand, price, price in yuan
GOODS = (
    ("White Metal Lantern", "北欧铁艺烛台灯笼", "北歐鐵藝燭台燈籠", "Home Decor", "Alder & Co", 3.39, 39.9),
    ("Ceramic Mug 350ml", "陶瓷马克杯350ml", "陶瓷馬克杯350ml", "Kitchen", "Alder & Co", 4.25, 29.9),
    ("Set of 6 Tea Spoons", "不锈钢小茶匙6支装", "不鏽鋼小茶匙6支裝", "Kitchen", "Hearth", 2.95, 19.9),
    ("Linen Table Runner", "棉麻餐桌桌旗", "棉麻餐桌桌旗", "Textiles", "Hearth", 12.75, 59.0),
    ("Cotton Tea Towel", "纯棉厨房擦手巾", "純棉廚房擦手巾", "Textiles", "Hearth", 3.75, 15.8),
    ("Hand Warmer Owl", "猫头鹰暖手宝", "貓頭鷹暖手寶", "Gifts", "Little Owl", 1.85, 25.0),
    ("Scented Candle Fig", "无花果香薰蜡烛", "無花果香薰蠟燭", "Home Decor", "Little Owl", 8.5, 68.0),
    ("Paper Lunch Box Retro", "复古便当盒", "復古便當盒", "Kitchen", "Alder & Co", 1.95, 35.5),
    ("Alarm Clock Red", "复古红色闹钟", "復古紅色鬧鐘", "Home Decor", "Tick", 3.75, 49.0),
    ("Alarm Clock Green", "复古绿色闹钟", "復古綠色鬧鐘", "Home Decor", "Tick", 3.75, 49.0),
    ("Wall Clock Large, Oak", "实木静音大挂钟", "實木靜音大掛鐘", "Home Decor", "Tick", 24.95, 168.0),
    ("Wool Throw Grey", "羊毛休闲盖毯 灰色", "羊毛休閒蓋毯 灰色", "Textiles", "Hearth", 34.0, 239.0),
    ("Feather Cushion 45cm", "羽绒靠垫45cm", "羽絨靠墊45cm", "Textiles", "Hearth", 14.5, 79.0),
    ("Wooden Chess Set", "木质国际象棋套装", "木質國際象棋套裝", "Toys", "Little Owl", 19.99, 128.0),
    ("Building Blocks 100 pcs", "儿童积木100颗", "兒童積木100顆", "Toys", "Little Owl", 15.0, 89.0),
    ("Jigsaw Puzzle Map", "世界地图拼图1000片", "世界地圖拼圖1000片", "Toys", "Little Owl", 9.99, 45.0),
    ("Garden Trowel", "园艺小铲子", "園藝小鏟子", "Garden", "Green Row", 6.25, 22.0),
    ("Seed Collection Herbs", "香草种子组合", "香草種子組合", "Garden", "Green Row", 4.99, 12.9),
    ("Watering Can 2L", "长嘴浇水壶2L", "長嘴澆水壺2L", "Garden", "Green Row", 11.5, 36.0),
    ("Plant Pot Terracotta", "红陶透气花盆", "紅陶透氣花盆", "Garden", "Green Row", 5.45, 18.5),
    ("Notebook Dotted A5", "点阵笔记本A5", "點陣筆記本A5", "Stationery", "Inkwell", 7.95, 26.0),
    ("Gel Pens, Pack of 10", "中性笔10支装", "中性筆10支裝", "Stationery", "Inkwell", 4.5, 13.9),
    ("Gift Wrap Birds", "飞鸟礼品包装纸", "飛鳥禮品包裝紙", "Stationery", "Inkwell", 2.1, 9.9),
    ("Desk Lamp LED", "护眼LED台灯", "護眼LED檯燈", "Lighting", "Lumen", 39.0, 199.0),
    ("Fairy Lights 10m", "星星灯串10米", "星星燈串10米", "Lighting", "Lumen", 8.95, 32.0),
    ("Travel Bottle 500ml", "保温随行杯500ml", "保溫隨行杯500ml", "Outdoor", "Trailhead", 17.5, 99.0),
    ("Canvas Tote Bag", "帆布托特包", "帆布托特包", "Outdoor", "Trailhead", 10.95, 55.0),
    ("Picnic Blanket", "防潮野餐垫", "防潮野餐墊", "Outdoor", "Trailhead", 22.0, 88.0),
    ("Espresso Machine Mini", "迷你意式咖啡机", "迷你義式咖啡機", "Kitchen", "Hearth", 189.0, 1299.0),
    ("Hand Cream Lavender", "薰衣草护手霜", "薰衣草護手霜", "Beauty", "Fleur", 5.95, 39.0),
)
