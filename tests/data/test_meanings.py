"""The meanings that all later figures rest on, checked on a real shop."""

from __future__ import annotations

from pathlib import Path

import pytest

from habitue.data.initialise import initialise
from habitue.data.shop import Shop
from habitue.features import compute


@pytest.mark.data
def test_customers_and_churn_of_online_retail(data_folder: Path, tmp_path: Path) -> None:
    initialise([str(data_folder / "online_retail" / "online_retail.parquet")], tmp_path)
    with Shop.open(tmp_path) as shop:
        eligible = compute(shop.at("2011-09-09"), ["orders"])
        later = shop.between("2011-09-09", "2011-12-08").purchases.select("customer_id").distinct()
        stayed = eligible.semi_join(later, "customer_id")
        customers = shop.engine.to_arrow(eligible.count()).as_py()
        churned = 1 - shop.engine.to_arrow(stayed.count()).as_py() / customers
    assert customers == 3_362
    assert round(churned, 3) == 0.433
