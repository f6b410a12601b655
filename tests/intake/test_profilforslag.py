"""`profile suggest` on exports that nobody made to fit: how much is right, that nothing sure is wrong, nothing told."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from schemas.kontrakt import tabeller
from schemas.loader import UgyldigFil
from schemas.oppsett import Profilref
from tests.intake.conftest import MOTTATT, make_ident, write_csv, write_xlsx, write_zip
from tiltaksflyt import intake
from tiltaksflyt.intake import read_drop
from tiltaksflyt.intake.forslag import synonymer as synonymliste
from tiltaksflyt.intake.forslag.forslagsfil import write_suggestion
from tiltaksflyt.intake.forslag.forslagsrapport import report_as_json, report_as_text
from tiltaksflyt.intake.forslag.profilforslag import Profilforslag, is_loadable, suggest_profil
from tiltaksflyt.intake.forslag.synonymer import normal, synonymer
from tiltaksflyt.intake.kart import Profil
from tiltaksflyt.intake.portregler import Avvisning
from tiltaksflyt.intake.profil import build_profil, load_profil
from tiltaksflyt.intake.tilbake import to_source
from tiltaksflyt.intake.uttrykk import Konstant
from tiltaksflyt.syntetisk.demo import DAGER, demo_drops
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import Innsending
from tiltaksflyt.syntetisk.skriving import write_drop

DATO = date(2026, 8, 3)
Kolonne = tuple[str, str]
Feltsted = tuple[str, str]


def suggest(data: bytes, filnavn: str = "eksport") -> Profilforslag:
    return suggest_profil(data, filnavn=filnavn, navn="prove", dato=DATO)


def mappings(forslag: Profilforslag) -> Iterator[tuple[Kolonne, Feltsted, str]]:
    for kilde in forslag.kilder:
        for koblet in kilde.koblinger:
            for kobling in koblet.koblinger:
                yield (kilde.navn, kobling.kolonne.navn), (koblet.tabell, kobling.felt), kobling.sikkerhet.value


def found(forslag: Profilforslag) -> dict[Kolonne, set[Feltsted]]:
    funnet: dict[Kolonne, set[Feltsted]] = {}
    for kolonne, sted, _ in mappings(forslag):
        funnet.setdefault(kolonne, set()).add(sted)
    return funnet


# --- measured against the layouts that ship, their profiles hidden ---


@dataclass(frozen=True)
class Maaling:
    """How many columns of a layout were mapped right, wrong, or not; and wrong ones that were called sure."""

    rett: int
    feil: int
    ukoblet: int
    feil_og_sikker: int


def truth(profil: Profil) -> dict[Kolonne, set[Feltsted]]:
    fasit: dict[Kolonne, set[Feltsted]] = {}
    for kilde in profil.kilder.values():
        for maal in kilde.maal:
            for felt, uttrykk in maal.felter.items():
                assert not isinstance(uttrykk, Konstant)
                for kolonne in uttrykk.kolonner:
                    fasit.setdefault((kilde.navn, kolonne), set()).add((maal.tabell, felt))
    return fasit


def measure(forslag: Profilforslag, fasit: Mapping[Kolonne, set[Feltsted]]) -> Maaling:
    funnet = found(forslag)
    feil = {kolonne for kolonne, steder in funnet.items() if not steder <= fasit.get(kolonne, set())}
    return Maaling(
        rett=len(funnet.keys() - feil),
        feil=len(feil),
        ukoblet=len(fasit.keys() - funnet.keys()),
        feil_og_sikker=sum(nivaa == "SIKKER" and k in feil for k, _, nivaa in mappings(forslag)),
    )


@cache
def _demo(format_: Format) -> Innsending:
    return next(innsending for avsender, innsending in demo_drops(DAGER[1]) if avsender.format is format_)


@cache
def _shipped(format_: Format) -> bytes:
    with TemporaryDirectory() as mappe:
        fil = Path(mappe) / f"eksport.{format_.endelse}"
        write_drop(_demo(format_), format_, fil)
        return fil.read_bytes()


@cache
def _cloud_service() -> bytes:
    """A demo sender's rows as skytjeneste-json has them; a list without rows does not say what fields it has."""
    profil = load_profil("skytjeneste-json", 1)
    dekning = profil.dekning()
    rader: dict[str, list[dict[str, str]]] = {}
    for tabell, rad in _demo(Format.XLSX).rader():
        if tabell in dekning:
            tekst = {n: "|".join(v) if isinstance(v, list) else str(v) for n, v in rad.items() if n in dekning[tabell]}
            rader.setdefault(tabell, []).append(
                {n: v.lower() if v in ("True", "False") else v for n, v in tekst.items()}
            )
    for rad in rader["deltakelse"]:
        rad.pop("tiltaksnummer", None)
    kilder = to_source(profil, rader)
    lister = {navn: [dict(zip(hode, rad, strict=True)) for rad in liste] for navn, (hode, liste) in kilder.items()}
    return json.dumps({"export": {"id": 1}, **lister}, ensure_ascii=False).encode()


def test_a_spreadsheet_that_ships_is_found_but_for_what_no_single_column_holds() -> None:
    profil = load_profil("regneark-arena", 1)
    forslag = suggest(_shipped(Format.XLSX))
    assert measure(forslag, truth(profil)) == Maaling(rett=172, feil=0, ukoblet=2, feil_og_sikker=0)
    # Two columns put together are a person's to see.
    ukoblet = {kolonne for _, kolonne in truth(profil).keys() - found(forslag).keys()}
    assert ukoblet == {"Tiltaksår", "Tiltaksløpenr"}


def test_a_zip_of_csv_that_ships_is_found() -> None:
    forslag = suggest(_shipped(Format.CSV_ZIP))
    assert measure(forslag, truth(load_profil("fagsystem-vekst", 1))) == Maaling(177, 0, 0, 0)
    # A file without æ, ø or å may be of any encoding, so none is declared for them all.
    assert (forslag.lest.tegnsett, forslag.lest.skilletegn) == (None, ";")
    assert forslag.notasjon.desimaltegn == ","
    assert (forslag.notasjon.sann, forslag.notasjon.usann) == ((), ())


def test_a_layout_whose_words_are_not_in_the_list_is_mostly_found_and_never_surely_wrong() -> None:
    """skytjeneste-json was written after the word list, and the list was not changed for it."""
    forslag = suggest(_cloud_service())
    maaling = measure(forslag, truth(load_profil("skytjeneste-json", 1)))
    assert maaling == Maaling(rett=139, feil=0, ukoblet=41, feil_og_sikker=0)


@pytest.mark.parametrize("kilde", ["xlsx", "zip", "json"])
def test_what_is_proposed_loads_and_the_door_reads_the_file_by_it(kilde: str, tmp_path: Path, avsender: Any) -> None:
    data = {
        "xlsx": lambda: _shipped(Format.XLSX),
        "zip": lambda: _shipped(Format.CSV_ZIP),
        "json": _cloud_service,
    }[kilde]()
    forslag = suggest(data)
    innhold = write_suggestion(forslag)
    assert is_loadable(innhold)
    assert forslag.savner == ()
    fil = tmp_path / "profiler" / "prove" / "1.yaml"
    fil.parent.mkdir(parents=True)
    fil.write_text(innhold, encoding="utf-8")
    assert load_profil("prove", 1, fil.parents[1]).dekning().keys() >= {"deltaker", "deltakelse", "plan", "vurdering"}
    innsender = avsender(profil=Profilref("prove", 1, fil.parents[1]))
    lesing = read_drop(data, filnavn="eksport", avsender=innsender, mottatt=MOTTATT, modus="TEST")
    assert not lesing.avvist
    for tabell in ("deltaker", "deltakelse"):
        assert len(lesing.tabeller[tabell]) >= 15
    # Codes that the list has no word for are told, as they are in the proposal; nothing else is unreadable.
    assert set(lesing.problemer["kode"]) <= {"UOVERSATT_KODE", "UKJENT_KODE"}


# --- a workbook as an arrangør keeps it: title-cased, abbreviated, with columns that nobody reports ---

NAVN = [
    ("Nordahl", "Vår"),
    ("Fjellmo", "Signe Alvhild"),
    ("Øyhaug", "Trym"),
    ("Kvislo", "Runar"),
    ("Sandlien", "Eldbjørg"),
]


def _messy() -> dict[str, list[list[Any]]]:
    personer = [
        [
            100 + nr, etternavn, fornavn, make_ident(nr), f"4{nr}000000", f"{fornavn.split()[0].lower()}@eksempel.test",
            "TEST Nav Eksempelbyen", "9703", "Wenche Wiersholm", "AFT", f"0{nr + 1}.02.2026", f"1{nr}.02.2026",
            "10.02.2027", "", "", ["I tiltak", "Innsøkt", "I tiltak", "Permittert", "Permittert"][nr], "Nei",
            "Jonas Kirkebø", f"Liker hund {nr}", "XL",
        ]
        for nr, (etternavn, fornavn) in enumerate(NAVN)
    ]  # fmt: skip
    hode = [
        "Delt. nr", "Etternavn", "Fornavn", "Fnr. (11 siffer)", "Mob.nr.", "E-POST", "NAV-kontor", "Enhetsnr.",
        "Saksbeh. NAV", "Tiltakstype", "Bestilt dato", "Oppstartsdato", "Forventet sluttdato", "Avsluttet dato",
        "Årsak til avslutning", "Status:", "Kode 6/7", "Jobbkonsulent", "Merknad", "T-skjorte",
    ]  # fmt: skip
    return {
        "AFT 2026": [hode, *personer],
        "Jonas Kirkebø": [["Nordahl", "Fjellmo"], ["x", "y"]],
        "Fraværsliste": [
            ["Saksnr", "Første dag", "Siste dag", "Fraværskode", "Antall timer"],
            ["S-1", "02.03.2026", "03.03.2026", "Egenmelding", "7,5"],
            ["S-2", "04.03.2026", "04.03.2026", "Ikke møtt", "7,5"],
        ],
    }


def test_a_workbook_that_nobody_made_to_fit() -> None:
    forslag = suggest(write_xlsx(_messy()))
    fasit = {
        "Delt. nr": "deltakerId", "Etternavn": "etternavn", "Fornavn": "fornavn", "Fnr. (11 siffer)": "personident",
        "Mob.nr.": "telefonnummer", "E-POST": "epost", "NAV-kontor": "navKontorNavn", "Enhetsnr.": "navEnhet",
        "Tiltakstype": "tiltakskode", "Bestilt dato": "bestillingSendt", "Oppstartsdato": "startDato",
        "Forventet sluttdato": "planlagtSluttDato", "Avsluttet dato": "sluttDato", "Årsak til avslutning": "aarsak",
        "Status:": "status", "Kode 6/7": "adressebeskyttelse", "Jobbkonsulent": "veileder",
    }  # fmt: skip
    funnet = {navn: {felt for _, felt in steder} for (ark, navn), steder in found(forslag).items() if ark == "AFT 2026"}
    assert {navn: felter for navn, felter in funnet.items() if felter != {fasit.get(navn)}} == {}
    # What stands too short or too mixed for any list is left to the person.
    assert fasit.keys() - funnet.keys() == {"Mob.nr."}
    sikkerhet = {navn: nivaa for (_, navn), _, nivaa in mappings(forslag)}
    assert (sikkerhet["Delt. nr"], sikkerhet["Fnr. (11 siffer)"]) == ("GJETT", "TROLIG")
    assert Counter(sikkerhet.values())["SIKKER"] == 17
    assert forslag.savner == ()
    assert is_loadable(write_suggestion(forslag))


def _told(forslag: Profilforslag) -> str:
    """Everything that a proposal writes or prints."""
    rapport = json.dumps(report_as_json(forslag, lastbar=True), ensure_ascii=False)
    return "\n".join((write_suggestion(forslag), rapport, report_as_text(forslag, lastbar=True)))


def test_nothing_personal_is_told() -> None:
    ark = _messy()
    fortalt = _told(suggest(write_xlsx(ark), "Vår Nordahl.xlsx"))
    verdier = {str(celle) for rad in ark["AFT 2026"][1:] for celle in rad[:10]} - {"AFT", "9703"}
    verdier |= {"Nordahl", "Vår", "Jonas", "Kirkebø", "Wiersholm", "Liker hund"}
    assert {verdi for verdi in verdier if len(verdi) > 2 and verdi in fortalt} == set()
    assert "tabell nr. 2" in fortalt


PERSON = {
    "Deltakernr": "7",
    "Fødselsnummer": make_ident(3),
    "Fornavn": "Ola",
    "Etternavn": "Sandlien",
    "NAV-enhet": "9703",
}


def _one_table(**kolonner: list[str]) -> bytes:
    """A CSV of persons with more columns; as many rows as these have cells."""
    antall = len(next(iter(kolonner.values())))
    rader = [[*[v if n != "Deltakernr" else str(i) for n, v in PERSON.items()], *(k[i] for k in kolonner.values())]
             for i in range(antall)]  # fmt: skip
    return write_csv([[*PERSON, *kolonner], *rader])


@pytest.mark.parametrize(
    ("ord_", "vises"),
    [
        (["Permittert", "Permittert", "Aktiv", "Aktiv"], {"Permittert"}),
        (["Permittert", "Kun en gang", "Aktiv", "Permittert"], {"Permittert"}),  # one row only
        (["Ola", "Ola", "Aktiv", "Aktiv"], set()),  # a name in another column
        (["Kari Storbråten", "Kari Storbråten", "Pause", "Pause"], set()),  # one like a person hides them all
        (["Pause 12345678", "Pause 12345678", "Pause", "Pause"], set()),
        (["01.02.2026", "01.02.2026", "Aktiv", "Aktiv"], set()),
        (["Ringte mor og avtalte nytt møte", "Ringte mor og avtalte nytt møte", "Aktiv", "Aktiv"], set()),
        (["17", "17", "Aktiv", "Aktiv"], set()),
    ],
)
def test_a_word_to_translate_is_told_only_when_it_can_be_nobodys(ord_: list[str], vises: set[str]) -> None:
    data = _one_table(Tiltakstype=["AFT"] * 4, Deltakerstatus=ord_, Oppstart=["01.02.2026"] * 4)
    forslag = suggest(data)
    koder = forslag.koder.get(("deltakelse", "status"))
    assert set(koder.ukjente if koder else ()) == vises
    fortalt = _told(forslag)
    assert [ett for ett in set(ord_) - vises - {"Aktiv", "Pause"} if ett in fortalt] == []
    if koder and len(set(ord_)) - len(koder.oversatt) > len(vises):
        assert koder.skjulte_rader
        assert f"se rad {koder.skjulte_rader[0]}" in fortalt


def test_a_file_without_a_header_tells_nothing_of_its_first_line() -> None:
    rader = [[str(nr), make_ident(nr), fornavn, etternavn, "9703"] for nr, (etternavn, fornavn) in enumerate(NAVN)]
    forslag = suggest(write_csv(rader))
    assert forslag.kilder == ()
    assert forslag.savner == (("deltaker", ""), ("deltakelse", ""))
    fortalt = _told(forslag)
    assert not [verdi for rad in rader for verdi in rad[1:4] if verdi in fortalt]
    assert not is_loadable(write_suggestion(forslag))


@pytest.mark.parametrize("navn", ["Sandlien", "Eldbjørg Sandlien", "Eldbjørg", make_ident(4), "41000000", "03.04.1990"])
def test_a_heading_that_may_be_a_person_is_told_by_its_place(navn: str) -> None:
    fortalt = _told(suggest(_one_table(**{"Tiltakstype": ["AFT"], "Status": ["Deltar"], navn: ["x"]})))
    assert navn not in fortalt
    assert "kolonne 8 (H)" in fortalt


def test_a_heading_that_nobody_is_called_is_told_by_name() -> None:
    fortalt = _told(suggest(_one_table(Tiltakstype=["AFT"], Status=["Deltar"], Tiltaksmerknad=["x"])))
    assert "«Tiltaksmerknad»" in fortalt


# --- how the sender writes ---


@pytest.mark.parametrize(
    ("datoer", "formater", "merknad"),
    [
        (["01.02.2026", "1.3.2026"], (), ""),
        (["2026-02-01", "2026-03-01"], (), ""),
        (["2026-02-01", "01.03.2026"], (), ""),
        (["20260201", "20260301"], ("yyyymmdd",), ""),
        (["13/02/2026", "01/03/2026"], ("dd/mm/yyyy",), ""),
        (["12/02/2026", "01/03/2026"], ("dd/mm/yyyy",), "måneden først"),
        (["01.02.2026", "01-02-2026", "01.03.2026"], ("dd.mm.yyyy", "dd-mm-yyyy"), ""),
        (["01.02.26", "01.03.26"], (), "2 datoer er skrevet slik"),
    ],
)
def test_the_date_format_is_found_out(datoer: list[str], formater: tuple[str, ...], merknad: str) -> None:
    n = len(datoer)
    forslag = suggest(_one_table(Tiltakstype=["AFT"] * n, Status=["Deltar"] * n, Startdato=datoer))
    assert ("deltakelse", "startDato") in {sted for _, sted, _ in mappings(forslag)}
    assert forslag.notasjon.datoformat == formater
    assert merknad in " ".join(forslag.merknader)
    assert is_loadable(write_suggestion(forslag))


@pytest.mark.parametrize(
    ("navn", "form"),
    [("Sandlien, Eldbjørg", "ETTERNAVN_KOMMA_FORNAVN"), ("Eldbjørg Sandlien", "FORNAVN_ETTERNAVN")],
)
def test_a_whole_name_in_one_column_is_split(navn: str, form: str) -> None:
    hode = ["Deltakernr", "Fnr", "Navn", "Enhetsnr", "Tiltakstype", "Status"]
    forslag = suggest(write_csv([hode, ["1", make_ident(5), navn, "9703", "AFT", "Deltar"]]))
    dokument = yaml.safe_load(write_suggestion(forslag))
    (kilde,) = dokument["tabeller"].values()
    assert kilde["til"]["deltaker"]["fornavn"] == {"navn": "Navn", "del": "fornavn", "form": form}
    assert kilde["til"]["deltaker"]["etternavn"] == {"navn": "Navn", "del": "etternavn", "form": form}
    assert forslag.savner == ()


def test_a_single_file_is_called_by_the_contract_and_found_by_its_header(avsender: Any, tmp_path: Path) -> None:
    hode = ["Deltakernr", "Fnr", "Fornavn", "Etternavn", "Enhetsnr", "Tiltakstype", "Status", "Gradering"]
    data = write_csv([hode, ["1", make_ident(5), "Ola", "Sandlien", "9703", "AFT", "Deltar", "Ugradert"]], skille="\t")
    forslag = suggest(data, "eksport 2026-03-02 (Ola).csv")
    innhold = write_suggestion(forslag)
    assert 'skilletegn: "\\t"' in innhold
    assert list(yaml.safe_load(innhold)["tabeller"]) == ["deltaker"]
    fil = tmp_path / "prove" / "1.yaml"
    fil.parent.mkdir()
    fil.write_text(innhold, encoding="utf-8")
    innsender = avsender(profil=Profilref("prove", 1, tmp_path))
    lesing = read_drop(data, filnavn="annet navn.csv", avsender=innsender, mottatt=MOTTATT, modus="TEST")
    assert (lesing.avvist, len(lesing.tabeller["deltaker"]), len(lesing.tabeller["deltakelse"])) == (False, 1, 1)


# --- neighbours, and what is left out ---


def test_a_key_that_nobody_can_name_is_found_by_its_numbers() -> None:
    tiltak = [["Deltakernr", "Tiltaksløp", "Tiltakstype", "Status", "Startdato"]]
    tiltak += [[f"{nr}", f"T-{nr}", "AFT", "Deltar", "01.02.2026"] for nr in range(4)]
    fravaer = [["Referanse X", "Første dag", "Siste dag", "Type"]]
    fravaer += [[f"T-{nr}", "02.03.2026", "03.03.2026", "Meldt"] for nr in range(4)]
    filer = {"Tiltak.csv": write_csv(tiltak), "Fravær.csv": write_csv(fravaer)}
    funnet = {(kolonne, sted, nivaa) for kolonne, sted, nivaa in mappings(suggest(write_zip(filer)))}
    assert (("Fravær", "Referanse X"), ("fravaer", "deltakelseId"), "TROLIG") in funnet
    filer["Fravær.csv"] = write_csv([[celle.replace("T-", "Q-") for celle in rad] for rad in fravaer])
    assert ("Fravær", "Referanse X") not in found(suggest(write_zip(filer)))


def test_a_table_that_lacks_what_is_required_is_shown_and_not_in_the_profile() -> None:
    filer = {
        "Deltakere.csv": _one_table(Tiltakstype=["AFT"], Status=["Deltar"]),
        "Fravær.csv": write_csv([["Første dag", "Siste dag", "Type"], ["02.03.2026", "03.03.2026", "Meldt"]]),
    }
    forslag = suggest(write_zip(filer))
    innhold = write_suggestion(forslag)
    assert list(yaml.safe_load(innhold)["tabeller"]) == ["Deltakere"]
    assert "#         # MANGLER: deltakelseId er påkrevd" in innhold
    assert is_loadable(innhold)
    assert report_as_json(forslag, lastbar=True)["tabeller"][1]["mangler"] == [
        {"tabell": "fravaer", "felt": "deltakelseId"}
    ]


def test_no_column_is_ever_declared_unused() -> None:
    profil = yaml.safe_load(write_suggestion(suggest(write_xlsx(_messy()))))
    assert "ubrukteTabeller" not in profil
    assert all("ubrukteKolonner" not in kilde for kilde in profil["tabeller"].values())


def test_what_is_required_and_missing_is_told() -> None:
    hode = ["Deltakernr", "Fnr", "Fornavn", "Tiltakstype", "Status"]
    forslag = suggest(write_csv([hode, ["1", make_ident(5), "Ola", "AFT", "Deltar"]]))
    assert set(forslag.savner) == {("deltaker", "etternavn"), ("deltaker", "navEnhet")}
    assert not is_loadable(write_suggestion(forslag))
    assert "MANGLER deltaker.etternavn" in report_as_text(forslag, lastbar=False)


def test_a_fodselsnummer_is_never_proposed_as_the_key() -> None:
    hode = ["Deltakernr", "Fornavn", "Etternavn", "Enhetsnr", "Tiltakstype", "Status"]
    rader = [
        [make_ident(nr), fornavn, etternavn, "9703", "AFT", "Deltar"] for nr, (etternavn, fornavn) in enumerate(NAVN)
    ]
    forslag = suggest(write_csv([hode, *rader]))
    assert found(forslag)["deltaker", "Deltakernr"] == {("deltaker", "personident")}
    assert ("deltaker", "deltakerId") in forslag.savner
    assert any("eget nummer" in merknad for merknad in forslag.merknader)


# --- formats ---

RADER = {
    "deltakere": [
        {"deltakerId": "1", "fnr": make_ident(5), "fornavn": "Ola", "etternavn": "Sandlien", "navEnhet": "9703"}
    ],
    "deltakelser": [{"deltakelseId": "L1", "deltakerId": "1", "tiltakskode": "AFT", "status": "DELTAR"}],
}


def _xml() -> bytes:
    lister = "".join(
        f"<{navn}>"
        + "".join("<rad>" + "".join(f"<{f}>{v}</{f}>" for f, v in r.items()) + "</rad>" for r in rader)
        + f"</{navn}>"
        for navn, rader in RADER.items()
    )
    return f"<innsending>{lister}</innsending>".encode()


def _jsonl() -> bytes:
    return "\n".join(json.dumps({"tabell": navn, **rad}) for navn, rader in RADER.items() for rad in rader).encode()


@pytest.mark.parametrize(
    ("data", "format_"),
    [
        (json.dumps({"versjon": "3.1", "meta": {"a": {"b": 1}}, **RADER}).encode(), "JSON"),
        (_jsonl(), "JSONL"),
        (_xml(), "XML"),
        (write_xlsx({navn: [list(rader[0]), list(rader[0].values())] for navn, rader in RADER.items()}), "XLSX"),
        (write_zip({f"{n}.csv": write_csv([list(r[0]), list(r[0].values())]) for n, r in RADER.items()}), "ZIP_CSV"),
    ],
    ids=["json", "jsonl", "xml", "xlsx", "zip"],
)
def test_every_format_that_the_door_reads_is_proposed_for(data: bytes, format_: str) -> None:
    forslag = suggest(data)
    assert {sted for _, sted, _ in mappings(forslag)} == {
        *(("deltaker", felt) for felt in ("deltakerId", "personident", "fornavn", "etternavn", "navEnhet")),
        *(("deltakelse", felt) for felt in ("deltakelseId", "deltakerId", "tiltakskode", "status")),
    }
    innhold = write_suggestion(forslag)
    assert is_loadable(innhold)
    assert build_profil(yaml.safe_load(innhold)).format == format_


@pytest.mark.parametrize(("data", "regel"), [(b"", "FIL004"), (b"{", "FIL002"), (b"<!DOCTYPE x><x/>", "FIL003")])
def test_what_the_door_refuses_is_refused(data: bytes, regel: str) -> None:
    with pytest.raises(Avvisning) as nei:
        suggest(data)
    assert nei.value.regel_id == regel


# --- the word list ---


def test_the_word_list_is_wide_and_gives_no_word_to_two() -> None:
    ord_ = synonymer()
    for navn, tabell in tabeller().items():
        assert ord_.tabeller[navn]
        assert set(ord_.felter[navn].values()) == set(tabell.felter), navn
    assert sum(map(len, ord_.felter.values())) > 1000
    assert {ord_.felter["deltaker"][normal(ett)] for ett in ("fnr", "Personnummer", "FØDSELS-NR.")} == {"personident"}
    assert {normal(ett) for ett in ("jobbsøker", "kandidat", "bruker", "klient")} <= ord_.tabeller["deltaker"]


@pytest.mark.parametrize(
    ("innhold", "grunn"),
    [
        ({"felter": {"deltaker": {"fornavn": ["etternavn"]}}}, "already belongs to"),
        ({"felter": {"deltaker": {"hobby": ["hobby"]}}}, "no such field"),
        ({"koder": {"maltype": {"HOBBY": ["hobby"]}}}, "not a code of maltype"),
    ],
)
def test_a_faulty_word_list_is_refused(monkeypatch: pytest.MonkeyPatch, innhold: dict[str, Any], grunn: str) -> None:
    tomt: dict[str, Any] = {"tabeller": {}, "felles": {}, "felter": {}, "heleNavn": [], "omregnes": {}, "koder": {}}
    ordliste = {**tomt, "skrivemater": {}, "andreOrd": [], "sanne": [], "usanne": [], **innhold}
    ekte = synonymliste.read_portdata
    monkeypatch.setattr(synonymliste, "read_portdata", lambda navn: ordliste if navn == "synonymer" else ekte(navn))
    with pytest.raises(UgyldigFil, match=grunn):
        synonymer.__wrapped__()


def test_the_door_knows_nothing_of_suggestions() -> None:
    """A synonym is a proposal to a person; a drop is read by its profile alone."""
    doren = Path(intake.__file__).parent
    moduler = {fil.name: fil.read_text(encoding="utf-8") for fil in doren.glob("*.py")}
    assert {"drop.py", "avbildning.py", "profil.py"} <= moduler.keys()
    assert [navn for navn, tekst in moduler.items() if "forslag" in tekst] == []
