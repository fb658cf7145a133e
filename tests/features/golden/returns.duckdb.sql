SELECT
  "t8"."customer_id",
  COALESCE("t8"."returned", 0.0) AS "returned",
  CAST(ROUND(COALESCE("t8"."returned", 0.0) / NULLIF(COALESCE("t8"."spend", 0.0) + 0.0, 0.0), 8) AS DOUBLE) AS "return_share",
  CAST(ROUND(COALESCE("t8"."spend", 0.0) - COALESCE("t8"."returned", 0.0), 8) AS DOUBLE) AS "net_spend"
FROM (
  SELECT
    "t7"."customer_id",
    "t7"."spend",
    "t5"."customer_id" AS "customer_id_right",
    "t5"."returned"
  FROM (
    SELECT
      "t4"."customer_id",
      CAST(ROUND(SUM("t4"."spend"), 8) AS DOUBLE) AS "spend"
    FROM (
      SELECT
        "t2"."customer_id",
        "t2"."order_id",
        MIN("t2"."ordered_at") AS "ordered_at",
        SUM("t2"."spend") AS "spend"
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
      ) AS "t2"
      GROUP BY
        1,
        2
    ) AS "t4"
    GROUP BY
      1
  ) AS "t7"
  LEFT OUTER JOIN (
    SELECT
      "t1"."customer_id",
      CAST(ROUND(SUM("t1"."returned"), 8) AS DOUBLE) AS "returned"
    FROM (
      SELECT
        "t0"."customer_id",
        "t0"."ordered_at",
        -(
          "t0"."quantity" * "t0"."unit_price"
        ) AS "returned",
        -(
          "t0"."quantity"
        ) AS "items"
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
        AND "t0"."quantity" < 0
        AND "t0"."unit_price" > 0
        AND "t0"."set_aside" IS NULL
    ) AS "t1"
    GROUP BY
      1
  ) AS "t5"
    ON "t7"."customer_id" = "t5"."customer_id"
) AS "t8"
