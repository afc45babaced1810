"""Whether a cell is spelled as some language spells: the evidence by which one reading of bytes is told from another.

Text that is decoded by the wrong table is made of letters too, but not of words: capitals are inside them, signs are
between letters, vowels and consonants do not take turns, letters of two alphabets meet. The rules are what is never
written in a language, not what is frequent, since a sheet has a few words and no sentences. Pure.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple

__all__ = ["PAGES", "Page", "scrambled"]


class Page(NamedTuple):
    """An encoding that has no mark."""

    codec: str
    name: str
    """What it is, for the operator."""
    wrong: Callable[[str], bool]
    """Whether a cell cannot have been meant so."""
    wide: bool = False
    """Whether characters have two bytes or more."""
    weak: bool = False
    """Whether it is so much rarer than cp1252, and so unlike it, that it casts no doubt on words in that."""


class _Language(NamedTuple):
    letters: str
    """Those that ASCII lacks."""
    never: re.Pattern[str]
    """What its words do not have, in small letters."""


def _language(letters: str, *never: str) -> _Language:
    return _Language(letters, re.compile("|".join(never) or r"(?!)"))


_CONS: Final = "[bcdfghjkmnpqstvwxz]"
_VOW: Final = "[aeiouyáäéěíóôöőúůüűý]"
_C_CARON: Final = (
    f"{_CONS}č[bcdfghjkmnpqstvwxzlr]",
    f"{_CONS}{{2}}č(?!{_VOW})",
    *("č[cgdbfz]", "[lr]č[vmlgrf]", "[eiuy]čr", "^č$"),
)
"""Where č does not stand: where French and Italian have è."""
_R_CARON: Final = (
    "ň[bcdfghjlmnpqrstvwxz]",
    r"[bcdfghjklmnpqrstvwxz]ř(?:[bcdfghjklmnpqrstvwxz]|$)",
    r"ř[bcdfghjlnpqrstwxz]",
    "^ř$",
)
_SLOVAK_L: Final = (r"[ĺŕ](?![bcdfghjkmnpqstvwxzčďňšťž])", r"(?<![bcdfghjkmnpqstvwxzčďňšťž])[ĺŕ]")
_NOT_SLAVIC: Final = "[qwx]"

_WESTERN: Final = (
    _language("äöüß", "[^aeiouyäöü]ß", "[äöü][äöü]"),
    _language("äöüé", "[äöü][äöü]"),
    _language(
        "àâçèéêëîïôùûüœ",
        *("à.", "ù.", "^[àù].", "ç(?![aouâôû])", "ê(?![tmcslpvgnqr])", "û(?![tlrcmnpsg])", "î(?![tlnmcqrv])"),
        *("(?<![aou])ï", "(?<![aouié])ë", "œ(?![uinedsc])", "è(?!s$|(?:qu|gu|ch|[bcdfglmnprstv]{1,2})[eé])"),
    ),
    _language(
        "áéíóúñü",
        "ñ(?![aeiouáéíóú])",
        "[áéíóú].*[áéíóú]",
        "ü(?![eéií])",
        r"([bdfghjkmpqstvwxz])\1",
    ),
    _language("áâãàçéêíóôõú", "ã(?!o|e|s?$)", "õ(?!e|s?$)", "ç(?![aouãâáóõú])", "à(?!s?$)", "ê(?![nsmlrtgc]|$)"),
    _language("àèéìíòóù", "[àèìòù]."),
    _language("åäöé", "[åäö][åäö]", "å[aeiouy]"),
    _language("æøåé", "[aeiouyæøå]æ", "æ[aeiouyæøå]", "[æøå][æøå]", "[qw]"),
    _language("ëïéèöü", "(?<![aeiou])[ëïöü]"),
    _language("áéíóúýþæöð", ".þ", "^ð", "[zcqw]"),
    _language("õäöüšž", "[qwxyc]"),
)
_CENTRAL: Final = (
    _language("äöüß", "[^aeiouyäöü]ß", "[äöü][äöü]"),
    _language(
        "ąćęłńóśźż",
        "^[ąęń]",
        "ń[aeiouyóąę]",
        "[bcdfghjkmnpqrstvwxzł]ń",
        "^[bcdfghjklmnpqrstvwz]ś",
        "[ąę][aeiouyąęó]",
        "[aeiouy][ąę]$(?<!i.)",
        "[qvx]",
    ),
    _language("áčďéěíňóřšťúůýž", "(?<![dtnbpvmf])ě", "^ů", f"ů{_VOW}", f"{_VOW}ů", _NOT_SLAVIC, *_C_CARON, *_R_CARON),
    _language("áäčďéíĺľňóôŕšťúýž", _NOT_SLAVIC, *_C_CARON, *_SLOVAK_L),
    _language("áéíóöőúüű", "[aeiouáéíóöőúüű][őű]", "[őű][aeiouáéíóöőúüű]", "[qwx]"),
    _language("čćđšž", f"{_CONS}ć[b-df-hj-np-tv-z]", "[lr]ć[b-df-hj-np-tv-z]", "^ć[b-df-hj-np-tv-z]", *_C_CARON),
    _language("ăâîşţșț", "ă[oe]", "^ă[^a-z]?$"),
)
_TURKISH: Final = (_language("çğıöşüâî", "(?<![aeıioöuüâ])ğ", "[qwx]", "[ıöü][ıöü]"),)
_BALTIC: Final = (
    _language("õäöüšž", "[qwxyc]"),
    _language("ąčęėįšųūž", "ų(?!s|$)", "^ų", "[bcfhjkmnpqtvwxz]į.", r"([bdfgklmnprstvz])\1", "ę(?![sštžp]|$)",
              "[aeiouyąęįųū]ė", "[aeou]ū", _NOT_SLAVIC, *_C_CARON),
    _language("āčēģīķļņšūž", "[bcdfghjkmnpqrstv]ķ", "ķ[b-df-hj-np-tv-z]", "[aeiou]{3}", "[aeiou][āēīū]",
              "[āēīū][aeiou]", _NOT_SLAVIC, *_C_CARON),
)  # fmt: skip

_WORD: Final = re.compile(r"[^\W\d_]+")
_SIGN: Final = re.compile(r"[^\x00-\x7f]")
_PAIRS: Final = {"“": "”“", "«": "»", "„": "“”", "‘": "’", "»": "«", "”": "“„"}
"""Signs that come in pairs, and the other one."""
_BEHIND: Final = frozenset("™®©…°²³‰ªº”»")
_BEFORE: Final = frozenset("“‘«„‚¿¡")
_ALONE: Final = frozenset("€£§±µ×½¼¾")
_DASHES: Final = frozenset("–—")
_ELISION: Final = re.compile(r"(?:^|[^A-Za-z])(?:[ldnsjmct]|qu)$", re.IGNORECASE)


def _sign_is_wrong(cell: str, at: int) -> bool:
    """Whether a sign that is no letter is where none is written."""
    char, before, after = cell[at], cell[at - 1 : at] if at else "", cell[at + 1 : at + 2]
    if char == "\u00a0":
        return False
    if char in _DASHES:
        return after.islower()
    if char == "’" and before.isalpha() and after:
        return not (after == "s" or _ELISION.search(cell[:at]))
    if char in _PAIRS and not before.isdigit() and not any(other in cell for other in _PAIRS[char]):
        return True
    if char in _BEHIND or char == "’":
        return after.isalpha()
    if char in _BEFORE:
        return before.isalpha()
    return char not in _ALONE or before.isalpha() or after.isalpha()


def _case_is_wrong(word: str) -> bool:
    for at, char in enumerate(word[1:], 1):
        if char.isascii():
            continue
        if char.isupper() and (word[at - 1].islower() or word[at + 1 : at + 2].islower()):
            return True
        if char.islower() and word[at + 1 : at + 2].isupper():
            return True
    return False


_LETTER_OF_A_NUMBER: Final = re.compile(r"\d(?![ªº])[^\W\d_a-zA-Z](?![^\W\d_])")


def _latin(languages: tuple[_Language, ...]) -> Callable[[str], bool]:
    def wrong(cell: str) -> bool:
        for match in _SIGN.finditer(cell):
            if (not match[0].isalpha() or match[0] in "ªº") and _sign_is_wrong(cell, match.start()):
                return True
        if _LETTER_OF_A_NUMBER.search(cell):
            return True
        return any(
            not word.isascii() and (_case_is_wrong(word) or not _in_one_of(languages, word.replace("İ", "i").lower()))
            for word in _WORD.findall(cell.replace("ª", " ").replace("º", " "))
        )

    return wrong


_NOWHERE: Final = re.compile("[bcdfghjklmnpqrstvz]{2}ís$|[bcdfghjklmnpqrstvz][bcdfghjkmnpqstvz]ô$")
"""What the signs that English has at the end of a word are in other tables: ’s and ™."""


def scrambled(text: str) -> bool:
    """Whether text in any letters has signs inside its words, or words of two alphabets."""
    words = (word for word in _WORD.findall(text) if not word.isascii())
    if any(
        len({unicodedata.name(char, "").partition(" ")[0] for char in word}) > 1 or _case_is_wrong(word)
        for word in words
    ):
        return True
    signs = (match for match in _SIGN.finditer(text) if not match[0].isalpha())
    return any(unicodedata.category(match[0])[0] != "M" and _sign_is_wrong(text, match.start()) for match in signs)


def _in_one_of(languages: tuple[_Language, ...], word: str) -> bool:
    high = {char for char in word if not char.isascii()}
    return not _NOWHERE.search(word) and any(
        high <= set(each.letters) and not each.never.search(word) for each in languages
    )


_CYRILLIC_CASE: Final = re.compile(r"[А-ЯЁІЇЄҐЎ]*|[А-ЯЁІЇЄҐЎ]?[а-яёіїєґў]+(?:[А-ЯЁІЇЄҐЎ][а-яёіїєґў]{2,})*")
_CYRILLIC_NEVER: Final = re.compile(
    r"^[ьъы]|ъ$|[бвгджзйклмнпрстфхцчшщ]{5}|[аеёиоуыэюяіїє]{4}|[ьъ]{2}|й[ьъы]|^[бгдежзйлмнпрстфхцчшщъыь]$"
)
_COMMON: Final = frozenset("оеаинтсрвлкмдпуяіїзыь")


def _cyrillic(cell: str) -> bool:
    def wrong(word: str) -> bool:
        small = word.lower()
        rare = len(small) > 4 and sum(char in _COMMON for char in small) < 0.55 * len(small)
        return rare or not _CYRILLIC_CASE.fullmatch(word) or bool(_CYRILLIC_NEVER.search(small))

    return _other_script(cell, wrong)


_TONOS: Final = re.compile("[άέήίόύώΐΰ]")
_SYLLABLES: Final = re.compile("(?:αι|ει|οι|υι|ου|αυ|ευ|ηυ|[αεηιουω])")
_GREEK_CASE: Final = re.compile(r"[Α-ΡΣ-Ϋ]*|[Α-ΡΣ-ΫΆΈΉΊΌΎΏ]?[α-ωά-ώϊϋΐΰ]+")


def _greek(cell: str) -> bool:
    def wrong(word: str) -> bool:
        if not _GREEK_CASE.fullmatch(word) or re.search("σ$|ς.", word):
            return True
        if re.search("[βγδζθκλμνξπρσςτφχψ]{4}|[βγδζθκλμπτφχ]$|(?<![αοε])[ΐΰ]", word.lower()):
            return True
        bare = "".join(char for char in unicodedata.normalize("NFD", word.lower()) if char.isalpha())
        marks = len(_TONOS.findall(word.lower()))
        return len(word) == 1 or (
            not word.isupper() and (marks > 1 or (marks == 0 and len(_SYLLABLES.findall(bare)) > 1))
        )

    return _other_script(cell, wrong)


def _hebrew(cell: str) -> bool:
    return _other_script(
        cell, lambda word: not re.fullmatch("[א-ת]{2,}", word) or bool(re.search("[ךםןףץ].|[כמנפצ]$", word))
    )


def _arabic(cell: str) -> bool:
    return _other_script(
        cell,
        lambda word: (
            not re.fullmatch("[ء-غف-يپچژگ]{2,}", word)
            or bool(re.search("[ىة].|^ء|[ءؤئ]{2}|(?<!^)(?<!ال)(?<![وبلف])إ", word))
        ),
    )


_THAI: Final = re.compile("(?:[เแโใไ]?[ก-ฮ](?:[ัิีึืุู]?[็่้๊๋์]?)[ะาำๅ]?ๆ?)+")


def _thai(cell: str) -> bool:
    runs = re.findall("[\u0e00-\u0e7f]+", cell)
    return not all(_THAI.fullmatch(run) and re.search("[ะ-ูเ-์]", run) for run in runs) or _other_script(
        cell, lambda _: False, marks=True
    )


_NUMBER_SIGN: Final = re.compile(r"(?<![^\W\d_])№(?![A-Za-z])")


def _other_script(cell: str, wrong: Callable[[str], bool], *, marks: bool = False) -> bool:
    """Whether a word in letters that are not Latin is wrong, or a letter of them stands among Latin ones."""
    for word in _WORD.findall(cell):
        high = [not char.isascii() for char in word]
        if any(high) and (not all(high) or wrong(word)):
            return True
    letters = "LM" if marks else "L"
    signs = (match for match in _SIGN.finditer(cell) if unicodedata.category(match[0])[0] not in letters)
    return any(_sign_is_wrong(cell, match.start()) for match in signs if not _NUMBER_SIGN.match(cell, match.start()))


_RUN: Final = re.compile("[^\x00-\x7f]+")


def _wide(frequent: Callable[[str], bool], proof: str = "") -> Callable[[str], bool]:
    """The rule for texts of characters of two bytes.

    Args:
        frequent: whether a character is one that sheets have.
        proof: a pattern that a text of more than two characters has; empty if there is none.
    """

    def wrong(cell: str) -> bool:
        for match in _RUN.finditer(cell):
            run = match[0]
            alone = len(run) == 1 and (cell[match.start() - 1 : match.start()] + cell[match.end() : match.end() + 1])
            if (alone and alone.isalpha()) or not all(map(frequent, run)):
                return True
            if proof and len(run) > 2 and not re.search(proof, run):
                return True
        return False

    return wrong


def _lead(codec: str, *ranges: tuple[int, int], low: int = 0x40) -> Callable[[str], bool]:
    """Whether a character has its first byte in one of these ranges: the part of a table where frequent ones are."""

    def frequent(char: str) -> bool:
        code = char.encode(codec, "replace")
        return len(code) == 2 and code[1] >= low and any(first <= code[0] <= last for first, last in ranges)

    return frequent


PAGES: Final = (
    Page("cp1252", "Western Windows", _latin(_WESTERN)),
    Page("cp1250", "Central European Windows", _latin(_CENTRAL)),
    Page("cp1251", "Cyrillic Windows", _cyrillic),
    Page("cp1253", "Greek Windows", _greek),
    Page("cp1254", "Turkish Windows", _latin(_TURKISH)),
    Page("cp1255", "Hebrew Windows", _hebrew),
    Page("cp1256", "Arabic Windows", _arabic),
    Page("cp1257", "Baltic Windows", _latin(_BALTIC)),
    Page("cp874", "Thai Windows", _thai),
    Page("mac_roman", "Western Mac", _latin(_WESTERN)),
    Page("mac_cyrillic", "Cyrillic Mac", _cyrillic),
    Page("iso8859_2", "Central European", _latin(_CENTRAL)),
    Page("iso8859_5", "Cyrillic", _cyrillic),
    Page("koi8_u", "Cyrillic Unix", _cyrillic),
    Page("cp850", "Western DOS", _latin(_WESTERN), weak=True),
    Page("cp852", "Central European DOS", _latin(_CENTRAL)),
    Page("cp866", "Cyrillic DOS", _cyrillic),
    Page("gbk", "simplified Chinese", _wide(_lead("gbk", (0xA1, 0xA3), (0xB0, 0xD7), low=0xA1)), wide=True),
    Page("big5", "traditional Chinese", _wide(_lead("big5", (0xA1, 0xA2), (0xA4, 0xC6))), wide=True),
    Page("cp932", "Japanese Shift-JIS", _wide(_lead("cp932", (0x81, 0x83), (0x88, 0x97))), wide=True),
    Page("euc_jp", "Japanese EUC", _wide(_lead("euc_jp", (0xA1, 0xA1), (0xA3, 0xA5), (0xB0, 0xCF))), wide=True),
    Page("cp949", "Korean", _wide(_lead("cp949", (0xA1, 0xA1), (0xB0, 0xC8), low=0xA1)), wide=True),
)
"""The encodings that are recognised, or held against each other."""
