SELECT
  `t3`.`customer_id`,
  COALESCE(`t3`.`orders`, 0) AS `orders`,
  COALESCE(`t3`.`spend_90d`, 0.0) AS `spend_90d`,
  COALESCE(`t3`.`items`, 0.0) AS `items`,
  CAST(ROUND(
    COALESCE(`t3`.`spend`, 0.0) / NULLIF(CAST(COALESCE(`t3`.`orders`, 0) AS DOUBLE) + 0.0, 0.0),
    8
  ) AS DOUBLE) AS `average_order_value`,
  `t3`.`largest_order`
FROM (
  SELECT
    `t2`.`customer_id`,
    COUNT(*) AS `orders`,
    CAST(ROUND(
      SUM(
        IF(`t2`.`ordered_at` >= CAST('2024-04-02T00:00:00' AS TIMESTAMP), `t2`.`spend`, NULL)
      ),
      8
    ) AS DOUBLE) AS `spend_90d`,
    CAST(ROUND(SUM(`t2`.`items`), 8) AS DOUBLE) AS `items`,
    CAST(ROUND(SUM(`t2`.`spend`), 8) AS DOUBLE) AS `spend`,
    CAST(ROUND(MAX(`t2`.`spend`), 8) AS DOUBLE) AS `largest_order`
  FROM (
    SELECT
      `t1`.`customer_id`,
      `t1`.`order_id`,
      MIN(`t1`.`ordered_at`) AS `ordered_at`,
      SUM(`t1`.`spend`) AS `spend`,
      SUM(IF(`t1`.`is_product`, `t1`.`quantity`, NULL)) AS `items`
    FROM (
      SELECT
        `t0`.`order_id`,
        `t0`.`line_id`,
        `t0`.`customer_id`,
        `t0`.`product_id`,
        `t0`.`ordered_at`,
        `t0`.`quantity`,
        `t0`.`unit_price`,
        `t0`.`line_total`,
        `t0`.`list_price`,
        `t0`.`discount`,
        `t0`.`unit_cost`,
        `t0`.`currency`,
        CAST(NULL AS STRING) AS `status`,
        IF(
          `t0`.`cancelled_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP),
          `t0`.`cancelled_at`,
          CAST(NULL AS TIMESTAMP)
        ) AS `cancelled_at`,
        `t0`.`channel`,
        `t0`.`country`,
        `t0`.`region`,
        `t0`.`city`,
        `t0`.`coupon_code`,
        `t0`.`payment_method`,
        `t0`.`shipping`,
        `t0`.`product_title`,
        `t0`.`category`,
        `t0`.`brand`,
        `t0`.`customer_name`,
        `t0`.`customer_email`,
        `t0`.`customer_phone`,
        `t0`.`ingested_at`,
        `t0`.`source`,
        `t0`.`source_row`,
        `t0`.`line_kind`,
        `t0`.`is_product`,
        `t0`.`set_aside`,
        IF(
          `t0`.`reversed_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP),
          `t0`.`reversed_at`,
          CAST(NULL AS TIMESTAMP)
        ) AS `reversed_at`,
        `t0`.`reversal_of`,
        `t0`.`quantity` * `t0`.`unit_price` AS `spend`
      FROM `order_lines` AS `t0`
      WHERE
        `t0`.`ordered_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP)
        AND (
          (
            `t0`.`ingested_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP)
          )
          OR (
            `t0`.`ingested_at` IS NULL
          )
        )
        AND `t0`.`customer_id` IS NOT NULL
        AND `t0`.`quantity` > 0
        AND `t0`.`unit_price` > 0
        AND `t0`.`set_aside` IS NULL
        AND IF(
          `t0`.`cancelled_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP),
          `t0`.`cancelled_at`,
          CAST(NULL AS TIMESTAMP)
        ) IS NULL
    ) AS `t1`
    GROUP BY
      1,
      2
  ) AS `t2`
  GROUP BY
    1
) AS `t3`
