"""Text without a mark is read by the one encoding in which it has words, or refused; never read as other words."""

from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.encoding import encoding_of

WORDS = {
    "cp1252": (
        "Köln täglich München Größe Straße Düsseldorf Prüfung Öffentlich Übung Nürnberg Fußball MÜNCHEN",
        "Système Genève Première Forêt Où Français Hôtel Dépôt Noël Modèle Fenêtre Règlement Frère Siège Île Sûr",
        "España Málaga León Año Niño Pingüino Producción Compañía Mañana Jaén Cáceres Río",
        "São Conceição Produção Manhã João Avô Três Você Ligações Irmãs Informática",
        "Perché Città Lunedì Più Caffè Però Università",
        "Malmö Göteborg Åre Gård Båt Västerås Räksmörgås Småland Umeå Örebro Jyväskylä",
        "København Århus Ærø Tromsø Bodø Værk Sønderborg Håndværk Øst Ålborg Færge",
        "Financiën België Coördinatie",
        "Þór Reykjavík Ísafjörður Akureyrarbær",
        "Daily—Full Client’s “Gold” 10€ Gold™ 20° Full–Weekly",
    ),
    "cp1250": (
        "Łódź Gdańsk Kraków Święto Wrocław Poznań Żywiec Dęblin księgowość Bytom_główny",
        "Dvořák Plzeň Příbor Brno_záloha Moře Žižkov účetnictví Město Důl Řepa Čtvrtek Kovář Ústí Třebíč",
        "Győr Székesfehérvár fűtés könyvelés Üzemi Erdő Szőlő Hétvégi Gödöllő tűzfal",
        "Ćosić Kovačić Šibenik Petrović Đakovo Rezervača Čakovec Poreč",
        "Trenčín Košice stĺpec vŕba Žilina Nové_Zámky účtovníctvo Prešov ľan",
    ),
    "cp1251": (
        "Сервер Резерв бухгалтерия СЕРВЕР Москва Ежедневно План Золото Киев Офис база_данных Склад КЛИЕНТ да",
        "Київ Львів резервна щоденна Їжак",
        "София България сървър база Пловдив",
    ),
    "cp1253": ("Διακομιστής Αθήνα Ημερήσιο Θεσσαλονίκη ΑΘΗΝΑ Πελάτης",),
    "cp1254": ("Şişli günlük İzmir Aydın Muğla Işık Eskişehir Çağrı yedekleme_ağı",),
    "cp1255": ("שרת ראשי גיבוי יומי מחלקה ירושלים",),
    "cp1256": ("خادم رئيسي نسخة احتياطية يومي القاهرة",),
    "cp1257": (
        "Vilniaus žąsis Panevėžys Šiauliai namų",
        "Rīga Jūrmala Ķekava Daugavpils_ēka Liepāja",
        "Võru Pärnu Kärdla Jõhvi",
    ),
    "cp874": ("เซิร์ฟเวอร์ สำรอง รายวัน กรุงเทพ",),
    "koi8_r": ("Сервер Резерв бухгалтерия Москва Ежедневно План Золото СЕРВЕР",),
    "cp866": ("Сервер Резерв бухгалтерия Москва Ежедневно",),
    "iso8859_5": ("Сервер Резерв бухгалтерия Москва",),
    "iso8859_2": ("Łódź Gdańsk Kraków Święto ścieżka", "Plzeň Dvořák Příbor Město Žižkov šumava"),
    "mac_cyrillic": ("Сервер Резерв бухгалтерия Москва",),
    "mac_roman": (
        "Köln täglich München Größe Straße",
        "Système Genève Première Forêt Français",
        "España Málaga León",
        "São Conceição",
        "Köln_täglich",
    ),
    "cp850": (
        "Köln täglich München Größe Straße",
        "España Málaga León",
        "Système Genève Première Forêt Français",
    ),
    "cp852": ("Łódź Gdańsk Kraków", "Plzeň Dvořák Příbor Město"),
    "gbk": ("服务器一 备份集 金牌 备份 生产数据库 每日备份 北京 客户 测试 上海 广州 客户端一 财务部 一",),
    "big5": ("伺服器一 備份集 金牌 備份 生產資料庫 每日備份 台北 客戶 財務部 測試",),
    "cp932": ("サーバー一 バックアップ 東京 大阪 本番 検証 データベース 財務部 名古屋 ゴールド",),
    "euc_jp": ("サーバー一 バックアップ 東京 大阪 本番 データベース",),
    "cp949": ("서버일 백업세트 골드 서울 부산 데이터베이스 매일 재무부 고객",),
}
UNSURE = {
    "Rīga Jūrmala Ķekava Daugavpils_ēka Liepāja",  # French has the same letters in the same places
    "Võru Pärnu Kärdla Jõhvi",  # Hungarian, likewise
    "Système Genève Première Forêt Français",  # German, from DOS or from a Mac
}
"""What may not be read alone, from pages other than cp1252."""
LINES = [(codec, line) for codec, lines in WORDS.items() for line in lines]


def content_of(codec: str, words: list[str], end: str = "\n") -> bytes:
    """A CSV file with a row for each of these words."""
    rows = ["clientName,backupsetName,planName", *(f"client001,{word},Gold" for word in words)]
    return (end.join(rows) + end).encode(codec)


def reading(path: Path, content: bytes) -> str:
    """The text of a file, or "" if it is refused with the way out."""
    path.write_bytes(content)
    try:
        encoding, _ = encoding_of(lambda: path.open("rb"), where="it", asked="")
    except SheetError as error:
        return "" if "--encoding" in str(error) else str(error)
    return content.decode(encoding)


@pytest.mark.parametrize(("codec", "line"), LINES)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_some_words_are_enough(tmp_path: Path, codec: str, line: str, end: str) -> None:
    """They are read as they were written, or, if other words have the same bytes, refused."""
    content = content_of(codec, line.split(), end)

    text = reading(tmp_path / "wave.csv", content)

    assert text == content.decode(codec) or (line in UNSURE and not text and codec != "cp1252")


@pytest.mark.parametrize(("codec", "line"), LINES)
def test_a_few_words_are_never_read_as_others(tmp_path: Path, codec: str, line: str) -> None:
    """Each alone, and each with its neighbours: as written, or refused."""
    words = [word for word in line.split() if not word.encode(codec).isascii()]
    for content in [content_of(codec, words[at : at + many]) for many in (1, 2, 3, 6) for at in range(len(words))]:
        try:
            content.decode()
        except UnicodeDecodeError:
            assert reading(tmp_path / "wave.csv", content) in ("", content.decode(codec))


def test_a_refusal_shows_both_readings(tmp_path: Path) -> None:
    """The operator sees at once which one it is, and how to say so."""
    path = tmp_path / "wave.csv"
    path.write_bytes(content_of("cp1250", ["Moře"]))

    with pytest.raises(SheetError) as caught:
        encoding_of(lambda: path.open("rb"), where="it", asked="")

    assert str(caught.value) == (
        'it: it is not UTF-8, and its encoding cannot be known: line 2 has "Moøe" in cp1252 (Western Windows), '
        '"Moře" in cp1250 (Central European Windows): save the sheet as UTF-8, or give its encoding with --encoding'
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("before", [0, 1, 30_000])
def test_the_line_is_right_for_every_line_end(tmp_path: Path, end: str, before: int) -> None:
    """Also where a block ends between CR and LF."""
    path = tmp_path / "wave.csv"
    path.write_bytes(content_of("cp1252", ["FS_1"] * before + ["Köln"], end))

    _, (note,) = encoding_of(lambda: path.open("rb"), where="it", asked="")

    assert f'"Köln" in line {before + 2} ' in note


def test_one_odd_word_among_many_costs_nothing(tmp_path: Path) -> None:
    """A name in a language of its own does not make a file unreadable."""
    words = [word for word in WORDS["cp1252"][1].split() for _ in range(2)]
    content = content_of("cp1252", [f"{word}_{number}" for number, word in enumerate(words)] + ["Ñañdü"])

    assert reading(tmp_path / "wave.csv", content) == content.decode("cp1252")
