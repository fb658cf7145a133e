"""Values by which a column betrays what it holds: countries, provinces, cities, currencies, states of an order."""

from __future__ import annotations

from functools import cache

from habitue.data.mapping.header_words_zh import simplified

__all__ = ["VOCABULARIES", "belongs", "country_currency", "surname"]

_COUNTRIES = (
    "AE ARE united_arab_emirates 阿联酋 AED;AR ARG argentina 阿根廷 ARS;AT AUT austria|österreich 奥地利 EUR;"
    "AU AUS australia 澳大利亚|澳洲 AUD;BE BEL belgium|belgique|belgië 比利时 EUR;BG BGR bulgaria 保加利亚 BGN;"
    "BH BHR bahrain 巴林 BHD;BR BRA brazil|brasil 巴西 BRL;CA CAN canada 加拿大 CAD;"
    "CH CHE switzerland|schweiz|suisse 瑞士 CHF;CL CHL chile 智利 CLP;CN CHN china 中国|中国大陆|中华人民共和国 CNY;"
    "CO COL colombia 哥伦比亚 COP;CY CYP cyprus 塞浦路斯 EUR;CZ CZE czech_republic|czechia 捷克 CZK;"
    "DE DEU germany|deutschland|allemagne 德国 EUR;DK DNK denmark|danmark 丹麦 DKK;EE EST estonia 爱沙尼亚 EUR;"
    "EG EGY egypt 埃及 EGP;ES ESP spain|españa 西班牙 EUR;FI FIN finland|suomi 芬兰 EUR;FR FRA france|frankreich 法国 "
    "EUR;"
    "GB GBR united_kingdom|uk|great_britain|england|scotland|wales|northern_ireland|channel_islands 英国|联合王国 GBP;"
    "GR GRC greece 希腊 EUR;HK HKG hong_kong 香港|中国香港 HKD;HR HRV croatia 克罗地亚 EUR;HU HUN hungary 匈牙利 HUF;"
    "ID IDN indonesia 印度尼西亚|印尼 IDR;IE IRL ireland|eire 爱尔兰 EUR;IL ISR israel 以色列 ILS;IN IND india 印度 "
    "INR;"
    "IS ISL iceland 冰岛 ISK;IT ITA italy|italia|italien 意大利 EUR;JP JPN japan 日本 JPY;KE KEN kenya 肯尼亚 KES;"
    "KR KOR south_korea|korea|republic_of_korea 韩国 KRW;KW KWT kuwait 科威特 KWD;LB LBN lebanon 黎巴嫩 LBP;"
    "LT LTU lithuania 立陶宛 EUR;LU LUX luxembourg 卢森堡 EUR;LV LVA latvia 拉脱维亚 EUR;MA MAR morocco 摩洛哥 MAD;"
    "MO MAC macau|macao 澳门|中国澳门 MOP;MT MLT malta 马耳他 EUR;MX MEX mexico|méxico 墨西哥 MXN;"
    "MY MYS malaysia 马来西亚 MYR;NG NGA nigeria 尼日利亚 NGN;NL NLD netherlands|the_netherlands|holland|niederlande "
    "荷兰 EUR;"
    "NO NOR norway|norge 挪威 NOK;NZ NZL new_zealand 新西兰 NZD;PE PER peru 秘鲁 PEN;PH PHL philippines 菲律宾 PHP;"
    "PK PAK pakistan 巴基斯坦 PKR;PL POL poland|polska|polen 波兰 PLN;PT PRT portugal 葡萄牙 EUR;QA QAT qatar 卡塔尔 "
    "QAR;"
    "RO ROU romania 罗马尼亚 RON;RS SRB serbia 塞尔维亚 RSD;RU RUS russia|russian_federation 俄罗斯 RUB;"
    "SA SAU saudi_arabia 沙特阿拉伯|沙特 SAR;SE SWE sweden|sverige|schweden 瑞典 SEK;SG SGP singapore 新加坡 SGD;"
    "SI SVN slovenia 斯洛文尼亚 EUR;SK SVK slovakia 斯洛伐克 EUR;TH THA thailand 泰国 THB;TR TUR turkey|türkiye 土耳其 "
    "TRY;"
    "TW TWN taiwan 台湾|中国台湾 TWD;UA UKR ukraine 乌克兰 UAH;US USA united_states|usa|united_states_of_america 美国 "
    "USD;"
    "VN VNM vietnam|viet_nam 越南 VND;ZA ZAF south_africa|rsa 南非 ZAR"
)
_OTHER_PLACES = "european_community unspecified"

_REGIONS = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 "
    "云南 陕西 甘肃 "
    "青海 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 台湾 华东 华南 华北 华中 西南 西北 东北 "
    "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois "
    "indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri "
    "montana nebraska nevada new_hampshire new_jersey new_mexico new_york north_carolina north_dakota ohio oklahoma "
    "oregon pennsylvania rhode_island south_carolina south_dakota tennessee texas utah vermont virginia washington "
    "west_virginia wisconsin wyoming ontario quebec british_columbia alberta manitoba saskatchewan nova_scotia "
    "bayern hessen sachsen berlin hamburg bremen baden-württemberg nordrhein-westfalen niedersachsen brandenburg "
    "new_south_wales victoria queensland south_australia western_australia tasmania "
    "england scotland wales northern_ireland île-de-france bretagne normandie provence occitanie lombardia lazio "
    "catalonia cataluña madrid andalucía bavaria saxony hesse "
    "south_east south_west north_west north_east east_midlands west_midlands yorkshire east_of_england london "
    "guangdong zhejiang jiangsu shanghai beijing sichuan fujian shandong hubei hunan henan hebei "
    "al ak az ar ca co ct fl ga hi id il ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc "
    "sd tn tx ut vt va wa wv wi wy dc on qc bc ab nsw vic qld"
)
_CITIES = (
    "北京 上海 广州 深圳 杭州 南京 苏州 成都 重庆 武汉 西安 天津 长沙 郑州 青岛 宁波 无锡 佛山 东莞 合肥 福州 厦门 "
    "济南 沈阳 大连 "
    "哈尔滨 长春 石家庄 太原 昆明 贵阳 南宁 南昌 海口 兰州 温州 泉州 常州 嘉兴 金华 珠海 中山 惠州 烟台 徐州 台北 高雄 "
    "台中 香港 "
    "绍兴 台州 南通 扬州 洛阳 潍坊 临沂 唐山 保定 绵阳 桂林 三亚 乌鲁木齐 呼和浩特 银川 西宁 拉萨 汕头 江门 湖州 盐城 "
    "镇江 芜湖 "
    "london manchester birmingham leeds glasgow edinburgh liverpool bristol cardiff sheffield belfast newcastle dublin "
    "nottingham leicester oxford cambridge brighton york bath norwich "
    "paris lyon marseille toulouse nice bordeaux lille nantes berlin hamburg münchen munich köln cologne frankfurt "
    "stuttgart düsseldorf leipzig dresden bremen hannover dortmund essen nürnberg "
    "wien vienna zürich zurich genève basel amsterdam rotterdam utrecht brussels antwerp "
    "madrid barcelona valencia sevilla lisbon porto rome roma milan milano turin torino naples florence copenhagen "
    "stockholm oslo helsinki warsaw prague budapest athens new_york los_angeles chicago houston phoenix philadelphia "
    "san_antonio san_diego dallas austin seattle denver boston portland miami atlanta san_francisco san_jose detroit "
    "las_vegas nashville baltimore toronto vancouver montreal ottawa calgary "
    "sydney melbourne brisbane perth adelaide auckland wellington tokyo osaka kyoto seoul singapore bangkok "
    "mumbai delhi bangalore dubai sao_paulo mexico_city beijing shanghai guangzhou shenzhen hangzhou hong_kong taipei"
)

#: What is looked for → the values (lower case, blanks as ``_``).
_SETS: dict[str, str] = {
    "currency": "usd eur gbp cny jpy hkd twd krw sgd aud cad chf sek nok dkk inr brl mxn rub pln czk huf ron try aed "
    "sar "
    "thb vnd idr myr php zar nzd ils ars clp cop rmb 人民币 美元 欧元 英镑 日元 港币 新台币 台币 £ € $ ¥ us$ euro",
    "status": "paid pending completed complete cancelled canceled refunded shipped delivered processing fulfilled "
    "unfulfilled open closed on-hold on_hold failed returned partially_refunded partially_paid partial unpaid new "
    "confirmed authorized voided void invoiced test draft awaiting_payment awaiting_shipment in_transit dispatched "
    "done "
    "ok success successful accepted declined wc-completed c p r storniert bezahlt versendet offen abgeschlossen "
    "交易成功 交易关闭 交易完成 已完成 已付款 待付款 已发货 待发货 已取消 已退款 已签收 退款成功 部分退款 等待买家付款 "
    "买家已付款 卖家已发货 待收货 已关闭 未付款 已支付 待支付 已收货 完成 取消 锁定 退款中 售后中 成功 关闭 已确认 "
    "待确认 "
    "已下单 测试 正常 已退货 订单完成 订单取消 已成交",
    "payment": "card credit_card creditcard credit debit debit_card visa mastercard amex american_express paypal "
    "apple_pay google_pay klarna afterpay stripe cash cod cash_on_delivery bank_transfer wire_transfer transfer "
    "invoice "
    "sepa ideal gift_card giftcard voucher shop_pay shopify_payments wechat wechat_pay alipay unionpay cheque check "
    "direct_debit sofort giropay rechnung lastschrift kreditkarte vorkasse überweisung nachnahme carte_bancaire "
    "amazon_pay online bacs 支付宝 微信 微信支付 银行卡 信用卡 现金 货到付款 花呗 云闪付 银联 在线支付 余额 白条 "
    "京东支付 "
    "公司转账 银行转账 储值卡 抖音支付 刷卡 转账 分期 快捷支付 信用卡支付 街口支付 line_pay 超商代码",
    "channel": "web website online app mobile store shop pos retail marketplace amazon ebay phone wholesale instagram "
    "facebook tiktok email google organic direct social affiliate paid_search seo sem referral desktop ios android h5 "
    "mini_program miniprogram wechat in-store instore offline b2b b2c call_center online_store shopify etsy sms push "
    "display search video tmall taobao jd douyin pinduoduo 网站 官网 小程序 微信小程序 门店 线下 线上 天猫 淘宝 京东 "
    "拼多多 抖音 抖店 快手 小红书 公众号 电话 直播 有赞 微商城 唯品会 手机端 电脑端 自营 代理 分销 批发 实体店 手机 "
    "苏宁 "
    "线下门店 天猫旗舰店 京东自营 移动端 pc端 商城",
    "device": "desktop mobile tablet phone ios android iphone ipad windows mac pc 手机 电脑 平板 安卓 苹果 鸿蒙 "
    "chrome safari firefox edge",
    "gender": "male female m f unknown w other man woman 男 女 未知 保密 男性 女性 先生 女士 diverse mr mrs ms",
    "language": "en zh de fr es it ja ko nl pl pt en-gb en-us zh-cn zh-tw english chinese german french 中文 英文 英语",
    "flag": "true false yes no y n t f 是 否 1 0 ja nein oui non 有 无",
    "uom": "pcs pc ea each st stk kg g lb box pack set unit units m 件 个 箱 盒 瓶 袋 套 包 双 条 台 斤 公斤 支 罐 本 "
    "stück psc",
    "given_name": "james mary john patricia robert jennifer michael linda william elizabeth david barbara richard susan "
    "joseph jessica thomas sarah charles karen christopher nancy daniel lisa matthew betty anthony margaret mark sandra "
    "donald ashley steven kimberly paul emily andrew donna joshua michelle kenneth carol kevin amanda brian dorothy "
    "george melissa edward deborah ronald stephanie timothy rebecca jason sharon jeffrey laura ryan cynthia jacob "
    "kathleen gary amy nicholas angela eric shirley jonathan anna stephen brenda larry emma justin pamela scott nicole "
    "brandon helen benjamin samantha samuel katherine gregory christine frank debra alexander rachel raymond carolyn "
    "patrick janet jack catherine dennis maria jerry heather tyler diane aaron ruth jose julie henry olivia adam joyce "
    "peter virginia nathan victoria zachary kelly walter lauren kyle christina harold joan jeremy evelyn ethan judith "
    "lucas noah liam oliver harry charlie oscar leo arthur freya isla ava mia grace lily sophie ella chloe lucy holly "
    "hans klaus jürgen stefan andreas wolfgang uwe ute petra sabine monika claudia birgit lukas leon finn jonas hannah "
    "lena lea marie jean pierre michel philippe alain jacques nathalie isabelle sylvie camille manon louis hugo jules "
    "antonio jose francisco carmen josefa manuel javier lucia carlos ana pedro luis miguel pablo diego sofia giulia "
    "giovanni marco luca francesca chiara jan piet anne sven lars erik ingrid ali mohamed fatima ahmed omar priya raj "
    "amit wei ming yuki hiroshi tom ann bob eve tim sam ben dan jim joe kate jane jill nick max",
    "null": "null none n/a na nan - -- \\n #n/a 无 空 未知 (null) nil nat <na> unknown_",
}


def _plain(value: str) -> str:
    return simplified(value.strip().lower().replace(" ", "_"))


@cache
def _country_rows() -> list[tuple[list[str], str]]:
    rows = []
    for row in _COUNTRIES.split(";"):
        two, three, english, chinese, currency = row.split()
        names = [two.lower(), three.lower(), *english.split("|"), *chinese.split("|")]
        rows.append((names, currency))
    return rows


@cache
def _built() -> dict[str, frozenset[str]]:
    built = {name: frozenset(values.split()) for name, values in _SETS.items()}
    countries = {name for names, _ in _country_rows() for name in names}
    built["country"] = frozenset(countries | set(_OTHER_PLACES.split()))
    built["region"] = frozenset(_REGIONS.split())
    built["city"] = frozenset(_CITIES.split())
    return built


#: The names of what can be looked for.
VOCABULARIES = (*_SETS, "country", "region", "city")
_SUFFIXES = ("特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")


def belongs(value: str, vocabulary: str) -> bool:
    """Say whether a value is one of those that a kind of column holds.

    Examples
    --------
    >>> belongs("浙江省", "region"), belongs("United Kingdom", "country"), belongs("12", "country")
    (True, True, False)
    """
    plain, known = _plain(value), _built()[vocabulary]
    if plain in known:
        return True
    if vocabulary not in ("region", "city"):
        return False
    return any(plain.endswith(suffix) and plain.removesuffix(suffix) in known for suffix in _SUFFIXES)


def country_currency(value: str) -> str:
    """Return the currency of a country named in any of our ways, or an empty string.

    Examples
    --------
    >>> country_currency("United Kingdom"), country_currency("中国"), country_currency("Atlantis")
    ('GBP', 'CNY', '')
    """
    plain = _plain(value)
    return next((currency for names, currency in _country_rows() if plain in names), "")


_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
    "程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧阳"
)


def surname(value: str) -> bool:
    """Say whether a short Chinese text begins with a common family name.

    Examples
    --------
    >>> surname("王小明"), surname("红色连衣裙")
    (True, False)
    """
    plain = simplified(value.strip())
    return 2 <= len(plain) <= 4 and plain[0] in _SURNAMES and all("\u4e00" <= c <= "\u9fff" or c == "*" for c in plain)
