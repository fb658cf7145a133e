"""The tables ``stock``, ``suppliers``, ``purchase_orders``, ``shipments``, ``locations`` and ``market_prices``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from habitue.data.simulate.catalogue import SUPPLIERS
from habitue.data.simulate.core import Core
from habitue.data.simulate.plan import Flags, Floats, Ints, taken
from habitue.data.simulate.purchasing import CARRIERS
from habitue.data.simulate.selling import Sales, arrived, order_ids
from habitue.data.simulate.stocking import Bought, StockRun, supplier_facts
from habitue.data.simulate.typed import numbered, picked, renumbered, typed
from habitue.data.simulate.wares import Wares
from habitue.data.simulate.world import Instants, World

__all__ = [
    "locations_table",
    "market_prices_table",
    "purchase_orders_table",
    "shipments_table",
    "stock_table",
    "suppliers_table",
]

_COUNT_EVERY_DAYS = 7
_COMPETITORS = (("pricefox", "megamart"), ("youpin", "haohuo"))
_SUPPLIER_NAMES = (
    ("Harwell Trading", "Bergmann Import", "Lotus Works", "Porto Goods", "Fenland Mills", "Sakura Supply",
     "Delta Textiles", "Alpenhof", "Blue Cedar", "Kite Electronics", "Oakfield Farm", "Terra Ceramics"),
    ("海纳贸易", "博远进出口", "荷塘工坊", "港城商行", "丰田纺织厂", "樱桥供应链",
     "江南织造", "高山食品", "青柏日化", "飞鸢电子", "橡园农场", "大地陶瓷"),
)  # fmt: skip


def locations_table(world: World) -> Any:
    """Build the table ``locations``: a warehouse per market served, and one shop."""
    rows = [
        ("L1", ("Main warehouse", "海外主仓"), "warehouse", "GB", "England", "Leeds"),
        ("L2", ("Hangzhou warehouse", "杭州主仓"), "warehouse", "CN", "浙江省", "杭州市"),
        ("L3", ("Flagship store", "旗舰店"), "store", "GB", "England", "London"),
        ("L3", ("Shanghai flagship store", "上海旗舰店"), "store", "CN", "上海市", "上海市"),
    ]
    chinese = world.plan.language == "zh"
    kept = [
        row
        for row, wanted in zip(rows, (world.markets[0] > 0, world.markets[1] > 0, not chinese, chinese), strict=True)
        if wanted
    ]
    names = ("location_id", "name", "kind", "country", "region", "city")
    columns = {name: [row[place] for row in kept] for place, name in enumerate(names)}
    return typed("locations", {**columns, "name": [row[1][int(chinese)] for row in kept]})


def suppliers_table(world: World) -> Any:
    """Build the table ``suppliers``."""
    rng = world.plan.rng("supplier_names")
    return typed("suppliers", {
        "supplier_id": numbered("S", np.arange(SUPPLIERS) + 1, 3),
        "name": list(_SUPPLIER_NAMES[int(world.plan.language == "zh")]),
        "country": picked(("CN", "DE", "IT", "VN", "GB"), rng.integers(0, 5, SUPPLIERS)),
        "lead_time_days": supplier_facts(world)[0],
        "minimum_order": rng.choice([6.0, 12.0], size=SUPPLIERS),
        "since": world.instants(-rng.uniform(200, 2500, SUPPLIERS)),
    })  # fmt: skip


def _run(core: Core) -> StockRun:
    if core.stock is None:
        raise ValueError("stock is only known where all customers are drawn together")
    return core.stock


def _shown(world: World) -> Flags:
    """Shelves whose product was launched before the end, in markets that are served."""
    return np.outer(world.markets > 0, world.catalogue.launched < world.plan.days).ravel()


def _location_ids(location: Ints) -> Any:
    return picked(("L1", "L2"), location)


def _midnights(world: World, day: Ints) -> Instants:
    return np.asarray(world.plan.first + day.astype("timedelta64[D]"), dtype="datetime64[us]")


def stock_table(core: Core, wares: Wares) -> Any:
    """Build the table ``stock``: a count every week, and on every day on which a shelf is empty."""
    world, run = core.world, _run(core)
    days = np.arange(world.plan.days)
    counted = (days % _COUNT_EVERY_DAYS == 0)[:, None] | (run.on_hand[: days.size] <= 0)
    product = np.tile(np.arange(world.catalogue.category.size), 2)
    launched, retired = world.catalogue.launched[product], world.catalogue.retired[product]
    there = (days[:, None] >= launched) & ((days[:, None] < retired) | (run.on_hand[: days.size] > 0))
    day, shelf = np.nonzero(counted & there & _shown(world))
    on_hand = run.on_hand[day, shelf]
    counted_at = _midnights(world, day)
    rng = world.plan.rng("stock_counts")
    return typed("stock", {
        "product_id": picked(wares.ids, product[shelf]),
        "location_id": _location_ids(shelf // world.catalogue.category.size),
        "counted_at": counted_at,
        "on_hand": on_hand,
        "on_order": run.on_order[day, shelf],
        "reserved": np.minimum(on_hand, rng.poisson(0.1 * np.sqrt(on_hand))).astype(np.float64),
        "ingested_at": arrived(rng, counted_at),
    })  # fmt: skip


def _bought(core: Core) -> tuple[Bought, Ints, Ints]:
    """Return the purchase lines shown, the running number of each one's order, and its supplier."""
    world, every = core.world, _run(core).bought
    bought = taken(every, _shown(world)[every.shelf])
    location, product = np.divmod(bought.shelf, world.catalogue.category.size)
    supplier = world.catalogue.supplier[product]
    slips = (bought.at * 2 + location) * SUPPLIERS + supplier
    return bought, np.unique(slips, return_inverse=True)[1], supplier


def purchase_orders_table(core: Core, wares: Wares) -> Any:
    """Build the table ``purchase_orders``: one order per supplier, warehouse and day, a line per product."""
    bought, slip, supplier = _bought(core)
    world = core.world
    rng = world.plan.rng("purchase_prices")
    products = world.catalogue.category.size
    product = bought.shelf % products
    ordered_at = _midnights(world, bought.at.astype(np.int64)) + np.timedelta64(16, "h")
    return typed("purchase_orders", {
        "purchase_order_id": numbered("PO", slip + 1, 6),
        "supplier_id": numbered("S", supplier + 1, 3),
        "product_id": picked(wares.ids, product),
        "location_id": _location_ids(bought.shelf // products),
        "quantity": bought.pieces,
        "unit_cost": np.round(world.catalogue.cost[product] * np.exp(rng.normal(0, 0.03, slip.size)), 2),
        "currency": [world.catalogue.currency] * slip.size,
        "ordered_at": ordered_at,
        "promised_at": _midnights(world, bought.promised.astype(np.int64)) + np.timedelta64(18, "h"),
        "received_at": _midnights(world, bought.received.astype(np.int64)) + np.timedelta64(1, "h"),
        "quantity_received": bought.pieces,
        "ingested_at": arrived(rng, ordered_at),
    }).take(np.lexsort((product, slip)))  # fmt: skip


def shipments_table(sales: Sales) -> Any:
    """Build the table ``shipments``: parcels to customers, and freight from suppliers."""
    core = sales.core
    orders, world = core.orders, core.world
    rng = world.plan.rng("freight")
    parcel = np.flatnonzero(np.isfinite(orders.shipped))
    market = core.market[parcel]
    bought, slip, _ = _bought(core)
    freight = np.unique(slip, return_index=True)[1]
    shipped = bought.at[freight] + 0.7 + 0.4 * np.maximum(bought.received[freight] - bought.at[freight] - 1, 0)
    times = {
        "shipped_at": (orders.shipped[parcel], shipped),
        "promised_at": (orders.promised[parcel], bought.promised[freight] + 0.75),
        "delivered_at": (orders.delivered[parcel], bought.received[freight]),
    }
    columns: dict[str, Any] = {
        name: np.concatenate([world.instants(to_customer, market), world.instants(to_us)])
        for name, (to_customer, to_us) in times.items()
    }
    carriers = [*CARRIERS[0], *CARRIERS[1], "Blueline Freight"]
    own = np.where(market == 1, 3, 0) + orders.carrier[parcel]
    order = np.concatenate([parcel, np.full(freight.size, -1)])
    bought_in = numbered("PO", slip[freight] + 1, 6)
    cost = np.concatenate(
        [np.where(market == 1, 0.7, 3.9) + rng.gamma(2.0, 0.3, parcel.size), 20 + rng.gamma(2.0, 15.0, freight.size)]
    )
    table = typed("shipments", {
        "order_id": order_ids(sales, order),
        "purchase_order_id": pa.concat_arrays([pa.nulls(parcel.size, pa.string()), bought_in]),
        "carrier": picked(carriers, np.concatenate([own, np.full(freight.size, 6)])),
        "from_location_id": _location_ids(np.concatenate([market, np.full(freight.size, -1)])),
        **columns,
        "cost": np.round(cost * world.catalogue.exchange, 2),
        "ingested_at": arrived(rng, columns["shipped_at"]),
    })  # fmt: skip
    return renumbered(table, np.argsort(columns["shipped_at"], kind="stable"), "N", 7)


def market_prices_table(world: World, wares: Wares) -> Any:
    """Build the table ``market_prices``: each week what two competitors ask for the same thing."""
    rng = world.plan.rng("competitors")
    catalogue = world.catalogue
    weeks = np.arange(2, world.plan.span, 7)
    shape = (weeks.size, catalogue.category.size, 2)
    level = rng.normal(0.0, 0.06, shape[1:])
    drift = np.empty(shape)
    moved: Floats = np.zeros(shape[1:])
    for week in range(weeks.size):
        moved = 0.9 * moved + rng.normal(0, 0.015, shape[1:])
        drift[week] = moved
    market = int(world.plan.language == "zh")
    sale = world.calendar.depth[market, weeks][:, None, None] * 0.7
    price = catalogue.list_price[weeks][:, :, None] * np.exp(level + drift) * (1 - sale)
    there = (catalogue.launched <= weeks[:, None]) & (catalogue.retired > weeks[:, None])
    row, product, whose = np.nonzero(np.repeat(there[:, :, None], 2, axis=2))
    names = _COMPETITORS[market]
    address = [f"https://{name}.example/{each.lower()}" for name in names for each in wares.ids]
    return typed("market_prices", {
        "product_id": picked(wares.ids, product),
        "competitor": picked(names, whose),
        "price": np.round(price[row, product, whose], 2),
        "currency": picked([catalogue.currency], np.zeros(row.size)),
        "in_stock": rng.random(row.size) < 0.94,
        "seen_at": _midnights(world, weeks[row]) + np.timedelta64(6, "h"),
        "address": picked(address, whose * len(wares.ids) + product),
    })  # fmt: skip
