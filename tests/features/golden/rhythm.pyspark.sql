SELECT
  `t10`.`customer_id`,
  (
    UNIX_TIMESTAMP(CAST(CAST('2024-07-01T00:00:00' AS TIMESTAMP) AS TIMESTAMP)) - UNIX_TIMESTAMP(CAST(`t10`.`last_order_at` AS TIMESTAMP))
  ) / 86400.0 AS `recency_days`,
  (
    UNIX_TIMESTAMP(CAST(CAST('2024-07-01T00:00:00' AS TIMESTAMP) AS TIMESTAMP)) - UNIX_TIMESTAMP(CAST(`t10`.`first_order_at` AS TIMESTAMP))
  ) / 86400.0 AS `tenure_days`,
  COALESCE(`t10`.`purchase_days`, 0) AS `purchase_days`,
  `t10`.`mean_gap_days`,
  `t10`.`last_gap_days`,
  CAST(ROUND(
    (
      (
        UNIX_TIMESTAMP(CAST(CAST('2024-07-01T00:00:00' AS TIMESTAMP) AS TIMESTAMP)) - UNIX_TIMESTAMP(CAST(`t10`.`last_order_at` AS TIMESTAMP))
      ) / 86400.0
    ) / NULLIF(`t10`.`mean_gap_days` + 0.0, 0.0),
    8
  ) AS DOUBLE) AS `overdue_ratio`
FROM (
  SELECT
    `t9`.`customer_id`,
    `t9`.`last_order_at`,
    `t9`.`first_order_at`,
    `t9`.`purchase_days`,
    `t9`.`mean_gap_days`,
    `t9`.`last_gap_days`
  FROM (
    SELECT
      `t6`.`customer_id`,
      `t6`.`last_order_at`,
      `t6`.`first_order_at`,
      `t8`.`customer_id` AS `customer_id_right`,
      `t8`.`purchase_days`,
      `t8`.`mean_gap_days`,
      `t8`.`last_gap_days`
    FROM (
      SELECT
        `t3`.`customer_id`,
        MAX(`t3`.`ordered_at`) AS `last_order_at`,
        MIN(`t3`.`ordered_at`) AS `first_order_at`
      FROM (
        SELECT
          `t1`.`customer_id`,
          `t1`.`order_id`,
          MIN(`t1`.`ordered_at`) AS `ordered_at`
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
      ) AS `t3`
      GROUP BY
        1
    ) AS `t6`
    LEFT OUTER JOIN (
      SELECT
        `t5`.`customer_id`,
        COUNT(*) AS `purchase_days`,
        CAST(ROUND(AVG(`t5`.`gap_days`), 8) AS DOUBLE) AS `mean_gap_days`,
        MAX_BY(
          IF(`t5`.`gap_days` IS NOT NULL AND NOT ISNAN(`t5`.`gap_days`), `t5`.`gap_days`, NULL),
          IF(`t5`.`gap_days` IS NOT NULL AND NOT ISNAN(`t5`.`gap_days`), `t5`.`day`, NULL)
        ) AS `last_gap_days`
      FROM (
        SELECT
          `t2`.`customer_id`,
          `t2`.`day`,
          CAST(DATEDIFF(
            DAY,
            LAG(`t2`.`day`) OVER (PARTITION BY `t2`.`customer_id` ORDER BY `t2`.`day` ASC NULLS LAST),
            `t2`.`day`
          ) AS DOUBLE) AS `gap_days`
        FROM (
          SELECT DISTINCT
            `t0`.`customer_id`,
            CAST(`t0`.`ordered_at` AS DATE) AS `day`
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
        ) AS `t2`
      ) AS `t5`
      GROUP BY
        1
    ) AS `t8`
      ON `t6`.`customer_id` = `t8`.`customer_id`
  ) AS `t9`
) AS `t10`
