"""Public data sets against peers and published figures: python -m bench NAME --data DIR --json."""
