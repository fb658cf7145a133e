"""Which ideas in a header name which column of the schema, and how surely.

One line per column: ideas and the surety they give, parted by bars; after the semicolon, ideas that may stand beside
them without harm. ``"order id 1 | order .75 ; sale"`` reads: a header that says order and id names the column surely,
one that says only order rather so, and the word sale does not matter.
"""

from __future__ import annotations

__all__ = ["LEFT_ASIDE", "NAMES", "NOT_OURS"]

_PLACE = "; shipping billing customer id name order address sale delivered recipient store flag"
_WHO = "; customer billing shipping order recipient id store sale"
_COMMON = {
    "customer_id": "recipient id .8 | customer id 1 | customer .75 | customer nickname .8 | nickname .6 | visitor id .4 | customer sku "
    ".5 "
    "| card id .4 | customer card 1 | customer card id 1 | company id .5 | email .1 | phone .1 | id .2 ; sale order "
    "billing group purchase name",
    "product_id": "product id 1 | sku 1 | product sku 1 | sku id 1 | stock id .9 | model id .6 | model .4 | barcode .48 | asin .8 "
    "| product asin .8 | barcode id .48 | product barcode .65 | product .6 | variant id .5 | product variant id .6 | variant sku .95 "
    "| product model id .7 | stock product id .9 | id .2 ; sale order line vendor purchase store stock",
    "order_id": "order id 1 | order .75 | sale .2 | sale id .85 | purchase id .85 | order name .7 | id .2 "
    "; sale purchase store channel",
    "currency": "currency 1 | money .3 ; order id name sale price amount payment store",
    "channel": "channel 1 | store .3 ; order sale purchase name id customer group flag event",
    "country": f"country 1 {_PLACE} region",
    "region": f"region 1 | state .75 {_PLACE}",
    "city": f"city 1 {_PLACE} district",
    "campaign_id": "campaign id 1 | campaign .7 | promotion id .7 ; name",
    "creative_id": "creative id 1 | creative .7 ; name",
    "ingested_at": "ingested time 1 | ingested .9 | created time .2 ; created row time order",
    "supplier_id": "supplier id 1 | supplier .8 | vendor id .9 | vendor .7 ; name purchase purchaseorder",
    "location_id": "store id 1 | store .8 ; stock name received shipping purchase",
    "session_id": "session id 1 | session .8",
    "ip": "ip 1 ; customer address id",
    "arm": "arm 1 | variant .6 | group .5 ; id name",
    "propensity": "propensity 1 | rate .3 ; arm",
    "payment_method": "payment method 1 | payment .6 | method .25 | payment channel .9 | payment name .8 | card method "
    ".6 "
    "| payment group .6 ; order channel name sale",
    "coupon_code": "coupon id 1 | coupon 1 | promotion id .8 | promotion name .5 | promotion .4 | discount id .7 "
    "| coupon name .7 | discount name .6 ; order discount",
    "status": "status 1 | order status 1 | state .4 | order state .75 | payment status .6 | shipping status .5 "
    "| close .2 | cancel flag .4 | cancel .35 ; order sale payment name id line flag",
    "cancelled_at": "cancel time 1 | cancel .2 | cancel close time .9 ; order sale",
    "shipping": "shipping fee 1 | shipping amount .9 | shipping cost .9 | shipping price .95 | shipping .7 | fee .15 "
    "; order amount cost fee price paid taxnote money line customer",
    "image": "image 1 | image url 1 ; product name url id",
    "ordered_at": "order time 1 | purchase time .95 | sale time .95 | created time .8 | order created time 1 "
    "| order created .8 | created .7 | time .7 | payment time .3 | paid time .3 | period .1 "
    "| order paid time .3 | order payment time .3 ; sale purchase line customer",
}  # fmt: skip


def _pick(*names: str, **own: str) -> dict[str, str]:
    """Take lines from those that tables share, beside a table's own."""
    return {name: _COMMON[name] for name in names} | own


#: Table → column → the ideas that name it.
NAMES: dict[str, dict[str, str]] = {
    "order_lines": _pick(
        "order_id", "customer_id", "product_id", "ordered_at", "currency", "status", "cancelled_at", "channel",
        "country", "region", "city", "coupon_code", "payment_method", "shipping", "ingested_at",
        line_id="line id 1 | line .5 | order line id 1 | order line .6 | row id .3 | line row .5 | order row .4 | row .4 "
        "| record id .45 | order id .15 | product .15 "
        "; order sale product purchase",
        quantity="quantity 1 | product count 1 | count .6 | sale count .9 | purchase count .95 "
        "| unit quantity .9 | amount .3 | product unit .3 | unit .25 "
        "; order sale purchase product line unit sku customer paid net group",
        unit_price="unit price 1 | product price .9 | price .87 | sale price .95 | unit amount .75 | paid price .9 "
        "| rate .35 | sale .35 | unit rate .6 | unit cost .3 | product cost .3 | cost .2 | amount .15 | base price .6 | net price .9 | gross price .9 "
        "| purchase price .5 | discount price .8 | promotion price .7 "
        "; order sale purchase product line net gross taxnote money paid unit sku base customer",
        line_total="payable .4 | payable amount .65 | product payable amount .8 | line amount 1 | amount .72 | amount price .9 | product amount .9 | paid amount .75 | sale amount "
        ".9 "
        "| net amount .8 | sale .6 | line price .7 | net sale .85 | gross sale .55 | order amount .4 | line sale .9 "
        "| product paid amount .95 | paid .5 | payment amount .6 | net .4 | line net .8 | purchase amount .8 | spend "
        ".5 "
        "| order amount line 1 | line net price .9 | price .25 | product price .3 | sale price .3 | unit amount .1 | "
        "discount amount price .5 | purchase .2 "
        "; line product sale net gross taxnote money paid price payment purchase customer order spend",
        list_price="list price 1 | list .5 | base price .4 | list amount .6 | list unit price 1 | gross price .3 "
        "; unit product sale gross taxnote money sku order line",
        discount="discount 1 | discount amount 1 | coupon amount .5 | promotion amount .5 | promotion discount .9 "
        "; line order sale product amount promotion coupon unit money store channel",
        unit_cost="unit cost 1 | cost .8 | product cost .95 | cost price .95 | purchase price .7 "
        "; unit product price money sku amount",
        product_title="product name 1 | product title 1 | product description .95 | title .75 | description .8 "
        "| name .3 | product .6 | sku name .9 | stock name .8 | line name .6 | product body .5 | sku description .9 "
        "| stock description .9 | model name .5 | product model .5 | line description .8 "
        "; line order sale purchase model sku stock variant",
        category="category 1 | group .35 | product group .8 | product method .7 | group name .3 "
        "; product name id line group sale",
        brand="brand 1 | vendor .7 | product vendor .8 ; product name id line",
        customer_name="customer name 1 | fullname .9 | recipient name .7 | recipient .6 | billing name .7 "
        "| shipping name .65 | customer firstname .4 | firstname .3 | customer .45 | name .3 | customer nickname .55 "
        "| nickname .45 | customer company .5 | company .3 ; billing shipping recipient order customer store name",
        customer_email=f"email 1 {_WHO} address",
        customer_phone=f"phone 1 {_WHO} id",
    ),
    "orders": _pick(
        "order_id", "customer_id", "ordered_at", "status", "cancelled_at", "channel", "country", "region", "city",
        "currency", "shipping", "coupon_code", "payment_method", "ingested_at",
        discount="discount 1 | discount amount 1 | coupon amount .5 | promotion amount .5 "
        "; order sale amount promotion coupon money",
        order_total="payable amount .8 | payable .5 | order amount 1 | amount .8 | paid amount .85 | payment amount .85 | sale amount .85 | sale .6 "
        "| net amount .75 | order price .7 | price .4 | paid .6 | net sale .8 | spend .6 | product amount .5 "
        "; order sale net gross taxnote money paid price payment customer purchase product spend",
        customer_email=f"email 1 {_WHO} address",
    ),
    "customers": _pick(
        "country", "region", "city", "ingested_at",
        customer_id="customer id 1 | customer .6 | id .75 | customer nickname .5 | nickname .4 | card id .4 "
        "; customer company",
        signed_up_at="signup time 1 | signup 1 | created time .85 | created .75 | since .6 | time .3 | start time .5 "
        "; customer time company",
        name="customer name 1 | name .9 | fullname 1 | firstname .5 | nickname .5 | customer .5 | company .5 "
        "; customer company name",
        email=f"email 1 {_WHO} address", phone=f"phone 1 {_WHO} id",
        gender="gender 1 ; customer", birth_date="birth 1 ; time customer",
        postcode=f"postcode 1 {_PLACE}",
        language="language 1 ; customer name id",
        acquisition_channel="acquisition channel 1 | acquisition 1 | channel .8 | signup channel 1 "
        "; customer channel signup name store",
        is_business="company flag 1 | company .5 ; customer method flag",
    ),
    "products": _pick(
        "currency", "image", "supplier_id", "ingested_at",
        product_id="product id 1 | sku 1 | id .75 | sku id 1 | barcode .6 | stock id .9 | model id .7 | model .4 "
        "| product .5 | stock product id .9 | variant id .5 | variant sku .95 ; product stock store vendor",
        title="product name 1 | title 1 | name .9 | product title 1 | product .5 | sku name .8 ; product",
        description="description 1 | product description 1 | body .8 ; product body",
        category="category 1 | group .5 | product group .9 | product method .8 | method .3 ; product name id group",
        brand="brand 1 | vendor .5 | product brand 1 ; product name id",
        price="price 1 | sale price 1 | list price .8 | product price 1 | unit price .9 | amount .3 | base price .7 "
        "; product sale unit taxnote money gross net list",
        unit_cost="cost 1 | unit cost 1 | cost price 1 | purchase price .7 ; product unit price money",
        launched_at="launch time 1 | launch 1 | created time .6 | created .5 | start time .5 | time .2 ; product time",
        retired_at="retire time 1 | retire 1 | end time .5 ; product time",
    ),
    "events": _pick(
        "session_id", "product_id", "order_id", "ip", "ingested_at", "channel",
        event_id="event id 1 | id .4 ; event",
        customer_id="customer id 1 | customer .8 | visitor id .8 | visitor .7 ; customer",
        event="event 1 | event name 1 | event method 1 | method .3 ; name method customer",
        happened_at="event time 1 | time .9 | created time .85 | created .6 ; event",
        query="query 1 ; event", device="device 1 ; method device name",
        value="amount .7 | price .6 | event amount 1 ; event money",
    ),
    "messages": _pick(
        "customer_id", "campaign_id", "creative_id", "arm", "propensity", "ingested_at",
        message_id="message id 1 | message .6 | id .4 ; sent email",
        channel="channel 1 | message method .8 | message channel 1 | method .4 ; message sent name",
        sent_at="sent time 1 | sent 1 | message time .8 | time .4 | created time .4 ; message email",
        opened_at="open time 1 | open 1 ; message email", clicked_at="click time 1 | click 1 ; message email",
        converted_at="convert time 1 | convert 1 ; message",
        unsubscribed_at="unsubscribe time 1 | unsubscribe 1 ; message",
        cost="cost 1 | spend .6 | price .4 ; message money amount",
    ),
    "exposures": _pick(
        "customer_id", "campaign_id", "creative_id", "product_id", "channel", "arm", "propensity", "ingested_at",
        exposure_id="exposure id 1 | exposure .6 | id .3 | shown id .9",
        shown_at="shown time 1 | shown .9 | exposure time 1 | time .4 ; exposure creative",
        clicked_at="click time 1 | click 1", converted_at="convert time 1 | convert 1",
        cost="cost 1 | spend .8 | price .4 ; money amount",
    ),
    "campaigns": _pick(
        "channel", "currency",
        campaign_id="campaign id 1 | id .6 | campaign .5 | promotion id .8",
        name="campaign name 1 | name .9 | title .7 | campaign .5 | promotion name .8 ; campaign",
        goal="goal 1 ; campaign", starts_at="start time 1 | start 1 ; campaign promotion",
        ends_at="end time 1 | end 1 ; campaign promotion", budget="budget 1 ; campaign money amount",
    ),
    "creatives": _pick(
        "campaign_id", "image",
        creative_id="creative id 1 | id .6", headline="title 1 | creative title 1 | name .5 | creative name .6 ; "
        "creative",
        body="body 1 | description .8 ; creative", language="language 1 ; creative",
        created_at="created time 1 | created .9 | time .4 ; creative",
    ),
    "spend": _pick(
        "currency",
        day="time 1 ; spend creative period", channel="channel 1 ; name creative spend",
        campaign_id="campaign id 1 | campaign .8 ; name",
        cost="cost 1 | spend 1 | amount .4 | spend amount 1 ; spend creative money amount campaign",
        impressions="impressions 1 | exposure .6 | shown .5 ; quantity", clicks="clicks 1 | click .9 ; quantity",
    ),
    "coupons": _pick(
        "customer_id", "order_id", "arm", "propensity",
        coupon_id="coupon id .9 | id .5 ; coupon", coupon_code="coupon code 1 | coupon id .6 | coupon .9 | discount id .8 ; coupon name",
        kind="coupon method 1 | method .7 | discount method .9 ; coupon",
        value="coupon amount 1 | amount .8 | discount 1 | discount amount 1 | face 1 ; coupon money discount face",
        minimum="minimum 1 | minimum amount 1 ; coupon amount spend order money",
        issued_at="issue time 1 | issue .9 | created time .7 ; coupon", expires_at="expire time 1 | expire 1 | end "
        "time .6",
        redeemed_at="redeem time 1 | redeem 1 ; coupon",
    ),
    "consents": _pick(
        "customer_id", purpose="purpose 1 ; consent", channel="channel 1 ; consent",
        granted="consent 1 | consent flag 1 | consent status .9 | status .4 ; flag",
        changed_at="updated time 1 | updated .9 | consent time .9 | created time .6 | time .6 ; consent",
    ),
    "reviews": _pick(
        "product_id", "customer_id", "ingested_at",
        review_id="review id 1 | id .5 ; review", rating="rating 1 | score .7 | review score .9 ; review product",
        title="title 1 | review title 1 ; review", text="body 1 | review body 1 | review .6 | note .6 ; review",
        helpful_votes="helpful 1 ; quantity review",
        written_at="written time 1 | review time 1 | written .9 | created time .7 | time .6 ; review created",
    ),
    "feedback": _pick(
        "customer_id", "order_id", "ingested_at",
        feedback_id="feedback id 1 | id .4 ; feedback", kind="feedback method 1 | method .7 | category .5 ; feedback",
        score="score 1 | rating .9 ; feedback", text="body 1 | note .9 | feedback body 1 | feedback .5 ; feedback",
        given_at="feedback time 1 | answered time 1 | created time .7 | time .6 ; feedback created",
    ),
    "payments": _pick(
        "order_id", "customer_id", "currency", "ip", "ingested_at",
        payment_id="payment id 1 | id .6 | payment order id .6 ; payment",
        paid_at="payment time 1 | paid time 1 | paid .8 | created time .85 | created .8 | time .7 "
        "; payment order",
        amount="amount .9 | payment amount 1 | paid amount 1 ; payment paid money order",
        method="payment method 1 | method .9 | payment .4 | payment channel .9 ; card",
        status="status 1 | payment status 1 ; payment", card_id="card id 1 | card .9 ; payment",
        device_id="device id 1 | device .9",
    ),
    "fraud_labels": _pick(
        "order_id", "customer_id",
        kind="fraud method 1 | method .6 | label method .9 ; label fraud", is_fraud="fraud 1 | fraud flag 1 | label .6 "
        "; flag",
        labelled_at="label time 1 | fraud time .8 | time .6 ; label fraud",
    ),
    "stock": _pick(
        "product_id", "location_id", "ingested_at",
        counted_at="counted time 1 | counted .8 | time .85 | stock time 1 | updated time .5 ; stock",
        on_hand="onhand 1 | stock .8 | stock quantity 1 | quantity .6 | onhand quantity 1 ; stock quantity",
        on_order="onorder 1 ; stock quantity", reserved="reserved 1 ; stock quantity",
    ),
    "suppliers": _pick(
        "country",
        supplier_id="supplier id 1 | vendor id 1 | id .6", name="supplier name 1 | name .9 | vendor name 1 | supplier "
        ".6 "
        "| company .5 ; supplier vendor company fullname",
        lead_time_days="leadtime 1 ; supplier time", minimum_order="minimum order 1 | minimum .9 ; supplier quantity "
        "order",
        since="since 1 | since time 1 | start time .8 | created time .5 ; supplier time",
    ),
    "purchase_orders": _pick(
        "supplier_id", "product_id", "location_id", "currency", "ingested_at",
        purchase_order_id="purchaseorder id 1 | purchaseorder .8 | order id .5 | purchase id .7 | id .3",
        quantity="quantity .9 | order quantity 1 | purchaseorder quantity 1 ; order product purchaseorder",
        unit_cost="unit cost 1 | cost 1 | unit price .8 | price .7 | cost price 1 | purchaseorder price .9 "
        "; unit price money product purchaseorder",
        ordered_at="order time 1 | purchaseorder time 1 | time .6 | created time .8 | purchase time .9 ; purchaseorder",
        promised_at="promised time 1 | promised .8 | due time .9 ; received delivered",
        received_at="received time 1 | received .7 | delivered time .8 | delivered .6",
        quantity_received="received quantity 1 | delivered quantity .9",
    ),
    "shipments": _pick(
        "order_id", "ingested_at",
        shipment_id="shipping id 1 | tracking id 1 | tracking .9 | shipping .4 | id .3",
        purchase_order_id="purchaseorder id 1 | purchaseorder .7", carrier="carrier 1 ; name shipping",
        from_location_id="store id .9 | store .8 | shipping store 1 ; shipping",
        shipped_at="shipping time 1 | shipping .3 | start time .4 | created time .4",
        promised_at="promised time 1 | promised .7 | due time .9 ; delivered",
        delivered_at="delivered time 1 | delivered .8 | end time .4 | received time .8",
        cost="cost 1 | shipping cost 1 | shipping fee 1 | fee .7 ; shipping money",
    ),
    "locations": _pick(
        "country", "region", "city",
        location_id="store id 1 | id .5 | store .4", name="store name 1 | name .9 | store .6",
        kind="store method 1 | method .8 ; store",
    ),
    "market_prices": _pick(
        "product_id", "currency",
        competitor="competitor 1 | store .4 | competitor store 1 ; name store",
        price="price .9 | competitor price 1 | sale price .8 ; competitor money product",
        in_stock="instock 1 | stock flag .9 | stock .4 ; flag",
        seen_at="seen time 1 | seen .8 | time .8 | updated time .6 ; price", address="url 1 | address .4 ; competitor "
        "product",
    ),
}  # fmt: skip

#: Ideas that, standing beside a column's own, mean something else: an order's tax is no order total.
LEFT_ASIDE = frozenset(
    [
        "tax",
        "note",
        "address",
        "postcode",
        "weight",
        "variant",
        "staff",
        "url",
        "image",
        "ip",
        "gender",
        "age",
        "language",
        "tracking",
        "gift",
        "tags",
        "supplier",
        "taxinvoice",
        "company",
        "margin",
        "refund",
        "balance",
        "risk",
        "updated",
        "due",
        "birth",
        "timezone",
        "period",
        "uom",
        "fee",
        "row",
        "rate",
        "delivered",
        "firstname",
        "district",
        "stock",
        "cancel",
        "shipping",
        "payment",
        "event",
        "promised",
        "received",
        "onhand",
        "reserved",
        "onorder",
        "cost",
        "list",
        "discount",
        "coupon",
        "promotion",
        "email",
        "phone",
        "signup",
        "budget",
        "clicks",
        "impressions",
        "session",
        "device",
        "billing",
        "flag",
        "score",
        "rating",
        "review",
        "expire",
        "end",
        "leadtime",
        "minimum",
        "barcode",
    ]
)

#: Things in an export that the schema has no column for, with the ideas that name them, per table or for all ("").
NOT_OURS: dict[str, str] = {
    "": "tax .9 | tax amount 1 | note .9 | address .9 | postcode .9 | updated time .95 | updated .8 | row .8 | row id "
    ".85 "
    "| uom 1 | weight .9 | staff .9 | url .8 | tracking .95 | gift .8 | tags .8 | taxinvoice .95 | margin .95 | refund "
    ".9 "
    "| refund amount 1 | refund time 1 | balance .9 | risk .8 | due time .95 | birth .9 | timezone 1 | period .85 | "
    "fee .8 "
    "| fee amount .95 | district .9 | variant .9 | ip .9 | gender .9 | age .9 | language .8 | age .9 | stock .8 "
    "| shipping time 1 | delivered time 1 | refund quantity 1 | cancel quantity 1 | stock quantity 1 | tax rate 1 "
    "| shipping quantity 1 | supplier .8 | company .7 | email .3 | phone .3 | staff name 1 | staff id 1 | store .7 "
    "| store id .9 | store name .9 | device .7 | rate .4 | promised time 1 | image .9 | shipping address 1 | group .4",
    "order_lines": "order payable amount .9 | order payable .85 | row .8 | row id .85 | company .7 | store .7 | tax rate 1 | order amount .88 | order paid amount .9 | order payment amount .9 | order amount price .9 | unit "
    ".3 "
    "| payment time .9 | paid time .9 | payment id .95 | discount rate 1 | firstname .6 | shipping method .95 "
    "| customer group .9 | order discount .3 | end time .9 | close time .95 | shipping status .5 | payment status .55 "
    "| payment paid amount .6 | shipping id .9 | customer method .9 | order method .8 | method .3 | session id .9 "
    "| customer time .6 | customer created time .95 | signup time 1 | cost amount .9 | order cost .8 | store channel "
    ".3",
    "orders": "payment time .9 | paid time .9 | payment id .95 | quantity .9 | product name .8 | product .6 | product "
    "id .6 "
    "| discount rate 1 | shipping method .95 | end time .9 | close time .95 | fullname .8 | customer name .9 "
    "| recipient .8 | recipient name .8 | phone .9 | shipping id .9 | customer method .9 | order method .8 "
    "| customer created time .95",
}  # fmt: skip
