SELECT
  `t17`.`customer_id`,
  COALESCE(`t17`.`products`, 0) AS `products`,
  `t17`.`repeat_product_share`,
  COALESCE(`t17`.`categories`, 0) AS `categories`,
  CAST(ROUND(`t17`.`top_category_spend` / NULLIF(COALESCE(`t17`.`spend`, 0.0) + 0.0, 0.0), 8) AS DOUBLE) AS `top_category_share`
FROM (
  SELECT
    `t16`.`customer_id`,
    `t16`.`spend`,
    `t16`.`products`,
    `t16`.`repeat_product_share`,
    `t16`.`categories`,
    `t16`.`top_category_spend`
  FROM (
    SELECT
      `t15`.`customer_id`,
      `t15`.`spend`,
      `t15`.`products`,
      `t15`.`repeat_product_share`,
      `t9`.`customer_id` AS `customer_id_right`,
      `t9`.`categories`,
      `t9`.`top_category_spend`
    FROM (
      SELECT
        `t13`.`customer_id`,
        `t13`.`spend`,
        `t13`.`products`,
        `t13`.`repeat_product_share`
      FROM (
        SELECT
          `t10`.`customer_id`,
          `t10`.`spend`,
          `t12`.`customer_id` AS `customer_id_right`,
          `t12`.`products`,
          `t12`.`repeat_product_share`
        FROM (
          SELECT
            `t5`.`customer_id`,
            CAST(ROUND(SUM(`t5`.`spend`), 8) AS DOUBLE) AS `spend`
          FROM (
            SELECT
              `t2`.`customer_id`,
              `t2`.`order_id`,
              MIN(`t2`.`ordered_at`) AS `ordered_at`,
              SUM(`t2`.`spend`) AS `spend`
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
            ) AS `t2`
            GROUP BY
              1,
              2
          ) AS `t5`
          GROUP BY
            1
        ) AS `t10`
        LEFT OUTER JOIN (
          SELECT
            `t6`.`customer_id`,
            COUNT(*) AS `products`,
            AVG(CAST(CAST(`t6`.`last_at` AS DATE) > CAST(`t6`.`first_at` AS DATE) AS INT)) AS `repeat_product_share`
          FROM (
            SELECT
              `t3`.`customer_id`,
              `t3`.`product_id`,
              MAX(`t3`.`ordered_at`) AS `last_at`,
              MIN(`t3`.`ordered_at`) AS `first_at`,
              SUM(`t3`.`spend`) AS `spend`,
              SUM(`t3`.`quantity`) AS `pieces`
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
            ) AS `t3`
            GROUP BY
              1,
              2
          ) AS `t6`
          GROUP BY
            1
        ) AS `t12`
          ON `t10`.`customer_id` = `t12`.`customer_id`
      ) AS `t13`
    ) AS `t15`
    LEFT OUTER JOIN (
      SELECT
        `t4`.`customer_id`,
        COUNT(*) AS `categories`,
        CAST(ROUND(MAX(`t4`.`spend`), 8) AS DOUBLE) AS `top_category_spend`
      FROM (
        SELECT
          `t1`.`customer_id`,
          `t1`.`category`,
          MAX(`t1`.`ordered_at`) AS `last_at`,
          SUM(`t1`.`spend`) AS `spend`
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
            AND `t0`.`category` IS NOT NULL
        ) AS `t1`
        GROUP BY
          1,
          2
      ) AS `t4`
      GROUP BY
        1
    ) AS `t9`
      ON `t15`.`customer_id` = `t9`.`customer_id`
  ) AS `t16`
) AS `t17`
