"""The report's colours, each for light and for dark pages, told apart by people with colour-blindness too."""

from __future__ import annotations

__all__ = ["COLOURS", "FLOW", "HEAT", "PLACES", "SEQUENCE", "dark_rules", "stage_colours", "variables"]

#: name → (on a light page, on a dark page). Pictures are drawn in the light colour; the style sheet exchanges it.
COLOURS: dict[str, tuple[str, str]] = {
    "page": ("#f6f7f6", "#101415"),
    "card": ("#ffffff", "#171c1e"),
    "ink": ("#1a2324", "#e7eceb"),
    "soft": ("#566364", "#a3b0b0"),
    "faint": ("#7c8889", "#84908f"),
    "line": ("#dfe4e3", "#2c3436"),
    "grid": ("#e9edec", "#252c2e"),
    "accent": ("#0b6e69", "#4fc3b8"),
    "wash": ("#e8f3f1", "#17302e"),
    "good": ("#17694a", "#5fcf9f"),
    "bad": ("#b3401c", "#f0936f"),
    "warn": ("#8a5a00", "#e5b25a"),
    "teal": ("#12827b", "#3fb5aa"),
    "sky": ("#6db3e0", "#5fa8d8"),
    "blue": ("#2f66a8", "#6c9ede"),
    "ochre": ("#e2a32b", "#dba13a"),
    "vermilion": ("#cf5a2b", "#e0764a"),
    "slate": ("#8b9697", "#7f8b8d"),
    "olive": ("#97a13a", "#a9b455"),
    "plum": ("#a8648f", "#c585ae"),
    "indigo": ("#6159a8", "#938ce0"),
    "sand": ("#b98f63", "#c8a27a"),
    "night": ("#4d5758", "#b5bfbf"),
    "heat_0": ("#f1f4f3", "#1d2426"),
    "heat_1": ("#d9ebe8", "#1b3835"),
    "heat_2": ("#b5d9d4", "#1e4d49"),
    "heat_3": ("#86c0b9", "#226660"),
    "heat_4": ("#4fa098", "#27736c"),
    "heat_5": ("#1d7a73", "#4aa59c"),
    "heat_6": ("#0a5550", "#83d1c8"),
}

#: Colours for things without an order of their own.
SEQUENCE = ("teal", "blue", "ochre", "sky", "vermilion", "plum", "slate", "night")

#: Colours of learnt segments, from the one worth most to the one worth least.
PLACES = ("blue", "teal", "sky", "indigo", "olive", "plum", "ochre", "sand", "vermilion", "slate")

#: Steps of a heat map, from nothing to most.
HEAT = tuple(f"heat_{step}" for step in range(7))

#: The colour of people who are not customers yet, in flows.
FLOW = "night"

# A stage keeps its colour in every picture; health goes from teal over ochre to slate.
_STAGES = {
    "new": "sky",
    "second_order_due": "olive",
    "active": "teal",
    "loyal": "blue",
    "returned": "plum",
    "slowing": "ochre",
    "dormant": "vermilion",
    "lost": "slate",
    "none": FLOW,
}


def stage_colours(codes: list[str]) -> dict[str, str]:
    """Return a colour name for each stage: its own, or the next that is free.

    Examples
    --------
    >>> stage_colours(["new", "surprising", "lost"])
    {'new': 'sky', 'surprising': 'teal', 'lost': 'slate'}
    """
    chosen: dict[str, str] = {}
    for code in codes:
        own = _STAGES.get(code)
        if own and own not in chosen.values():
            chosen[code] = own
    free = [name for name in SEQUENCE if name not in chosen.values()]
    for code in codes:
        if code not in chosen:
            chosen[code] = free.pop(0) if free else "slate"
    return {code: chosen[code] for code in codes}


def variables(*, dark: bool) -> str:
    """Return the CSS custom properties of one of the two palettes."""
    return "".join(f"--{name}:{pair[dark]};" for name, pair in COLOURS.items())


def dark_rules() -> str:
    """Return the CSS that exchanges, inside pictures, every light colour for its dark one."""
    rules: list[str] = []
    for name, (light, _) in COLOURS.items():
        rules.extend(f'svg [{part}="{light}"]{{{part}:var(--{name})}}' for part in ("fill", "stroke"))
    return "".join(rules)
