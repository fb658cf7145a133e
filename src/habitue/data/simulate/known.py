"""The table ``customers``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.simulate.acquisition import ACQUISITION_CHANNELS
from habitue.data.simulate.core import Core
from habitue.data.simulate.places import FAMILY_NAMES, GIVEN_NAMES, PLACES
from habitue.data.simulate.plan import Ints
from habitue.data.simulate.selling import arrived, customer_ids
from habitue.data.simulate.typed import numbered, picked, typed

__all__ = ["customers_table", "known_people"]


def known_people(core: Core) -> Ints:
    """Return the rows of people who have a customer number and have signed up by the end."""
    return np.flatnonzero((core.people.number >= 0) & (core.people.signed_up < core.world.plan.days))


def customers_table(core: Core) -> Any:
    """Build the table ``customers``, in order of number."""
    rng = core.world.plan.rng("identities")
    person = known_people(core)
    people = core.people
    female, names = _names(people.language[person], rng)
    place = people.place[person]
    ids = customer_ids(core, person)
    signed_up_at = core.world.instants(people.signed_up[person], people.market[person])
    given = rng.random(person.size) < 0.55
    birth = np.datetime64("1950-01-01", "D") + (rng.beta(2.2, 2.0, person.size) * 19_500).astype("timedelta64[D]")
    return typed("customers", {
        "customer_id": ids,
        "signed_up_at": signed_up_at,
        "name": pa.array(names, type=pa.string()),
        "email": pc.binary_join_element_wise("customer", ids, "@example.com", ""),
        "phone": _phones(people.market[person], rng),
        "gender": picked(("female", "male"), np.where(rng.random(person.size) < 0.8, ~female, -1)),
        "birth_date": np.where(given, birth, np.datetime64("NaT", "D")),
        "country": picked([each[0] for each in PLACES], place),
        "region": picked([each[1] for each in PLACES], place),
        "city": picked([each[2] for each in PLACES], place),
        "postcode": _postcodes(place, rng),
        "language": picked(("en", "zh"), people.language[person]),
        "acquisition_channel": picked(ACQUISITION_CHANNELS, people.won_by[person]),
        "is_business": people.segment[person] == 6,
        "ingested_at": arrived(rng, signed_up_at),
    })  # fmt: skip


def _names(language: Ints, rng: np.random.Generator) -> tuple[Any, list[str]]:
    given = rng.integers(0, 24, language.size)
    family = rng.integers(0, 20, language.size)
    names = [
        f"{FAMILY_NAMES[1][last]}{GIVEN_NAMES[1][first]}"
        if chinese
        else f"{GIVEN_NAMES[0][first]} {FAMILY_NAMES[0][last]}"
        for chinese, first, last in zip(language.tolist(), given.tolist(), family.tolist(), strict=True)
    ]
    return given < 12, names


def _phones(market: Ints, rng: np.random.Generator) -> Any:
    """Numbers from ranges kept free for fiction, or short of a digit."""
    digits = numbered("", rng.integers(0, 1_000_000, market.size), 6)
    prefix = picked(("+44770090", "+861990000"), market)
    return pc.binary_join_element_wise(prefix, pc.utf8_slice_codeunits(digits, 0, 4), "")


def _postcodes(place: Ints, rng: np.random.Generator) -> Any:
    """Fill the first characters of the place up with digits."""
    digits = rng.integers(0, 10_000_000, place.size)
    texts = [
        f"{PLACES[where][3]}{each:07d}"[: 6 if PLACES[where][0] == "CN" else 5]
        for where, each in zip(place, digits, strict=True)
    ]
    return pa.array(texts, type=pa.string())
