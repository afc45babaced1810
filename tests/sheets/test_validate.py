"""Validation: a row is a backup set, or everything that is wrong with it at once."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.commvault.backupset import BackupSet
from bulkprov.sheets.columns import LONGEST_NAME
from bulkprov.sheets.rows import Fault, Record
from bulkprov.sheets.validate import FALSE_WORDS, TRUE_WORDS
from tests.backupsets import FIELDS, checked, checker, trouble


@pytest.mark.parametrize("word", ["True", "TRUE", "yes", "YES", "1", "On", " on "])
def test_words_for_true(word: str) -> None:
    """True, Yes, 1 and On, in any case."""
    want = checked(onDemandBackupset=word)
    assert isinstance(want, BackupSet)
    assert want.on_demand is True


def test_what_is_remembered_of_a_text_is_of_its_column_alone() -> None:
    """A text that is right is checked once in a column; it may be wrong in another, and what is wrong stays wrong."""
    for _ in range(2):
        right = checked(clientName="yes", planName="yes", onDemandBackupset="yes")
        assert isinstance(right, BackupSet)
        assert (right.client, right.plan, right.on_demand) == ("yes", "yes", True)
        assert "onDemandBackupset" in trouble(clientName="Gold", planName="Gold", onDemandBackupset="Gold")
        assert "appName" in trouble(clientName="Gold", planName="Gold", appName="Gold")
        assert "planName" in trouble(planName="?")


@pytest.mark.parametrize("word", ["False", "no", "0", "OFF", "", "  "])
def test_words_for_false(word: str) -> None:
    """False, No, 0 and Off in any case, and nothing at all."""
    want = checked(onDemandBackupset=word)
    assert isinstance(want, BackupSet)
    assert want.on_demand is False


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        *(("WAHR", "FALSCH"), ("Ja", "Nein"), ("VRAI", "FAUX"), ("Oui", "Non"), ("VERDADERO", "FALSO"), ("Sí", "No")),
        *(("SI\u0301", "no"), ("VERDADEIRO", "Não"), ("Sim", "NÃO"), ("VERO", "FALSO"), ("Sì", "no"), ("si", "no")),
        *(("WAAR", "ONWAAR"), ("ja", "nee"), ("SANT", "FALSKT"), ("Ja", "Nej"), ("SAND", "FALSK"), ("SANN", "USANN")),
        *(("TOSI", "EPÄTOSI"), ("Kyllä", "Ei"), ("PRAWDA", "FAŁSZ"), ("Tak", "Nie"), ("PRAVDA", "NEPRAVDA")),
        *(("Ano", "Ne"), ("IGAZ", "HAMIS"), ("Igen", "Nem"), ("DOĞRU", "YANLIŞ"), ("Evet", "Hayır"), ("Да", "Нет")),
        *(("ИСТИНА", "ЛОЖЬ"), ("ΑΛΗΘΗΣ", "ΨΕΥΔΗΣ"), ("Ναι", "Όχι"), ("是", "否"), ("はい", "いいえ"), ("예", "아니요")),
    ],
)
def test_words_of_other_languages(yes: str, no: str) -> None:
    """What spreadsheet programs write for TRUE and FALSE there, and people for yes and no."""
    for word, meant in ((yes, True), (no, False)):
        want = checked(onDemandBackupset=word)
        assert isinstance(want, BackupSet)
        assert want.on_demand is meant


def test_no_word_means_both() -> None:
    """Whichever language a sheet is in."""
    assert not TRUE_WORDS & FALSE_WORDS


@pytest.mark.parametrize(("word", "advice"), [("Y", '"Yes"'), ("Ture", '"True"'), ("maybe", "write True or False")])
def test_a_near_miss_of_a_boolean_gets_a_suggestion(word: str, advice: str) -> None:
    """The fault says what to write."""
    assert advice in trouble(onDemandBackupset=word)


def test_all_faults_of_a_row_are_told_at_once() -> None:
    """Each names its cell, and each stands at its column."""
    faults = checked(clientName=" ", backupsetName="a\tb", appName="Filesystem", onDemandBackupset="maybe")

    assert isinstance(faults, tuple)
    assert [(fault.column, fault.text[:3]) for fault in faults] == [(1, "B7:"), (2, "C7:"), (3, "D7:"), (5, "F7:")]


def test_cells_are_named_with_their_worksheet() -> None:
    """In a workbook a cell is Wave 3!B7."""
    check = checker(FIELDS, sheet_name="Wave 3")

    (fault,) = check(Record(sheet_row=7, cells=("", "", "n", "", "", "", "", "")))  # type: ignore[misc]  # it has a fault

    assert fault.text == "Wave 3!B7: clientName is empty, and every row needs one: fill it in"


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u2003", "\t", "\n", "\u3000"])
def test_outer_white_space_is_trimmed(blank: str) -> None:
    """The no-break kind too: it comes from copying, and nobody means it."""
    assert checked(clientName=f"{blank}c{blank}", backupsetName=f"n{blank}") == BackupSet(client="c", name="n")


def test_names_are_sent_composed() -> None:
    """é is one character on the wire, whichever way it was typed."""
    assert checked(backupsetName="Cafe\u0301") == BackupSet(client="client001", name="Caf\u00e9")


@pytest.mark.parametrize(
    "char",
    [
        *map(chr, range(32)),
        *("\x7f", "\x80", "\x9b", "\ud800", "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u2028", "\ufffe"),
        *("\U0001fffe", "\u3164", "\u00ad", "\ufe0f", "\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_refused(char: str) -> None:
    """Inside a name, the fault says what it is and where."""
    text = trouble(backupsetName=f"FS{char}1")

    assert "at position 3, which is not allowed in a name: retype the name" in text
    assert text.isprintable()


@pytest.mark.parametrize("char", ["\u00a0", "\u2003", "\u3000", "\u202f"])
def test_white_space_that_only_looks_like_a_space_is_refused(char: str) -> None:
    """Nobody who types the name would ever find it again."""
    assert "which only looks like a space" in trouble(clientName=f"client{char}1")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "#N/A",
            "#n/a",
            "#REF!",
            "#DIV/0!",
            "#NAME?",
            "#SPILL!",
            "#GETTING_DATA",
            "#",
            "#####",
            "Err:502",
            "Fehler:508",
        ),
        *("#NV", "#WERT!", "#BEZUG!", "#NOM?", "#¡VALOR!", "#¿NOMBRE?", "#N/D", "#ССЫЛКА!", "#Н/Д", "#ÉRTÉK!", "#I/T"),
    ],
)
def test_what_a_spreadsheet_shows_in_place_of_a_value_is_refused(name: str) -> None:
    """Text that was exported from a sheet has it, and no client is called so."""
    assert f'backupsetName "{name}" is an error that a spreadsheet shows' in trouble(backupsetName=name)
    assert f'planName "{name}" is an error that a spreadsheet shows' in trouble(planName=name)


@pytest.mark.parametrize("name", ["#1", "#1 server!", "#Server1!", "#N/A-2", "Err:", "Err:502x", "#web01", "a#N/A"])
def test_names_that_resemble_an_error_are_names(name: str) -> None:
    """What can be a name is one."""
    assert checked(backupsetName=name) == BackupSet(client="client001", name=name)


@pytest.mark.parametrize(
    "name", ["-", "–", "?", "...", "'", '""', "***", "==", "/", "./.", "(blank)", "(Leer)", "(空白)"]
)
def test_what_stands_for_nothing_is_refused(name: str) -> None:
    """Nothing has that name."""
    assert f'backupsetName "{name}" stands for nothing' in trouble(backupsetName=name)


@pytest.mark.parametrize("name", ["сlient001", "clіent", "ΑBC", "FS_Dаily_1"])
def test_look_alikes_among_latin_letters_are_refused(name: str) -> None:
    """A Cyrillic or Greek letter in a Latin word is named."""
    assert "mixes Latin letters with the look-alike" in trouble(clientName=name)


@pytest.mark.parametrize(
    "name", ["Отдел-1", "Δοκιμή", "日次 バックアップ", "Köln", "Łódź", "R&D <x>", "=1+1", "'q'", "a" * 255]
)
def test_other_scripts_and_signs_are_names(name: str) -> None:
    """Whole words of any script, and whatever punctuation, are sent as they are."""
    assert checked(backupsetName=name) == BackupSet(client="client001", name=name)


def test_a_name_has_a_longest_length() -> None:
    """A pasted paragraph is no name; the fault says how long it is and quotes its beginning only."""
    text = trouble(backupsetName="x" * (LONGEST_NAME + 1))

    assert "has 256 characters; a name may have at most 255" in text
    assert len(text) < 200


def test_damaged_text_is_refused() -> None:
    """The replacement character says that a letter was lost before the sheet came here."""
    assert "a sign of damaged text" in trouble(backupsetName="K\ufffdln")


def test_a_fault_of_reading_stands_for_its_cell() -> None:
    """An error cell is told once, and not as an unknown value as well."""
    found = Fault("Wave!D7: appName is the error #N/A: correct it", 3)

    assert checked((found,), appName="#N/A") == (found,)


def test_a_fault_of_reading_does_not_hide_others() -> None:
    """The other cells of its row are checked all the same."""
    found = Fault("Wave!D7: appName is the error #N/A: correct it", 3)

    faults = checked((found,), appName="#N/A", clientName="")

    assert isinstance(faults, tuple)
    assert [fault.column for fault in faults] == [3, 1]


def test_a_row_that_does_not_fit_its_columns_has_that_fault_only() -> None:
    """Nobody can say which value belongs to which column, so none is judged."""
    found = Fault("row 7 has more cells than the header")

    assert checked((found,), clientName="") == (found,)


@given(st.text())
def test_any_text_is_a_name_that_can_be_sent_or_a_fault_that_can_be_printed(text: str) -> None:
    """A name is composed, trimmed and encodable; a fault is one printable line."""
    want = checked(backupsetName=text)

    if isinstance(want, BackupSet):
        assert want.name == unicodedata.normalize("NFC", text.strip())
        assert want.name.encode()
    else:
        assert all(fault.text.isprintable() for fault in want)


def test_a_hundred_thousand_rows_take_about_a_second() -> None:
    """Checking must not be what a wave waits for (about 0.6 s here; the limit leaves room for a slow machine)."""
    check = checker(FIELDS)
    record = Record(sheet_row=2, cells=("1", "client001", "FS_1", "File System", "", "False", "Gold", ""))
    begun = time.process_time()

    for _ in range(20_000):
        check(record)

    assert time.process_time() - begun < 1.0
