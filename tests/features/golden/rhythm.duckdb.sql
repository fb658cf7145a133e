SELECT
  "t10"."customer_id",
  (
    EPOCH(CAST(MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0) AS TIMESTAMP)) - EPOCH(CAST("t10"."last_order_at" AS TIMESTAMP))
  ) / 86400.0 AS "recency_days",
  (
    EPOCH(CAST(MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0) AS TIMESTAMP)) - EPOCH(CAST("t10"."first_order_at" AS TIMESTAMP))
  ) / 86400.0 AS "tenure_days",
  COALESCE("t10"."purchase_days", 0) AS "purchase_days",
  "t10"."mean_gap_days",
  "t10"."last_gap_days",
  CAST(ROUND(
    (
      (
        EPOCH(CAST(MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0) AS TIMESTAMP)) - EPOCH(CAST("t10"."last_order_at" AS TIMESTAMP))
      ) / 86400.0
    ) / NULLIF("t10"."mean_gap_days" + 0.0, 0.0),
    8
  ) AS DOUBLE) AS "overdue_ratio"
FROM (
  SELECT
    "t9".*
    EXCLUDE ("customer_id_right")
  FROM (
    SELECT
      "t6"."customer_id",
      "t6"."last_order_at",
      "t6"."first_order_at",
      "t8"."customer_id" AS "customer_id_right",
      "t8"."purchase_days",
      "t8"."mean_gap_days",
      "t8"."last_gap_days"
    FROM (
      SELECT
        "t3"."customer_id",
        MAX("t3"."ordered_at") AS "last_order_at",
        MIN("t3"."ordered_at") AS "first_order_at"
      FROM (
        SELECT
          "t1"."customer_id",
          "t1"."order_id",
          MIN("t1"."ordered_at") AS "ordered_at"
        FROM (
          SELECT
            "t0"."order_id",
            "t0"."line_id",
            "t0"."customer_id",
            "t0"."product_id",
            "t0"."ordered_at",
            "t0"."quantity",
            "t0"."unit_price",
            "t0"."line_total",
            "t0"."list_price",
            "t0"."discount",
            "t0"."unit_cost",
            "t0"."currency",
            CAST(NULL AS TEXT) AS "status",
            CASE
              WHEN "t0"."cancelled_at" < MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0)
              THEN "t0"."cancelled_at"
              ELSE CAST(NULL AS TIMESTAMP(6))
            END AS "cancelled_at",
            "t0"."channel",
            "t0"."country",
            "t0"."region",
            "t0"."city",
            "t0"."coupon_code",
            "t0"."payment_method",
            "t0"."shipping",
            "t0"."product_title",
            "t0"."category",
            "t0"."brand",
            "t0"."customer_name",
            "t0"."customer_email",
            "t0"."customer_phone",
            "t0"."ingested_at",
            "t0"."source",
            "t0"."source_row",
            "t0"."line_kind",
            "t0"."is_product",
            "t0"."set_aside",
            CASE
              WHEN "t0"."reversed_at" < MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0)
              THEN "t0"."reversed_at"
              ELSE CAST(NULL AS TIMESTAMP(6))
            END AS "reversed_at",
            "t0"."reversal_of",
            "t0"."quantity" * "t0"."unit_price" AS "spend"
          FROM "order_lines" AS "t0"
          WHERE
            "t0"."ordered_at" < MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0)
            AND (
              (
                "t0"."ingested_at" < MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0)
              )
              OR (
                "t0"."ingested_at" IS NULL
              )
            )
            AND "t0"."customer_id" IS NOT NULL
            AND "t0"."quantity" > 0
            AND "t0"."unit_price" > 0
            AND "t0"."set_aside" IS NULL
            AND CASE
              WHEN "t0"."cancelled_at" < MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0)
              THEN "t0"."cancelled_at"
              ELSE CAST(NULL AS TIMESTAMP(6))
            END IS NULL
        ) AS "t1"
        GROUP BY
          1,
          2
      ) AS "t3"
      GROUP BY
        1
    ) AS "t6"
    LEFT OUTER JOIN (
      SELECT
        "t5"."customer_id",
        COUNT(*) AS "purchase_days",
        CAST(ROUND(AVG("t5"."gap_days"), 8) AS DOUBLE) AS "mean_gap_days",
        FIRST("t5"."gap_days" ORDER BY "t5"."day" DESC) FILTER(WHERE
          "t5"."gap_days" IS NOT NULL) AS "last_gap_days"
      FROM (
        SELECT
          "t2"."customer_id",
          "t2"."day",
          CAST(DATE_DIFF(
            'DAY',
            LAG("t2"."day") OVER (
              PARTITION BY "t2"."customer_id"
              ORDER BY "t2"."day" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t2"."day"
          ) AS DOUBLE) AS "gap_days"
        FROM (
          SELECT DISTINCT
            "t0"."customer_id",
            CAST("t0"."ordered_at" AS DATE) AS "day"
          FROM "order_lines" AS "t0"
          WHERE
            "t0"."ordered_at" < MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0)
            AND (
              (
                "t0"."ingested_at" < MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0)
              )
              OR (
                "t0"."ingested_at" IS NULL
              )
            )
            AND "t0"."customer_id" IS NOT NULL
            AND "t0"."quantity" > 0
            AND "t0"."unit_price" > 0
            AND "t0"."set_aside" IS NULL
            AND CASE
              WHEN "t0"."cancelled_at" < MAKE_TIMESTAMP(2024, 7, 1, 0, 0, 0.0)
              THEN "t0"."cancelled_at"
              ELSE CAST(NULL AS TIMESTAMP(6))
            END IS NULL
        ) AS "t2"
      ) AS "t5"
      GROUP BY
        1
    ) AS "t8"
      ON "t6"."customer_id" = "t8"."customer_id"
  ) AS "t9"
) AS "t10"
