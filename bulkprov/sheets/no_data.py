"""Rows that are no data, though they have text: the header again, rules of dashes, totals, what a query tool adds.

Were they believed, a client called `clientName` would be looked up, and a set called `----` asked for. Pure.
"""

import re
from collections.abc import Sequence
from typing import Final

from bulkprov.sheets.columns import simplified
from bulkprov.sheets.header import Header

__all__ = ["no_data"]

_RULE: Final = re.compile(r"[\s\-\u2010-\u2015\u2212_=\u2500-\u257f*#~.\u00b7\u2022+|/\\]+")
_NUMBER: Final = re.compile(r"[\d\s.,'%\u00a0\u20ac$\u00a3\u00a5+-]+(?:[^\W\d_]+\.?)?")
"""A number, perhaps with what is counted."""
_TOTALS: Final = frozenset({
    *("total", "totals", "grand total", "sub total", "subtotal", "sum", "count", "average", "gesamt", "gesamtsumme"),
    *("ergebnis", "summe", "insgesamt", "anzahl", "gesamtergebnis", "zwischensumme", "total général"),
    *("somme", "sous-total", "nombre", "totale", "somma", "total general", "suma", "totaal", "aantal"),
    *("summa", "i alt", "sum total", "yhteensä"),
    *("razem", "celkem", "spolu", "összesen", "ukupno", "toplam", "итого", "всего", "итог", "сумма", "разом"),
    *("σύνολο", "合计", "合計", "总计", "總計", "小计", "小計", "総計", "합계", "총계"),
})  # fmt: skip
"""What a row of totals begins with, casefolded."""
_ENDS: Final = re.compile(
    r"\(?\d+ (rows?|records?|lines?)( (affected|selected|returned|exported))?\)?\.?"
    r"|[-*=# (]*(end( of (file|report|data|list))?|eof)[-*=# ).]*",
    re.IGNORECASE,
)
"""What stands alone in the last row of a report."""


def no_data(header: Header, cells: Sequence[str]) -> str:
    """Why a row below the header is no data, and what to do: words that follow its number; "" if it may be data."""
    places = header.spellings
    if all(cells[place][-1:].isdigit() for place in places) and _plain(cells[0]) not in _TOTALS:  # nearly every row
        return ""
    if all(simplified(cells[place]) in names for place, names in places.items()):
        return "is the header again, as if two files had been joined: delete it"
    words = [cell for cell in cells if cell and not cell.isspace()]
    if not words:
        return ""
    if all(map(_RULE.fullmatch, words)):
        return "is a rule of dashes or the like, and no data: delete it"
    first, rest = _plain(words[0]), words[1:]
    if _is_total(first, rest):
        return f'is a total ("{words[0].strip()}"), and no data: delete it'
    if not rest and _ENDS.fullmatch(first):
        return f'is the end of a report ("{words[0].strip()}"), and no data: delete it'
    return ""


def _is_total(first: str, rest: list[str]) -> bool:
    """Whether a row is a total, or one that a spreadsheet puts below a group: "Berlin Total", "Total Berlin"."""
    of_group = bool(rest) and not _TOTALS.isdisjoint((first.partition(" ")[0], first.rpartition(" ")[2]))
    return (first in _TOTALS or of_group) and all(map(_NUMBER.fullmatch, rest))


def _plain(cell: str) -> str:
    return cell.strip(" \t\u00a0:").casefold()
