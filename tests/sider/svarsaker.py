"""Answers for the tests of the pages: each a kind of drop that a sender can have made, told by the real rules."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from expectations.regelsett import regler_etter_id
from schemas.avvik import Avvik, Innsendingsstatus, Port, Stopp
from tiltaksflyt.intake.portregler import make_avvik
from tiltaksflyt.pipeline.svarinnhold import describe
from transforms.svar import Filomtale, Kildested, Regelomtale, Svarinnhold

UOVERSATT = "XYZ999"
MAALFORMER = ("nb", "nn")


def avvik(
    regel_id: str, tabell: str | None, kolonne: str | None, rad: int | None = None, nokkel: str | None = None
) -> Avvik:
    """A breach of a real rule at a place."""
    regel = regler_etter_id()[regel_id]
    return Avvik(regel_id, regel.alvorlighet, tabell, rad, rad, nokkel, kolonne, regel.melding, regel.tiltak)


def svar(status: Innsendingsstatus, funn: Iterable[Avvik] = (), **endret: Any) -> Svarinnhold:
    """An answer to a drop of 52 deltakelser, of which `stoppet` are held."""
    funnet = tuple(funn)
    stoppet = endret.get("stoppet", ())
    holdt = len(stoppet)
    regler = {ett.regelId for ett in funnet} | {regel for stopp in stoppet for regel in stopp.regler}
    grunn: dict[str, Any] = {
        "innsending_id": "3f0c9c1e-52b7-4c55-9d5a-0c7a8f6f2f11",
        "avsender": "Fjordbris Vekst AS",
        "maalform": "nb",
        "mottatt": datetime(2026, 3, 2, 7, 15, tzinfo=UTC),
        "status": status,
        "fil": Filomtale(
            storrelse=148_320,
            navn="eksport-2026-03-02.xlsx",
            lest_som="Excel",
            omfang="FULL",
            modus="PROD",
            opprettet=datetime(2026, 3, 2, 6, 58, tzinfo=UTC),
        ),
        "tabeller": {"deltaker": 50, "deltakelse": 52, "plan": 48, "aktivitet": 131, "oppfolging": 402},
        "antall": {"deltakelser": 52, "apne": 47, "godtatt": 52 - holdt, "holdt": holdt, "avvik": len(funnet)},
        "avvik": funnet,
        "stoppet": stoppet,
        "regler": {regel: _describe(regel) for regel in regler},
        "steder": _STEDER,
    }
    return Svarinnhold(**{**grunn, **endret})


def _describe(regel: str) -> Regelomtale:
    return Regelomtale(Port.FIL, "kontrakt") if regel == UOVERSATT else describe(regel)


_STEDER: Mapping[tuple[str, str | None], Kildested] = {
    ("deltaker", "personident"): Kildested(("Deltakere",), ("Fødselsnr",)),
    ("deltakelse", "sluttDato"): Kildested(("Tiltak",), ("Sluttdato",)),
    ("deltakelse", "status"): Kildested(("Tiltak",), ("Status",)),
    ("aktivitet", "tilDato"): Kildested(("Aktiviteter",), ("Til dato",)),
    ("mal", "frist"): Kildested(("Mål", "Delmål"), ("Frist",)),
    ("avtale", "slettefristUker"): Kildested(("Avtaler",), ("Slettefrist (uker)",)),
}

_ADVARSLER = (
    *(avvik("DAT004", "deltakelse", "status", rad, f"T-{rad}") for rad in (5, 6, 7, 8, 19, 41)),
    *(avvik("DAT008", "aktivitet", "tilDato", rad, f"A{rad}") for rad in range(12, 31, 2)),
    *(avvik("PLA010", "mal", "frist", rad) for rad in (3, 4)),
    avvik("TVE008", "deltakelse", "deltakelseId", None, "T-77"),
)
_INFO = (avvik("SKJ012", "deltakelse", "statusGyldigFra"), avvik("TVE002", "oppfolging", None, 90))
_FEIL = (
    *(avvik("IDE001", "deltaker", "personident", rad, f"P-{rad}") for rad in (12, 15, 16, 17, 18, 40)),
    avvik("DAT001", "deltakelse", "sluttDato", 23, "T-23"),
    avvik("KOD001", "deltakelse", "status", 31, "T-31"),
    avvik("SKJ006", "oppfolging", None, 118),
    avvik("TVE003", "oppfolging", "deltakelseId", 220),
    avvik("SLE008", "avtale", "slettefristUker", 4, "AV-4"),
    avvik("PLA001", "plan", "hensikt", 9),
    avvik("PLA001", "plan", "mestringsmal", 9),
)
_STOPPET = (
    *(Stopp(f"T-{rad}", rad, Port.KODER_OG_IDENTER, ("IDE001",)) for rad in (12, 15, 16, 17, 18, 41)),
    Stopp("T-23", 23, Port.I_RADEN, ("DAT001",)),
    Stopp("T-31", 31, Port.KODER_OG_IDENTER, ("KOD001",)),
    Stopp(None, 44, Port.FORM, ("SKJ006",)),
    Stopp("T-90", None, Port.FORM, ("SKJ006", "TVE003")),
    Stopp(None, None, Port.PA_TVERS, ("TVE003",)),
)
_TOMT = {"deltakelser": 0, "apne": 0, "godtatt": 0, "holdt": 0, "avvik": 1}
_LEST_CSV = Filomtale(storrelse=1_234_567, lest_som="CSV, Windows-1252 (oppdaget)")
_UOVERSATT = Avvik(UOVERSATT, make_avvik("FIL009").alvorlighet, None, None, None, None, None, "Ny regel.", "Gjør noe.")


def saker(maalform: str) -> dict[str, Svarinnhold]:
    """Every kind of answer, by name."""
    holdt = svar(Innsendingsstatus.DELVIS_HOLDT, (*_FEIL, *_ADVARSLER, *_INFO), stoppet=_STOPPET, maalform=maalform)
    mange = [
        avvik(regel, tabell, kolonne, rad, f"{tabell}-{rad}")
        for rad in range(2, 127)
        for regel, tabell, kolonne in (
            ("SKJ001", "deltaker", "etternavn"),
            ("IDE002", "deltaker", "personident"),
            ("DAT004", "deltakelse", "status"),
            ("SKJ008", "plan", "hensikt"),
        )
    ]
    return {
        "godtatt": svar(Innsendingsstatus.GODTATT, _INFO, maalform=maalform),
        "advarsler": svar(
            Innsendingsstatus.GODTATT_MED_ADVARSEL,
            (*_ADVARSLER, make_avvik("FIL009", "deltakelse", "kolonne F"), _UOVERSATT),
            maalform=maalform,
        ),
        "holdt": holdt,
        "avvist": svar(
            Innsendingsstatus.AVVIST,
            (make_avvik("FIL010", "deltakelse", "Startdato"),),
            maalform=maalform,
            fil=_LEST_CSV,
            tabeller={},
            antall=_TOMT,
        ),
        "mange": svar(
            Innsendingsstatus.DELVIS_HOLDT,
            mange,
            stoppet=tuple(Stopp(f"T-{rad}", rad, Port.FORM, ("SKJ001", "IDE002")) for rad in range(2, 254)),
            antall={"deltakelser": 300, "apne": 280, "godtatt": 48, "holdt": 252, "avvik": len(mange)},
            maalform=maalform,
        ),
        "ingenting": svar(
            Innsendingsstatus.GODTATT, maalform=maalform, fil=Filomtale(storrelse=12), tabeller={}, antall=_TOMT
        ),
        "langt navn": svar(
            Innsendingsstatus.DELVIS_HOLDT,
            _FEIL,
            stoppet=_STOPPET,
            maalform=maalform,
            avsender=f"Stiftelsen {'arbeidsinkludering' * 12} & <Sønner> AS",
            fil=Filomtale(storrelse=999, navn=f"{'a' * 120}.xlsx", modus="TEST"),
        ),
    }
