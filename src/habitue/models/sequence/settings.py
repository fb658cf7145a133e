"""Settings of the behaviour model: its size, its losses, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass

from habitue.errors import ConfigError

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How large the behaviour model is and how it learns.

    Parameters
    ----------
    width : int
        Numbers in the vector of a product and of a customer.
    blocks, heads : int
        Blocks of attention, and heads of each.
    length : int
        Newest events that are looked at; distances are counted back from the event that asks.
    dropout : float
        Share of numbers blanked while learning.
    id_dropout : float
        Share of products shown by what is known of them alone, where anything is, so that new products have a place.
    tokens : int
        Events in a batch.
    negatives : int
        Products that each batch is compared with, drawn anew; a catalogue of no more is compared whole.
    popular_share : float
        Share of these drawn by how often they are bought, the rest evenly; corrected for.
    ahead : int
        Events ahead that are foretold beside the next one: the dense loss.
    ahead_share : float
        What all of those count together, the next event counting the rest.
    ahead_places : float
        How fast what lies further ahead fades, in events.
    rate, decay : float
        Highest learning rate, which rises for an epoch and falls as a cosine, and decoupled weight decay.
    smoothing : float
        Share of the label given evenly to all products compared.
    average : float
        Weights are averaged over steps with this decay; the average is what is kept.
    epochs, patience : int
        Rounds over the data at most, and rounds without a better validation figure after which it stops.
    validation_share : float
        Share of customers whose newest event is kept out of learning, to see when to stop.
    validation_most : int
        Customers the validation figure is measured on, at most.
    warm : bool
        Vectors of products start from what is bought near what, instead of at random.
    trained : bool
        False leaves the weights as they were drawn: the floor that a learnt vector has to beat.
    """

    width: int = 64
    blocks: int = 1
    heads: int = 2
    length: int = 50
    dropout: float = 0.5
    id_dropout: float = 0.0
    tokens: int = 1024
    negatives: int = 1024
    popular_share: float = 0.5
    ahead: int = 8
    ahead_share: float = 0.5
    ahead_places: float = 5.0
    rate: float = 1e-3
    decay: float = 0.01
    smoothing: float = 0.0
    average: float = 0.99
    epochs: int = 24
    patience: int = 4
    validation_share: float = 0.1
    validation_most: int = 4000
    warm: bool = True
    trained: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if min(self.width, self.blocks, self.heads, self.length, self.tokens, self.negatives) < 1:
            raise ConfigError(f"a model of {self} has nothing to work with", expected="sizes of 1 or more")
        if self.width % self.heads:
            raise ConfigError(f"width {self.width} does not split into {self.heads} heads", expected="a multiple")
        shares = (self.dropout, self.id_dropout, self.popular_share, self.ahead_share, self.average, self.smoothing)
        if (
            not all(0 <= share <= 1 for share in (*shares, self.validation_share))
            or max(self.dropout, self.average) == 1
        ):
            raise ConfigError(f"a share of {self} is outside 0 to 1", expected="0 to 1; dropout and average below 1")
