"""What a sender is told of a real export: in its own words for places, and never what stands in the rows."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import pytest

from expectations.porter import gate
from expectations.regelsett import regler_etter_id
from schemas.avvik import Innsendingsstatus, Port, Stopp
from schemas.oppsett import Avsender, load_avsender, load_mottakere
from tests.pipeline.saker import document, running
from tiltaksflyt.intake.profil import profile_of
from tiltaksflyt.pipeline.svarinnhold import make_svarinnhold, render_files
from tiltaksflyt.pipeline.validering import default_sender
from tiltaksflyt.pipeline.vurdering import Vurdering, assess
from tiltaksflyt.syntetisk.feil import VANLIGE_RATER
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import Rad, generate
from tiltaksflyt.syntetisk.oppsett import write_recipients, write_sender_setup
from tiltaksflyt.syntetisk.skriving import write_drop
from transforms.kalender import OSLO
from transforms.svar import Svarinnhold

DATO = date(2026, 5, 20)
NAA = datetime(2026, 5, 20, 9, 30, tzinfo=OSLO)
AVTALT = "eksport-2026-05-20.xlsx"


@dataclass(frozen=True)
class Eksport:
    """A sender's workbook with ordinary faults in it, what it holds, and the verdict on it."""

    avsender: Avsender
    data: bytes
    rader: tuple[tuple[str, Rad], ...]
    vurdering: Vurdering

    def svar(self, filnavn: str = AVTALT) -> Svarinnhold:
        return make_svarinnhold(
            self.vurdering,
            self.avsender,
            innsending_id="8b3b2d1a-9b1e-4f0e-9a59-9d1f8e9a7f10",
            storrelse=len(self.data),
            filnavn=filnavn,
            mottatt=NAA,
        )

    def files(self) -> Mapping[str, bytes]:
        return {navn: data for navn, _, data in render_files(self.svar())}


@pytest.fixture(scope="module")
def eksport(tmp_path_factory: pytest.TempPathFactory) -> Eksport:
    katalog = tmp_path_factory.mktemp("eksport")
    (innsending,) = generate(11, 60, DATO, arrangorer=1, rater=VANLIGE_RATER)
    write_drop(innsending, Format.XLSX, katalog / AVTALT)
    avsender = load_avsender(write_sender_setup(innsending.arrangor, Format.XLSX, date(2026, 1, 1), katalog))
    mottakere = load_mottakere(write_recipients(katalog))
    data = (katalog / AVTALT).read_bytes()
    vurdering = assess(
        data, filnavn=AVTALT, avsender=avsender, mottakere=mottakere, modus="TEST", mottatt=NAA, asof=DATO
    )
    assert vurdering.status is Innsendingsstatus.DELVIS_HOLDT
    return Eksport(replace(avsender, filnavn=r"eksport-[0-9-]{10}\.xlsx"), data, tuple(innsending.rader()), vurdering)


def test_places_are_those_of_the_senders_own_workbook(eksport: Eksport) -> None:
    profil = profile_of(eksport.avsender)
    ark = {kilde.navn: set(kilde.kolonner) for kilde in profil.kilder.values()}
    svar = eksport.svar()
    kjente = [sted for avvik in svar.avvik if avvik.rad and (sted := svar.sted(avvik))]
    assert kjente
    for sted in kjente:
        assert set(sted.tabeller) <= ark.keys()
        assert set(sted.kolonner) <= set().union(*(ark[navn] for navn in sted.tabeller))


def test_every_held_deltakelse_is_told_where_it_stopped(eksport: Eksport) -> None:
    assert len(eksport.vurdering.stoppet) == len(eksport.vurdering.holdte) == eksport.vurdering.antall["holdt"] > 2
    rekke = list(Port)
    for stopp, utfall in zip(eksport.vurdering.stoppet, eksport.vurdering.holdte, strict=True):
        porter = [gate(regler_etter_id()[regel]) for regel in stopp.regler]
        assert stopp.port in porter
        assert all(rekke.index(stopp.port) <= rekke.index(port) for port in porter)
        assert stopp.deltakelse_id == utfall.deltakelse_id
        assert stopp.rad is not None
        assert stopp.rad >= 2  # below the header


def test_what_was_received_is_told(eksport: Eksport) -> None:
    svar = eksport.svar()
    assert svar.fil.lest_som == "Excel"
    assert svar.fil.storrelse == len(eksport.data)
    assert svar.fil.opprettet is None  # the workbook does not say
    antall = sum(1 for tabell, _ in eksport.rader if tabell == "oppfolging")
    assert svar.tabeller["oppfolging"] == antall > 0


@pytest.mark.parametrize(
    ("navn", "gjengis"),
    [
        (AVTALT, True),
        ("Fornavn Etternavn.xlsx", False),
        ("eksport-2026-05-20.xlsx.exe", False),
        ("mappe/eksport-2026-05-20.xlsx", False),
        ("", False),
    ],
)
def test_only_a_file_name_of_the_form_agreed_on_is_repeated(eksport: Eksport, navn: str, gjengis: bool) -> None:
    assert (eksport.svar(navn).fil.navn == navn) is gjengis


def test_a_file_name_is_not_repeated_where_nothing_is_agreed_or_it_looks_like_a_person(eksport: Eksport) -> None:
    assert replace(eksport, avsender=replace(eksport.avsender, filnavn=None)).svar().fil.navn is None
    alt = replace(eksport, avsender=replace(eksport.avsender, filnavn=".*"))
    assert alt.svar("15819010029.xlsx").fil.navn is None


def test_no_file_of_the_answer_holds_a_value_from_a_row(eksport: Eksport) -> None:
    verdier = {
        str(verdi)
        for tabell, rad in eksport.rader
        for felt, verdi in rad.items()
        if felt in ("personident", "epost", "telefonnummer") or (tabell, felt) in _TEKSTER
    }
    navn = {f"{rad['fornavn']} {rad['etternavn']}" for tabell, rad in eksport.rader if tabell == "deltaker"}
    assert len(verdier | navn) > 300
    for filnavn, data in eksport.files().items():
        tekst = data.decode() if not filnavn.endswith("xlsx") else _unpacked(data)
        assert [verdi for verdi in verdier | navn if verdi in tekst] == [], filnavn


_TEKSTER = {("plan", "hensikt"), ("plan", "yrkesmal"), ("vurdering", "statusOgFramdrift"), ("mal", "beskrivelse")}


def _unpacked(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as arkiv:
        return "".join(arkiv.read(navn).decode() for navn in arkiv.namelist())


@pytest.mark.parametrize("innhold", [b"", b"PK\x03\x04 not a workbook", b"\x00\x01\x02"])
def test_a_refused_file_has_every_file_of_the_answer_in_the_senders_maalform(innhold: bytes) -> None:
    avsender = replace(default_sender("300090109", "TEST"), maalform="nn")
    vurdering = assess(innhold, filnavn="x", avsender=avsender, mottakere={}, modus="TEST", mottatt=NAA, asof=DATO)
    svar = make_svarinnhold(vurdering, avsender, innsending_id="x", storrelse=0, filnavn="x", mottatt=NAA)
    filer = {navn: data for navn, _, data in render_files(svar)}
    assert set(filer) == {"kvittering.json", "kvittering.html", "avvik.csv", "avvik.xlsx"}
    assert "Fila kan ikkje brukast" in filer["kvittering.html"].decode()
    assert json.loads(filer["kvittering.json"])["avvik"][0]["melding"].startswith("Fila ")


def test_an_id_that_could_be_a_persons_gives_way_to_its_row() -> None:
    drop = document(DATO, [running(1, date(2026, 5, 1))])
    rad = drop["deltakelse"][0] | {"deltakelseId": "Ola Nordmann 1", "sluttDato": "2020-01-01"}
    data = json.dumps(drop | {"deltakelse": [rad]}).encode()
    avsender = default_sender(drop["innsending"]["arrangorOrgnr"], "TEST")
    vurdering = assess(data, filnavn="x.json", avsender=avsender, mottakere={}, modus="TEST", mottatt=NAA, asof=DATO)
    assert [(stopp.deltakelse_id, stopp.rad) for stopp in vurdering.stoppet] == [(None, 1)]
    svar = make_svarinnhold(vurdering, avsender, innsending_id="x", storrelse=9, filnavn="x.json", mottatt=NAA)
    assert svar.fil.opprettet == datetime.fromisoformat(drop["innsending"]["opprettet"])
    assert all(b"Nordmann" not in innhold for _, _, innhold in render_files(svar))


def test_a_deltakelse_stops_at_the_first_gate_that_it_does_not_come_through() -> None:
    drop = document(DATO, [running(1, date(2026, 5, 1)) | {"sluttDato": "2020-01-01"}])
    drop["deltaker"][0]["etternavn"] = ""
    avsender = default_sender(drop["innsending"]["arrangorOrgnr"], "TEST")
    vurdering = assess(
        json.dumps(drop).encode(), filnavn="x", avsender=avsender, mottakere={}, modus="TEST", mottatt=NAA, asof=DATO
    )
    assert vurdering.stoppet == (Stopp("D1", 1, Port.FORM, ("SKJ001", "DAT001")),)
