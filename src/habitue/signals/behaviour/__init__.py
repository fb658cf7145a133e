"""Behaviour: what visitors do next, whether a visit ends in an order, when customers come, where they drop off."""
