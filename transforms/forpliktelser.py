"""What is owed for one deltakelse, when, and how it stands on a given day."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count, takewhile
from typing import Any

from schemas.regelverk import Regelverk
from schemas.regelverk import regelverk as find_regelverk
from transforms.forlengelser import number_extensions
from transforms.kalender import add_months, add_virkedager
from transforms.poster import Deltakelsespost, Rad, read_dato
from transforms.sletting import ALDRI_REELL, AVSLUTTET, last_kept_day

VIRKEDAGER_TIL_SENDING = 2
UNNTAK = "UNNTAK"
_STARTET = frozenset({"DELTAR", "HAR_SLUTTET", "AVBRUTT", "FULLFORT"})
_IKKE_STARTET = frozenset({"VENTER_PA_OPPSTART"})


class Forpliktelsestype(StrEnum):
    """The duties that have a deadline, in the order they usually fall due (beslutninger 27)."""

    BEKREFT_BESTILLING = "BEKREFT_BESTILLING"
    OPPSTARTSAMTALE = "OPPSTARTSAMTALE"
    PLAN = "PLAN"
    HOSPITERING = "HOSPITERING"
    PERIODERAPPORT = "PERIODERAPPORT"
    FORLENGELSE = "FORLENGELSE"
    SLUTTRAPPORT = "SLUTTRAPPORT"
    ETTERRAPPORT = "ETTERRAPPORT"
    SLETTING = "SLETTING"


class Forpliktelsesstatus(StrEnum):
    """How a duty stands. Held is a flag with a reason beside it, never a status (beslutninger 16)."""

    KOMMENDE = "KOMMENDE"
    SNART = "SNART"
    FORFALT = "FORFALT"
    LEVERT_I_TIDE = "LEVERT_I_TIDE"
    LEVERT_FOR_SENT = "LEVERT_FOR_SENT"
    BORTFALT = "BORTFALT"


@dataclass(frozen=True)
class Forpliktelse:
    """One duty. `frist` is the last day that is still in time; `grunn` says why it fell away, else None."""

    deltakelse_id: str
    type: Forpliktelsestype
    n: int | None
    frist: date
    status: Forpliktelsesstatus
    grunn: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The duty as `deadlines --json` prints it."""
        return {
            "deltakelseId": self.deltakelse_id,
            "type": self.type.value,
            "n": self.n,
            "frist": self.frist.isoformat(),
            "status": self.status.value,
        }


@dataclass(frozen=True)
class Oppfylt:
    """When a duty was met: the day the document was complete and the day it was sent; the same day for an event."""

    klar: date
    sendt: date

    def er_i_tide(self, frist: date) -> bool:
        """Sent by the deadline, or complete by it and sent within two working days of that (beslutninger 16)."""
        if self.sendt <= frist:
            return True
        return self.klar <= frist and self.sendt <= add_virkedager(self.klar, VIRKEDAGER_TIL_SENDING)


_TYPER = frozenset(type_.value for type_ in Forpliktelsestype)
Regelverkoppslag = Callable[[date], Regelverk]
Nokkel = tuple[Forpliktelsestype, int | None]


def policy_of(tiltakskode: str, i_kraft: Sequence[Regelverk] | None = None) -> Regelverkoppslag:
    """The policies of one tiltak, asked for by the event's own day; without `i_kraft` those that ship."""

    def find(dato: date) -> Regelverk:
        return find_regelverk(tiltakskode, dato, i_kraft)

    return find


def is_no_show(post: Deltakelsespost) -> bool:
    """Whether the person never took part (regelkatalog NOSHOW, U15).

    startDato = sluttDato, or resultat MOTTE_IKKE_VED_OPPSTART, or aarsak IKKE_MOTT with no contact or activity
    after startDato.
    """
    start = post.dato("startDato")
    if start is not None and start == post.dato("sluttDato"):
        return True
    if any(rad.get("resultat") == "MOTTE_IKKE_VED_OPPSTART" for rad in post.rader("sluttvurdering")):
        return True
    return post.deltakelse.get("aarsak") == "IKKE_MOTT" and start is not None and not _took_part_after(post, start)


def _took_part_after(post: Deltakelsespost, start: date) -> bool:
    moter = (read_dato(rad, "dato") for rad in post.rader("oppfolging") if "DELTAKER" in rad.get("deltok", ()))
    aktiviteter = (read_dato(rad, "fraDato") for rad in post.rader("aktivitet"))
    return any(dag is not None and dag > start for dag in (*moter, *aktiviteter))


def forpliktelser(
    post: Deltakelsespost,
    regelverk: Regelverkoppslag,
    dato: date,
    *,
    oppfylt: Mapping[Nokkel, Oppfylt] | None = None,
    underveis: Mapping[Nokkel, date] | None = None,
    rapporterer_fra: date | None = None,
    levert_utenom: Collection[Nokkel] = (),
    samtykker: Sequence[Rad] = (),
) -> tuple[Forpliktelse, ...]:
    """The duties of one deltakelse as they stand on `dato` (a calendar day in Oslo).

    `regelverk` gives the policy in force on an event's own day. `oppfylt` holds the documents that were sent and
    not rejected, `underveis` the day on which those were complete that wait to be sent; events that the record itself
    states (bestillingBekreftet, oppstartsamtale, tidligereLevert) are read from it. Deadlines before
    `rapporterer_fra` are BORTFALT (TIDLIGERE_LEVERT), and so are the duties in
    `levert_utenom`, whose text was finished before that day; deletion is not.
    A duty whose parameter the policy lacks or leaves open is not owed, and no report is where the avtale says that
    another reports (frister.rapportering). Perioderapporter run until sluttDato, otherwise twelve months ahead of
    `dato`, and are never capped at a maximum duration (beslutninger 27).

    Source of each deadline: the policy's own `kilde`. Raises ManglerRegelverk when no policy is in force.
    """
    levert = dict(oppfylt or {})
    bilde = _Bilde(post, regelverk, dato, levert, dict(underveis or {}), rapporterer_fra, frozenset(levert_utenom))
    deler: tuple[Iterable[Forpliktelse], ...] = (
        _bekreft_bestilling(bilde),
        _fra_start(bilde),
        _perioderapporter(bilde),
        _forlengelser(bilde),
        _fra_slutt(bilde),
        _etterrapport(bilde, samtykker),
        _sletting(bilde),
    )
    return tuple(plikt for del_ in deler for plikt in del_)


class _Bilde:
    """One deltakelse on one day: what the parts below share."""

    def __init__(
        self,
        post: Deltakelsespost,
        regelverk: Regelverkoppslag,
        dato: date,
        oppfylt: dict[Nokkel, Oppfylt],
        underveis: dict[Nokkel, date],
        rapporterer_fra: date | None,
        levert_utenom: frozenset[Nokkel],
    ) -> None:
        self.post = post
        self.regelverk = regelverk
        self.dato = dato
        self.rapporterer_fra = rapporterer_fra
        self.levert_utenom = levert_utenom
        self.status: str = post.deltakelse["status"]
        self.start = post.dato("startDato")
        self.slutt = post.dato("sluttDato")
        self.no_show = is_no_show(post)
        self.sendt_herfra = oppfylt
        self.underveis = underveis
        self.oppfylt = _already_with_nav(post)

    @property
    def er_i_gang(self) -> bool:
        """Whether duties counted from the start exist: started, or waiting for a start that has not passed."""
        if self.start is None:
            return False
        return self.status in _STARTET or (self.status in _IKKE_STARTET and self.start >= self.dato)

    def rapporterer(self, regelverk: Regelverk) -> bool:
        """Whether the arrangør owes the reports: always, or only where the avtale says so."""
        sti = "frister.rapportering"
        return regelverk.mangler(sti) or self.post.avtale.get("rapportering") in regelverk.verdi(sti)

    def _is_in_time_if_sent_today(self, nokkel: Nokkel, frist: date) -> bool:
        """Whether a document waits to be sent that was complete by the deadline: no false alarm over a week-end."""
        klar = self.underveis.get(nokkel)
        return klar is not None and Oppfylt(klar, self.dato).er_i_tide(frist)

    def _is_before_us(self, nokkel: Nokkel, frist: date) -> bool:
        """Whether the duty was met in the old way; a day that the sender gives for it (tidligereLevert) tells more."""
        if self.rapporterer_fra is not None and frist < self.rapporterer_fra:
            return True
        return nokkel in self.levert_utenom and nokkel not in self.oppfylt

    def plikt(
        self, type_: Forpliktelsestype, n: int | None, frist: date, regelverk: Regelverk, bortfall: str | None = None
    ) -> Forpliktelse:
        """The duty with its status on the day."""
        sendt_herfra = self.sendt_herfra.get((type_, n))
        oppfylt = sendt_herfra or self.oppfylt.get((type_, n))
        grunn = None
        if sendt_herfra is None and self._is_before_us((type_, n), frist):
            status, grunn = Forpliktelsesstatus.BORTFALT, "TIDLIGERE_LEVERT"
        elif oppfylt is not None and (bortfall != UNNTAK or oppfylt.er_i_tide(frist)):
            i_tide = oppfylt.er_i_tide(frist)
            status = Forpliktelsesstatus.LEVERT_I_TIDE if i_tide else Forpliktelsesstatus.LEVERT_FOR_SENT
        elif bortfall is not None:
            status, grunn = Forpliktelsesstatus.BORTFALT, bortfall
        else:
            status = open_status(frist, self.dato, regelverk.heltall("frister.varsel.snartDager"))
            if status is Forpliktelsesstatus.FORFALT and self._is_in_time_if_sent_today((type_, n), frist):
                status = Forpliktelsesstatus.SNART
        return Forpliktelse(self.post.deltakelse["deltakelseId"], type_, n, frist, status, grunn)


def open_status(frist: date, dato: date, snart_dager: int) -> Forpliktelsesstatus:
    """The status of a duty that is neither met nor fallen away."""
    if dato > frist:
        return Forpliktelsesstatus.FORFALT
    if frist - dato <= timedelta(days=snart_dager):
        return Forpliktelsesstatus.SNART
    return Forpliktelsesstatus.KOMMENDE


def _already_with_nav(post: Deltakelsespost) -> dict[Nokkel, Oppfylt]:
    resultat: dict[Nokkel, Oppfylt] = {}
    for rad in post.rader("tidligereLevert"):
        levert = read_dato(rad, "levert")
        if rad["dokumenttype"] in _TYPER and levert is not None:
            n = rad.get("nummer") if rad["dokumenttype"] == Forpliktelsestype.PERIODERAPPORT else None
            resultat[(Forpliktelsestype(rad["dokumenttype"]), n)] = Oppfylt(levert, levert)
    for type_, felt in (
        (Forpliktelsestype.BEKREFT_BESTILLING, "bestillingBekreftet"),
        (Forpliktelsestype.OPPSTARTSAMTALE, "oppstartsamtale"),
    ):
        dag = post.dato(felt)
        if dag is not None:
            resultat[(type_, None)] = Oppfylt(dag, dag)
    ordinaere = [
        dag
        for rad in post.rader("aktivitet")
        if rad.get("arena") == "ORDINAER" and (dag := read_dato(rad, "fraDato")) is not None
    ]
    if ordinaere:
        resultat[(Forpliktelsestype.HOSPITERING, None)] = Oppfylt(min(ordinaere), min(ordinaere))
    return resultat


def _bekreft_bestilling(bilde: _Bilde) -> Iterator[Forpliktelse]:
    bestilt = bilde.post.dato("bestillingSendt") or bilde.post.dato("bestillingMottatt")
    if bestilt is None or bilde.status in ALDRI_REELL:
        return
    regelverk = bilde.regelverk(bestilt)
    virkedager = regelverk.valgfritt_heltall("frister.bestilling.virkedager")
    if virkedager is not None:
        frist = add_virkedager(bestilt, virkedager)
        yield bilde.plikt(Forpliktelsestype.BEKREFT_BESTILLING, None, frist, regelverk)


def _fra_start(bilde: _Bilde) -> Iterator[Forpliktelse]:
    if not bilde.er_i_gang or bilde.start is None:
        return
    regelverk = bilde.regelverk(bilde.start)
    for type_, parameter in (
        (Forpliktelsestype.OPPSTARTSAMTALE, "frister.oppstartsamtale.dager"),
        (Forpliktelsestype.PLAN, "frister.plan.dager"),
        (Forpliktelsestype.HOSPITERING, "frister.utproving.dager"),
    ):
        dager = regelverk.valgfritt_heltall(parameter)
        if dager is None or (type_ is Forpliktelsestype.PLAN and not bilde.rapporterer(regelverk)):
            continue
        frist = bilde.start + timedelta(days=dager)
        yield bilde.plikt(type_, None, frist, regelverk, _why_not_owed(bilde, type_, frist))


def _why_not_owed(bilde: _Bilde, type_: Forpliktelsestype, frist: date) -> str | None:
    if bilde.no_show:
        return "MOTTE_IKKE"
    if bilde.slutt is not None and bilde.slutt < frist:
        return "SLUTTET_FOR_FRISTEN"
    if type_ is Forpliktelsestype.HOSPITERING and _has_reason_not_to_try(bilde.post):
        return UNNTAK
    return None


def _has_reason_not_to_try(post: Deltakelsespost) -> bool:
    return any(rad.get("type") == "UTPROVING" for rad in post.rader("unntak")) or any(
        rad.get("ferdigstilt") and rad.get("grunnIkkeOrdinaer") for rad in post.rader("vurdering")
    )


def _perioderapporter(bilde: _Bilde) -> Iterator[Forpliktelse]:
    if not bilde.er_i_gang or bilde.start is None:
        return
    regelverk = bilde.regelverk(bilde.start)
    if not bilde.rapporterer(regelverk):
        return
    overtas = timedelta(days=regelverk.valgfritt_heltall("frister.perioderapport.bortfallVedSluttInnenDager") or 0)
    siste = bilde.slutt or add_months(bilde.dato, regelverk.heltall("frister.varsel.horisontMaaneder"))
    frister = (add_months(bilde.start, maaneder) for maaneder in _report_months(regelverk))
    for n, frist in enumerate(takewhile(lambda frist: frist <= siste, frister), start=1):
        bortfall = None
        if bilde.no_show:
            bortfall = "MOTTE_IKKE"
        elif bilde.slutt is not None and frist >= bilde.slutt - overtas:
            bortfall = "SLUTTRAPPORTEN_OVERTAR"
        yield bilde.plikt(Forpliktelsestype.PERIODERAPPORT, n, frist, regelverk, bortfall)


def _report_months(regelverk: Regelverk) -> Iterable[int]:
    """The months after the start that a perioderapport is owed: those listed, or every so many without end."""
    if not regelverk.mangler("frister.perioderapport.maanedsliste"):
        return sorted(regelverk.verdi("frister.perioderapport.maanedsliste"))
    steg = regelverk.valgfritt_heltall("frister.perioderapport.maaneder")
    return () if steg is None else count(steg, steg)


def _forlengelser(bilde: _Bilde) -> Iterator[Forpliktelse]:
    for forlengelse in number_extensions(bilde.post):
        forrige, n = forlengelse.forrige_slutt, forlengelse.nummer
        # The end in force before the first extension is not in the record, so that one is not judged.
        if forrige is None:
            continue
        regelverk = bilde.regelverk(forrige)
        dager = regelverk.valgfritt_heltall("frister.forlengelse.minDager")
        avtalt = read_dato(forlengelse.rad, "avtaltMedNav")
        if avtalt is not None:
            bilde.oppfylt.setdefault((Forpliktelsestype.FORLENGELSE, n), Oppfylt(avtalt, avtalt))
        if dager is not None:
            frist = forrige - timedelta(days=dager + 1)
            yield bilde.plikt(Forpliktelsestype.FORLENGELSE, n, frist, regelverk)


def _fra_slutt(bilde: _Bilde) -> Iterator[Forpliktelse]:
    if bilde.slutt is None or not bilde.er_i_gang:
        return
    regelverk = bilde.regelverk(bilde.slutt)
    dager = regelverk.valgfritt_heltall("frister.sluttrapport.dager")
    if dager is not None and bilde.rapporterer(regelverk):
        yield bilde.plikt(Forpliktelsestype.SLUTTRAPPORT, None, bilde.slutt + timedelta(days=dager), regelverk)


def _etterrapport(bilde: _Bilde, samtykker: Sequence[Rad]) -> Iterator[Forpliktelse]:
    if bilde.slutt is None or bilde.status not in AVSLUTTET or not bilde.post.avtale.get("varigResultatmaal"):
        return
    regelverk = bilde.regelverk(bilde.slutt)
    maaneder = regelverk.valgfritt_heltall("frister.etterrapport.maaneder")
    if maaneder is None:
        return
    frist = add_months(bilde.slutt, maaneder)
    if any(_is_valid_on(rad, frist) for rad in samtykker):
        yield bilde.plikt(Forpliktelsestype.ETTERRAPPORT, None, frist, regelverk)


def _is_valid_on(samtykke: Rad, dato: date) -> bool:
    gitt, til, trukket = (read_dato(samtykke, felt) for felt in ("gitt", "gyldigTil", "trukket"))
    if gitt is None or til is None:
        return False
    return gitt <= dato <= til and (trukket is None or dato < trukket)


def _sletting(bilde: _Bilde) -> Iterator[Forpliktelse]:
    start = bilde.post.dato("statusGyldigFra") if bilde.status in ALDRI_REELL else bilde.slutt
    if start is None:
        return
    regelverk = bilde.regelverk(start)
    frist = last_kept_day(
        status=bilde.status,
        status_gyldig_fra=bilde.post.dato("statusGyldigFra"),
        slutt_dato=bilde.slutt,
        sist_i_drop=start,
        slettefrist_uker=bilde.post.avtale.get("slettefristUker"),
        regelverk=regelverk,
    )
    status = open_status(frist, bilde.dato, regelverk.heltall("frister.varsel.snartDager"))
    yield Forpliktelse(bilde.post.deltakelse["deltakelseId"], Forpliktelsestype.SLETTING, None, frist, status)
