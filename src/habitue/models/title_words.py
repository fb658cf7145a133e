"""Words of product titles: what is left of a title without sizes, colours, numbers and the words of trade."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

__all__ = ["join_pairs", "spellings", "words_of"]

_ENGLISH = """
a an and are as at by de du each el en et etc for from how i in into is it its la le les my new no not of off on or our
own per plus pour the this to top u us und up very w we with without you your
set sets pack packs packet pk pkt pcs pc piece pieces pair pairs boxed asst asstd assorted assortment asd
bundle multipack design designs des style styled size sizes colour colours color colors coloured colored multi
multicolour mixed type shape shaped small medium large big mini maxi jumbo giant little tiny extra tall short long wide
round square single double triple one two three four five six eight ten dozen first second half x s m l xl xxl xs
cm mm ml kg mg oz lb inch ltr litre pint gr free sale offer promo promotion special edition limited original genuine
official quality premium deluxe classic traditional new newest gift
black white red green blue yellow pink orange purple brown grey gray beige cream ivory silver gold golden navy lilac
turquoise aqua mauve fuschia fuchsia lavenders teal khaki maroon burgundy coral clear natural pastel bright dark pale
"""
_CHINESE = """
官方旗舰店 旗舰店 官方正品 专柜正品 正品 官方 专柜 包邮 新品上市 新品 上市 特价 促销 优惠 热卖 热销 爆款 推荐
专享 预售 预定 现货 直邮 代购 进口 国产 组合装 套装 组合 单品 正装 大容量 加量 买一送一 赠品 赠送 满减 双十一
双11 限量版 限量 限时 升级版 新款 新版 经典 同款 男女 女士 男士 男女通用 黑色 白色 红色 绿色 蓝色 黄色 粉色 粉红
橙色 紫色 棕色 灰色 米色 银色 金色 米白 浅蓝 深蓝 藏青 大号 中号 小号 加大 迷你 均码 两件 一件 三件 一套 两套
毫升 包装 规格 颜色 尺码 型号 款式 系列
"""
_STOP = frozenset(_ENGLISH.split())
_STOP_ZH = re.compile("|".join(sorted(_CHINESE.split(), key=len, reverse=True)))

# Han and kana are written without spaces; everything else is split where it is not a letter.
_UNSPACED = r"\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W{_UNSPACED}]+(?:['’][^\W{_UNSPACED}]+)*")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_SHORTEST = 3
_LONGEST = 5  # characters of a joined word
_MOSTLY = 0.6


def words_of(title: str | None) -> list[str]:
    """Return the telling words of a title in their order: words, or pairs of characters where there are no spaces.

    Parameters
    ----------
    title : str or None

    Examples
    --------
    >>> words_of("SET OF 3 RED RETROSPOT LUNCH BAGS, 20cm")
    ['retrospot', 'lunch', 'bag']
    >>> words_of("【官方旗舰店】保湿面霜50ml")
    ['保湿', '湿面', '面霜']
    """
    return [word for word, _ in _read(title)]


def spellings(titles: Iterable[str | None]) -> dict[str, str]:
    """Return how each word of `words_of` is mostly written in titles, for reading.

    Examples
    --------
    >>> spellings(["Christmas Bags", "BAG"])
    {'christma': 'christmas', 'bag': 'bag'}
    """
    seen: dict[str, Counter[str]] = {}
    for title in titles:
        for word, written in _read(title):
            seen.setdefault(word, Counter())[written] += 1
    return {word: min(count, key=lambda text: (-count[text], len(text), text)) for word, count in seen.items()}


def _read(title: str | None) -> Iterator[tuple[str, str]]:
    """Words of a title as they are counted and as they are written."""
    if not title:
        return
    text = _STOP_ZH.sub(" ", unicodedata.normalize("NFKC", title).casefold())
    for run in _RUN.findall(text):
        if _IS_UNSPACED.match(run):
            yield from ((run[at : at + 2],) * 2 for at in range(len(run) - 1))
            continue
        written = re.sub(r"['’]s?", "", run)
        if len(written) < _SHORTEST or any(sign.isdigit() or sign == "_" for sign in written):
            continue
        word = _singular(written)
        if word not in _STOP:
            yield word, written


def _singular(word: str) -> str:
    """Take an English plural back; wrong ones (``glas``) would do no harm, as long as they are always the same."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def join_pairs(words: Sequence[str], bags: Sequence[Sequence[str]]) -> list[str]:
    """Join pairs of characters that mostly follow each other back into words, for reading.

    Parameters
    ----------
    words : sequence of str
        The best first.
    bags : sequence of sequences of str
        Titles as `words_of` gives them.

    Examples
    --------
    >>> join_pairs(["毛膏", "睫毛", "mug"], [words_of("浓密睫毛膏"), words_of("卷翘睫毛膏")])
    ['睫毛膏', 'mug']
    """
    count = Counter(word for bag in bags for word in set(bag))
    follows = Counter(pair for bag in bags for pair in set(pairwise(bag)))
    joined = {word: word for word in words}
    merged = True
    while merged:
        merged = False
        for left, right in ((a, b) for a in words for b in words if a != b):
            head, tail = joined.get(left), joined.get(right)
            if head is None or tail is None or head == tail or len(head) + len(tail) > _LONGEST + 1:
                continue
            if not (_IS_UNSPACED.match(left) and _IS_UNSPACED.match(right) and head[-1] == tail[0]):
                continue
            if follows[head[-2:], tail[:2]] >= _MOSTLY * max(count[head[-2:]], count[tail[:2]]):
                whole = head + tail[1:]
                joined = {word: whole if text in {head, tail} else text for word, text in joined.items()}
                merged = True
    return list(dict.fromkeys(joined[word] for word in words))
