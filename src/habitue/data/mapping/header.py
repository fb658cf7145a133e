"""What a column header says: its words, whatever language, case, abbreviation or bracket they come in."""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from habitue.data.mapping.header_words import LATIN_WORDS, SYSTEM_HEADERS
from habitue.data.mapping.header_words_zh import CHINESE_WORDS, simplified

__all__ = ["CURRENCY_WORDS", "Reading", "read_header"]

Sense = tuple[str, ...]  # the ideas one word stands for, such as ("product", "id")

#: Signs and words for money → ISO code, as they stand in headers and cells.
CURRENCY_WORDS: dict[str, str] = {
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "美元": "USD", "$": "USD", "cny": "CNY",
    "rmb": "CNY", "yuan": "CNY", "元": "CNY", "人民币": "CNY", "jpy": "JPY", "日元": "JPY", "hkd": "HKD", "hk$": "HKD",
    "港币": "HKD", "港元": "HKD", "twd": "TWD", "nt$": "TWD", "新台币": "TWD", "台币": "TWD", "chf": "CHF",
    "sek": "SEK",
    "cad": "CAD", "aud": "AUD", "inr": "INR", "₹": "INR", "₩": "KRW", "krw": "KRW", "sgd": "SGD", "brl": "BRL",
    "r$": "BRL", "pln": "PLN", "zł": "PLN",
}  # fmt: skip

#: Words that often stand for an order but that stand back behind a word that says "order".
_WEAKER = {
    "transaction": 0.85, "transactions": 0.85, "txn": 0.88, "trans": 0.85, "ticket": 0.85, "document": 0.85,
    "doc": 0.85,
    "basket": 0.9, "booking": 0.9, "receipt": 0.9, "invoice": 0.97, "bill": 0.9, "流水号": 0.88, "交易号": 0.88,
    "trx": 0.88, "contact": 0.85, "partner": 0.9, "guest": 0.85, "account": 0.9, "material": 0.95, "listing": 0.8,
    "条码": 0.95,
}  # fmt: skip
_GUESSED = 0.88  # a misspelt or shortened word counts a little less
_MAX_SENSES = 24


@dataclass(frozen=True, slots=True)
class Reading:
    """One header, read.

    Parameters
    ----------
    text : str
        The header without odd spaces and signs.
    senses : tuple
        Every way of reading it: ideas in order.
    unknown : int
        How many of its words nobody knows.
    quality : float
        Below 1 where words were misspelt, shortened or roundabout.
    aside : frozenset of str
        Ideas that stand in brackets.
    currency : str
        ISO code that the header names, such as GBP in ``"Price (GBP)"``.
    says_something : bool
        Whether any word is known: ``col1`` and ``字段3`` say nothing.
    """

    text: str
    senses: tuple[Sense, ...]
    unknown: int
    quality: float
    aside: frozenset[str]
    currency: str
    says_something: bool


def read_header(header: str) -> Reading:
    """Read a column header.

    Examples
    --------
    >>> read_header("CustomerID").senses
    (('customer', 'id'),)
    >>> read_header("商品单价(元)").senses, read_header("商品单价(元)").currency
    ((('product', 'unit', 'price'),), 'CNY')
    """
    text = _plain(header)
    main, brackets = _split_brackets(text)
    currency = next((CURRENCY_WORDS[word] for word in _bracket_words(brackets) if word in CURRENCY_WORDS), "")
    system = SYSTEM_HEADERS.get(re.sub(r"[\s.\-]+", "_", main.strip().lower()))
    if any("%" in inside for inside in brackets):
        main += " %"  # a percentage is never the thing itself
    words = [] if system else _words(main)
    if not words and not system:
        words = _words(" ".join(brackets))
    options: list[tuple[Sense, ...]] = [(tuple(system.split()),)] if system else []
    unknown, quality = 0, 1.0
    for word in words:
        senses, share = _look_up(word)
        if not senses:
            unknown += 1
            continue
        quality *= share * _WEAKER.get(word, 1.0)
        options.append(senses)
        if not currency and senses == (("money",),):
            currency = CURRENCY_WORDS.get(word, "")
    combined = [tuple(itertools.chain(*combo)) for combo in itertools.islice(itertools.product(*options), _MAX_SENSES)]
    kept = tuple(dict.fromkeys(tuple(idea for idea in sense if idea != "filler") for sense in combined))
    aside = frozenset(idea for word in _words(" ".join(brackets)) for sense in _look_up(word)[0] for idea in sense)
    says = any(set(sense) - {"money"} for sense in kept)
    return Reading(text.strip(), kept, unknown, quality, aside - {"filler", "money", "uom"}, currency, says)


def _plain(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).replace("\ufeff", "").replace("\u200b", "")
    return simplified(re.sub(r"\s+", " ", text)).strip(" *\"'")


def _split_brackets(text: str) -> tuple[str, list[str]]:
    found = re.findall(r"[(\[{【<]([^)\]}】>]*)[)\]}】>]", text)
    return re.sub(r"[(\[{【<][^)\]}】>]*[)\]}】>]", " ", text), found


def _bracket_words(brackets: list[str]) -> list[str]:
    whole = [inside.strip().lower() for inside in brackets]
    return whole + [word for inside in whole for word in re.split(r"[\s,;/]+", inside)]


def _words(text: str) -> list[str]:
    """Cut a header into words: camel case, underscores, signs, Chinese by the longest known word."""
    text = re.sub(r"[A-Za-z]+", _camel, text)
    text = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    if re.fullmatch(r"\s*(?:[a-z]|[a-z]{1,3}[\W_]*\d+)\s*", text):
        return []  # c3, v12, x: numbers of columns, no words
    text = re.sub(r"[%％]", " percent ", text)
    found = re.findall(r"[a-z]+\d[a-z]+|[a-z]+|#|[\u4e00-\u9fff]+|[^\W\d_a-z\u4e00-\u9fff]+", text.replace("ß", "ss"))
    tokens = [part for token in found for part in ([token] if token in _dictionary() else re.split(r"\d", token))]
    words: list[str] = []
    place = 0
    while place < len(tokens):
        for length in range(min(4, len(tokens) - place), 0, -1):
            phrase = "_".join(tokens[place : place + length])
            if phrase in _dictionary() or length == 1:
                words += _pieces(phrase) if length == 1 else [phrase]
                place += length
                break
    return words


def _camel(match: re.Match[str]) -> str:
    """Part the words of camel case, unless they are one word that is known, such as MwSt."""
    word = match[0]
    if word.lower() in _dictionary():
        return word
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", word)


def _pieces(token: str) -> list[str]:
    """Cut a token that is no word itself into known words: ``unitprice``, ``kundennummer``, ``实付金额``."""
    known = _dictionary()
    if token in known:
        return [token]
    if "\u4e00" <= token[0] <= "\u9fff":
        return _chinese_pieces(token)
    if len(token) < 5:
        return [token]
    cuts = _cut(token)
    return cuts or [token]


def _cut(token: str) -> list[str]:
    """Cut a Latin token wholly into known words, as few as possible; an empty list where that cannot be done."""
    known = _dictionary()
    best: list[list[str] | None] = [[], *([None] * len(token))]
    for end in range(1, len(token) + 1):
        for start in range(max(0, end - 16), end - 1):
            before, word = best[start], token[start:end]
            if before is None or word not in known:
                continue
            here = best[end]
            if here is None or len(before) + 1 < len(here):
                best[end] = [*before, word]
    cuts = best[-1]
    return cuts if cuts and any(len(word) >= 4 or word in ("sku", "ord", "inv", "qty") for word in cuts) else []


def _chinese_pieces(token: str) -> list[str]:
    """Cut Chinese so that most characters are known, then into as few words as possible."""
    known = _dictionary()
    best: list[tuple[int, int, list[str]]] = [(0, 0, [])]
    for end in range(1, len(token) + 1):
        lost, pieces, words = best[end - 1]
        candidates = [(lost + 1, pieces, [*words, token[end - 1]])]
        for start in range(max(0, end - 8), end):
            word = token[start:end]
            if word in known:
                lost, pieces, words = best[start]
                candidates.append((lost, pieces + 1, [*words, word]))
        best.append(min(candidates, key=lambda each: (each[0], each[1])))
    return best[-1][2]


@cache
def _dictionary() -> dict[str, tuple[Sense, ...]]:
    """Every word with all its senses."""
    senses: dict[str, list[Sense]] = {}
    for source in (LATIN_WORDS, CHINESE_WORDS):
        for ideas, words in source.items():
            for word in words.split():
                for sense in ideas.split("|"):
                    senses.setdefault(word, []).append(tuple(sense.split()))
    return {word: tuple(dict.fromkeys(each)) for word, each in senses.items()}


@cache
def _look_up(word: str) -> tuple[tuple[Sense, ...], float]:
    """Return the senses of a word and how sure that is; no senses where nobody knows it."""
    known = _dictionary()
    if word in known:
        return known[word], 1.0
    if not word.isascii() or len(word) < 3:
        return (), 1.0
    if len(word) >= 4:
        near = sorted({known[each] for each in known if each.isascii() and _may_be(word, each)})
        if len(near) == 1:
            return near[0], _GUESSED
    short = sorted({sense for full, sense in _SHORTENED.items() if word[0] == full[0] and _is_within(word, full)})
    if 1 <= len(short) <= 2 and len(word) <= 7:
        return tuple((sense,) for sense in short), _GUESSED**2
    return (), 1.0


_SHORTENED = {
    "customer": "customer", "invoice": "order", "product": "product", "quantity": "quantity", "price": "price",
    "amount": "amount", "discount": "discount", "currency": "currency", "country": "country", "region": "region",
    "status": "status", "channel": "channel", "category": "category", "payment": "payment", "shipment": "shipping",
    "description": "description", "number": "id", "supplier": "supplier", "customers": "customer", "orders": "order",
}  # fmt: skip


def _is_within(short: str, full: str) -> bool:
    letters = iter(full)
    return all(letter in letters for letter in short)


def _may_be(word: str, other: str) -> bool:
    """Whether a word is a slip of the pen for another; short ones only with two letters swapped."""
    if len(word) >= 5 and len(other) >= 5:
        return _one_slip(word, other)
    return len(word) == len(other) == 4 and sorted(word) == sorted(other) and _one_slip(word, other)


def _one_slip(word: str, other: str) -> bool:
    """Whether one letter was changed, lost, added or swapped with its neighbour."""
    if abs(len(word) - len(other)) > 1 or word == other:
        return False
    same = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    rest, other_rest = word[same:], other[same:]
    return (
        rest[1:] == other_rest[1:]
        or rest[1:] == other_rest
        or rest == other_rest[1:]
        or (rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:])
    )
