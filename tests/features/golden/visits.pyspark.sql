SELECT
  `t17`.`customer_id`,
  COALESCE(`t17`.`views_30d`, 0) AS `views_30d`,
  COALESCE(`t17`.`visits_30d`, 0) AS `visits_30d`,
  (
    UNIX_TIMESTAMP(CAST(CAST('2024-07-01T00:00:00' AS TIMESTAMP) AS TIMESTAMP)) - UNIX_TIMESTAMP(CAST(`t17`.`last_event_at` AS TIMESTAMP))
  ) / 86400.0 AS `days_since_visit`
FROM (
  SELECT
    `t16`.`customer_id`,
    `t16`.`views_30d`,
    `t16`.`last_event_at`,
    `t16`.`visits_30d`
  FROM (
    SELECT
      `t15`.`customer_id`,
      `t15`.`views_30d`,
      `t15`.`last_event_at`,
      `t12`.`customer_id` AS `customer_id_right`,
      `t12`.`visits_30d`
    FROM (
      SELECT
        `t13`.`customer_id`,
        `t13`.`views_30d`,
        `t13`.`last_event_at`
      FROM (
        SELECT
          `t11`.`customer_id`,
          `t8`.`customer_id` AS `customer_id_right`,
          `t8`.`views_30d`,
          `t8`.`last_event_at`
        FROM (
          SELECT DISTINCT
            `t6`.`customer_id`
          FROM (
            SELECT
              `t4`.`customer_id`,
              `t4`.`order_id`,
              MIN(`t4`.`ordered_at`) AS `ordered_at`
            FROM (
              SELECT
                `t1`.`order_id`,
                `t1`.`line_id`,
                `t1`.`customer_id`,
                `t1`.`product_id`,
                `t1`.`ordered_at`,
                `t1`.`quantity`,
                `t1`.`unit_price`,
                `t1`.`line_total`,
                `t1`.`list_price`,
                `t1`.`discount`,
                `t1`.`unit_cost`,
                `t1`.`currency`,
                CAST(NULL AS STRING) AS `status`,
                IF(
                  `t1`.`cancelled_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP),
                  `t1`.`cancelled_at`,
                  CAST(NULL AS TIMESTAMP)
                ) AS `cancelled_at`,
                `t1`.`channel`,
                `t1`.`country`,
                `t1`.`region`,
                `t1`.`city`,
                `t1`.`coupon_code`,
                `t1`.`payment_method`,
                `t1`.`shipping`,
                `t1`.`product_title`,
                `t1`.`category`,
                `t1`.`brand`,
                `t1`.`customer_name`,
                `t1`.`customer_email`,
                `t1`.`customer_phone`,
                `t1`.`ingested_at`,
                `t1`.`source`,
                `t1`.`source_row`,
                `t1`.`line_kind`,
                `t1`.`is_product`,
                `t1`.`set_aside`,
                IF(
                  `t1`.`reversed_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP),
                  `t1`.`reversed_at`,
                  CAST(NULL AS TIMESTAMP)
                ) AS `reversed_at`,
                `t1`.`reversal_of`,
                `t1`.`quantity` * `t1`.`unit_price` AS `spend`
              FROM `order_lines` AS `t1`
              WHERE
                `t1`.`ordered_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP)
                AND (
                  (
                    `t1`.`ingested_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP)
                  )
                  OR (
                    `t1`.`ingested_at` IS NULL
                  )
                )
                AND `t1`.`customer_id` IS NOT NULL
                AND `t1`.`quantity` > 0
                AND `t1`.`unit_price` > 0
                AND `t1`.`set_aside` IS NULL
                AND IF(
                  `t1`.`cancelled_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP),
                  `t1`.`cancelled_at`,
                  CAST(NULL AS TIMESTAMP)
                ) IS NULL
            ) AS `t4`
            GROUP BY
              1,
              2
          ) AS `t6`
        ) AS `t11`
        LEFT OUTER JOIN (
          SELECT
            `t3`.`customer_id`,
            SUM(
              CAST((
                `t3`.`event` = 'view'
              )
              AND (
                `t3`.`happened_at` >= CAST('2024-06-01T00:00:00' AS TIMESTAMP)
              ) AS BIGINT)
            ) AS `views_30d`,
            MAX(`t3`.`happened_at`) AS `last_event_at`
          FROM (
            SELECT
              `t0`.`customer_id`,
              `t0`.`event`,
              `t0`.`happened_at`
            FROM `events` AS `t0`
            WHERE
              `t0`.`happened_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP)
              AND (
                (
                  `t0`.`ingested_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP)
                )
                OR (
                  `t0`.`ingested_at` IS NULL
                )
              )
              AND `t0`.`customer_id` IS NOT NULL
          ) AS `t3`
          GROUP BY
            1
        ) AS `t8`
          ON `t11`.`customer_id` = `t8`.`customer_id`
      ) AS `t13`
    ) AS `t15`
    LEFT OUTER JOIN (
      SELECT
        `t5`.`customer_id`,
        SUM(CAST(`t5`.`started_at` >= CAST('2024-06-01T00:00:00' AS TIMESTAMP) AS BIGINT)) AS `visits_30d`
      FROM (
        SELECT
          `t2`.`customer_id`,
          `t2`.`session_id`,
          MIN(`t2`.`happened_at`) AS `started_at`
        FROM (
          SELECT
            *
          FROM `events` AS `t0`
          WHERE
            `t0`.`happened_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP)
            AND (
              (
                `t0`.`ingested_at` < CAST('2024-07-01T00:00:00' AS TIMESTAMP)
              )
              OR (
                `t0`.`ingested_at` IS NULL
              )
            )
            AND `t0`.`customer_id` IS NOT NULL
            AND `t0`.`session_id` IS NOT NULL
        ) AS `t2`
        GROUP BY
          1,
          2
      ) AS `t5`
      GROUP BY
        1
    ) AS `t12`
      ON `t15`.`customer_id` = `t12`.`customer_id`
  ) AS `t16`
) AS `t17`
