WITH `t3` AS (
  SELECT
    `t2`.`customer_id`,
    `t2`.`product_id`,
    MAX(`t2`.`ordered_at`) AS `last_at`,
    MIN(`t2`.`ordered_at`) AS `first_at`,
    SUM(`t2`.`spend`) AS `spend`,
    SUM(`t2`.`quantity`) AS `pieces`
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
      AND `t0`.`is_product`
      AND `t0`.`product_id` IS NOT NULL
  ) AS `t2`
  GROUP BY
    1,
    2
)
SELECT
  `t15`.`customer_id`,
  CAST(ROUND(
    COALESCE(`t15`.`discount`, 0.0) / NULLIF(COALESCE(`t15`.`list_spend`, 0.0) + 0.0, 0.0),
    8
  ) AS DOUBLE) AS `discount_share`,
  `t15`.`coupon_order_share`,
  CAST(ROUND(
    COALESCE(`t15`.`paid_for_products`, 0.0) / NULLIF(COALESCE(`t15`.`usual_for_products`, 0.0) + 0.0, 0.0),
    8
  ) AS DOUBLE) AS `price_index`
FROM (
  SELECT
    `t14`.`customer_id`,
    `t14`.`discount`,
    `t14`.`list_spend`,
    `t14`.`coupon_order_share`,
    `t14`.`paid_for_products`,
    `t14`.`usual_for_products`
  FROM (
    SELECT
      `t11`.`customer_id`,
      `t11`.`discount`,
      `t11`.`list_spend`,
      `t11`.`coupon_order_share`,
      `t13`.`customer_id` AS `customer_id_right`,
      `t13`.`paid_for_products`,
      `t13`.`usual_for_products`
    FROM (
      SELECT
        `t6`.`customer_id`,
        CAST(ROUND(SUM(`t6`.`discount`), 8) AS DOUBLE) AS `discount`,
        CAST(ROUND(SUM(`t6`.`list_spend`), 8) AS DOUBLE) AS `list_spend`,
        AVG(CAST(`t6`.`coupon` IS NOT NULL AS INT)) AS `coupon_order_share`
      FROM (
        SELECT
          `t1`.`customer_id`,
          `t1`.`order_id`,
          MIN(`t1`.`ordered_at`) AS `ordered_at`,
          SUM(
            GREATEST(
              COALESCE(`t1`.`discount`, (
                `t1`.`list_price` - `t1`.`unit_price`
              ) * `t1`.`quantity`, 0.0),
              0.0
            )
          ) AS `discount`,
          SUM(
            `t1`.`spend` + GREATEST(
              COALESCE(`t1`.`discount`, (
                `t1`.`list_price` - `t1`.`unit_price`
              ) * `t1`.`quantity`, 0.0),
              0.0
            )
          ) AS `list_spend`,
          MAX(`t1`.`coupon_code`) AS `coupon`
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
      ) AS `t6`
      GROUP BY
        1
    ) AS `t11`
    LEFT OUTER JOIN (
      SELECT
        `t10`.`customer_id`,
        CAST(ROUND(SUM(`t10`.`paid`), 8) AS DOUBLE) AS `paid_for_products`,
        CAST(ROUND(SUM(`t10`.`usual`), 8) AS DOUBLE) AS `usual_for_products`
      FROM (
        SELECT
          `t5`.`customer_id`,
          `t5`.`spend` AS `paid`,
          `t5`.`pieces` * `t8`.`usual_price` AS `usual`
        FROM `t3` AS `t5`
        INNER JOIN (
          SELECT
            `t4`.`product_id`,
            SUM(`t4`.`spend`) / SUM(`t4`.`pieces`) AS `usual_price`
          FROM `t3` AS `t4`
          GROUP BY
            1
        ) AS `t8`
          ON `t5`.`product_id` = `t8`.`product_id`
      ) AS `t10`
      GROUP BY
        1
    ) AS `t13`
      ON `t11`.`customer_id` = `t13`.`customer_id`
  ) AS `t14`
) AS `t15`
