"""The aggregates of the features bench as a careful analyst would write them by hand in DuckDB SQL.

Two-step distinct counts, one scan per grain, FILTER clauses instead of self-joins, no needless materialisation: no
straw man.
"""

from __future__ import annotations

__all__ = ["FEATURES", "careful_sql"]

_WINDOWS = (30, 90, 180, 365)
_HOURS = (("night", 0), ("morning", 6), ("afternoon", 12), ("evening", 18))

#: The features both sides compute.
FEATURES = (
    "orders", "spend", "items",
    *(f"{m}_{d}d" for d in _WINDOWS for m in ("orders", "spend", "items")),
    "largest_order", "smallest_order", "lines_per_order",
    "first_order_at", "last_order_at", "recency_days", "tenure_days",
    "weekend_share", *(f"{name}_share" for name, _ in _HOURS),
    "discount", "discounted_order_share",
    "country", "first_channel", "first_product", "first_order_value",
    "purchase_days", "mean_gap_days", "longest_gap_days",
    "products", "repeat_product_share", "categories",
    "returned", "return_lines",
)  # fmt: skip


def _windows(time: str, at: str, columns: tuple[tuple[str, str], ...]) -> str:
    parts = []
    for name, expression in columns:
        parts.append(f"coalesce({expression}, 0) AS {name}")
        parts.extend(
            f"coalesce({expression} FILTER (WHERE {time} >= {at} - INTERVAL {days} DAY), 0) AS {name}_{days}d"
            for days in _WINDOWS
        )
    return ",\n  ".join(parts)


def careful_sql(path: str, as_of: str) -> str:
    """Return the hand-written query over a loaded order_lines file."""
    at = f"TIMESTAMP '{as_of}'"
    hours = ", ".join(
        f"avg((hour(ordered_at) BETWEEN {start} AND {start + 5})::INT) AS {name}_share" for name, start in _HOURS
    )
    windows = _windows("ordered_at", at, (("orders", "count(*)"), ("spend", "sum(spend)"), ("items", "sum(items)")))
    return f"""
WITH purchases AS NOT MATERIALIZED (
  SELECT customer_id, order_id, product_id, category, ordered_at, quantity, quantity * unit_price AS spend,
         greatest(coalesce(discount, (list_price - unit_price) * quantity, 0), 0) AS discount,
         channel, country, is_product
  FROM '{path}'
  WHERE ordered_at < {at} AND (ingested_at < {at} OR ingested_at IS NULL)
    AND (cancelled_at IS NULL OR cancelled_at >= {at})
    AND customer_id IS NOT NULL AND quantity > 0 AND unit_price > 0 AND set_aside IS NULL
), orders AS (
  SELECT customer_id, order_id, min(ordered_at) AS ordered_at, sum(spend) AS spend,
         sum(quantity) FILTER (WHERE is_product) AS items, count(*) FILTER (WHERE is_product) AS lines,
         sum(discount) AS discount, max(channel) AS channel, max(country) AS country,
         min(product_id) FILTER (WHERE is_product) AS product
  FROM purchases GROUP BY ALL
), by_order AS (
  SELECT customer_id, {windows},
    max(spend) AS largest_order, min(spend) AS smallest_order, avg(lines) AS lines_per_order,
    min(ordered_at) AS first_order_at, max(ordered_at) AS last_order_at,
    (epoch({at}) - epoch(max(ordered_at))) / 86400.0 AS recency_days,
    (epoch({at}) - epoch(min(ordered_at))) / 86400.0 AS tenure_days,
    avg((isodow(ordered_at) >= 6)::INT) AS weekend_share, {hours},
    sum(discount) AS discount, avg((discount > 0)::INT) AS discounted_order_share,
    arg_max(country, (ordered_at, order_id)) FILTER (WHERE country IS NOT NULL) AS country,
    arg_min(channel, (ordered_at, order_id)) FILTER (WHERE channel IS NOT NULL) AS first_channel,
    arg_min(product, (ordered_at, order_id)) FILTER (WHERE product IS NOT NULL) AS first_product,
    arg_min(spend, (ordered_at, order_id)) AS first_order_value
  FROM orders GROUP BY customer_id
), days AS (
  SELECT customer_id, day, date_diff('day', lag(day) OVER (PARTITION BY customer_id ORDER BY day), day) AS gap
  FROM (SELECT DISTINCT customer_id, ordered_at::DATE AS day FROM purchases)
), by_day AS (
  SELECT customer_id, count(*) AS purchase_days, avg(gap) AS mean_gap_days, max(gap) AS longest_gap_days
  FROM days GROUP BY customer_id
), by_product AS (
  SELECT customer_id, count(*) AS products, avg((last_day > first_day)::INT) AS repeat_product_share
  FROM (SELECT customer_id, product_id, min(ordered_at)::DATE AS first_day, max(ordered_at)::DATE AS last_day
        FROM purchases WHERE is_product AND product_id IS NOT NULL GROUP BY ALL)
  GROUP BY customer_id
), by_category AS (
  SELECT customer_id, count(*) AS categories
  FROM (SELECT DISTINCT customer_id, category FROM purchases WHERE is_product AND category IS NOT NULL)
  GROUP BY customer_id
), by_return AS (
  SELECT customer_id, -sum(quantity * unit_price) AS returned, count(*) AS return_lines
  FROM '{path}'
  WHERE ordered_at < {at} AND (ingested_at < {at} OR ingested_at IS NULL)
    AND customer_id IS NOT NULL AND quantity < 0 AND unit_price > 0 AND set_aside IS NULL
  GROUP BY customer_id
)
SELECT o.*, d.* EXCLUDE (customer_id), p.* EXCLUDE (customer_id), coalesce(c.categories, 0) AS categories,
       coalesce(r.returned, 0) AS returned, coalesce(r.return_lines, 0) AS return_lines
FROM by_order o LEFT JOIN by_day d USING (customer_id) LEFT JOIN by_product p USING (customer_id)
LEFT JOIN by_category c USING (customer_id) LEFT JOIN by_return r USING (customer_id)
"""
