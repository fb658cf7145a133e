"""Fit BG/NBD with lifetimes: ``lifetimes_fit.py histories.parquet runs``; runs in the peer's own environment."""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

from lifetimes import BetaGeoFitter  # noqa: E402 - it warns while it is imported


def main(path: str, runs: int) -> None:
    """Print parameters and the seconds of each run as JSON."""
    table = pd.read_parquet(path)
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        fitter = BetaGeoFitter(penalizer_coef=0.0)
        fitter.fit(table["frequency"], table["recency"], table["age"])
        seconds.append(time.perf_counter() - started)
    parameters = {name: float(np.asarray(fitter.params_[name])) for name in ("r", "alpha", "a", "b")}
    print(json.dumps({"parameters": parameters, "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
