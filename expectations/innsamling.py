"""From the rows of an accepted deltakelse to its canonical record, with what was missing derived (beslutninger 6).

Derived ids are made of what a correction does not change: the person, the tiltak and the start for a deltakelse; the
type and the first day for a child row, never its text. That something was derived is told by SKJ012.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from expectations.historikk import TOM, Historikk
from expectations.kontroll import Kontroll
from expectations.rammer import VERDILESERE
from expectations.regelsett import regler_etter_id
from expectations.tabeller import Ramme
from expectations.utfall import Deltakelsesutfall
from schemas.koder import kodeverk
from schemas.kontrakt import barnetabeller
from schemas.kontrakt import tabeller as kontrakttabeller
from transforms.poster import Deltakelsespost
from transforms.sletting import ALDRI_REELL, AVSLUTTET

Verdier = dict[str, Any]
# What a child row's id is made of where the sender has none: its type and its first day.
_ID_AV: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "bestillingspunkt": ("punktId", ()),
        "mal": ("malId", ("maltype", "frist")),
        "aktivitet": ("aktivitetId", ("aktivitetstype", "fraDato")),
        "oppfolging": ("oppfolgingId", ("oppfolgingstype", "dato")),
        "fravaer": ("fravaerId", ("fravaerstype", "fraDato")),
        "vurdering": ("vurderingId", ("periodeFra",)),
        "forlengelse": ("forlengelseId", ("grunnlag", "nySluttDato")),
        "arbeidsforhold": ("arbeidsforholdId", ("art", "fraDato")),
    }
)
_BARE_UNDER_SAMTYKKE = ("telefonnummer", "epost")


def assemble(
    tabeller: Mapping[str, Ramme], kontroll: Kontroll, *, historikk: Historikk = TOM
) -> tuple[Deltakelsespost, ...]:
    """The records of the accepted deltakelser, in the order of `kontroll.godtatte`.

    A child table that the drop has is a list in the record, also when the deltakelse has no row in it; a table that
    the drop does not have is not a key, so that its stored rows stand. The person, the deltakelse and the avtale are
    taken from what was stored where a drop of changes leaves them out. How to reach the person is never in a record
    (`assemble_consents`); its consents are, all of them, stored and dropped.
    """
    rader = _Rader(tabeller, kontroll)
    lagret = {str(post.deltakelse["deltakelseId"]): post for post in historikk.poster}
    personer = {str(post.deltaker["deltakerId"]): dict(post.deltaker) for post in historikk.poster}
    poster = []
    for utfall in kontroll.godtatte:
        for_ = lagret.get(utfall.deltakelse_id)
        deltakelse = _deltakelse(rader, utfall, for_, kontroll)
        deltaker = rader.en("deltaker", "deltakerId", utfall.deltaker_id) or personer[utfall.deltaker_id]
        deltaker = {felt: verdi for felt, verdi in deltaker.items() if felt not in _BARE_UNDER_SAMTYKKE}
        innhold: Verdier = {"deltaker": deltaker, "deltakelse": deltakelse}
        avtale = rader.en("avtale", "avtaleId", deltakelse.get("avtaleId", ""))
        if avtale or (for_ and for_.avtale.get("avtaleId") == deltakelse.get("avtaleId")):
            innhold["avtale"] = avtale or dict(for_.avtale if for_ else {})
        innhold |= _children(rader, tabeller, utfall, deltakelse, for_)
        poster.append(Deltakelsespost(innhold))
    return tuple(poster)


@dataclass(frozen=True)
class Samtykkeinnhold:
    """The accepted samtykke rows of a drop, typed, and how to reach each deltaker who stands under one of them.

    `kontakt` is by deltakerId and has only whom the drop has both a row and a consent in force of; empty when the row
    has neither telephone nor e-mail. `svar` are its accepted etteroppfolging rows, each under the consent it names.
    """

    rader: tuple[Mapping[str, Any], ...] = field(repr=False, default=())
    kontakt: Mapping[str, Mapping[str, str]] = field(repr=False, default_factory=dict)
    svar: tuple[Mapping[str, Any], ...] = field(repr=False, default=())


def assemble_consents(tabeller: Mapping[str, Ramme], kontroll: Kontroll) -> Samtykkeinnhold:
    """What a drop says of consents. Nothing of a drop that is refused."""
    if kontroll.avvist:
        return Samtykkeinnhold()
    rader = _Rader(tabeller, kontroll)
    samtykker = tuple(rader.alle("samtykke"))
    dag = kontroll.asof.isoformat()
    i_kraft = {rad["deltakerId"] for rad in samtykker if "trukket" not in rad and rad["gyldigTil"] >= dag}
    kontakt = {
        rad["deltakerId"]: {felt: rad[felt] for felt in _BARE_UNDER_SAMTYKKE if felt in rad}
        for rad in rader.alle("deltaker")
        if rad["deltakerId"] in i_kraft
    }
    return Samtykkeinnhold(samtykker, MappingProxyType(kontakt), tuple(rader.alle("etteroppfolging")))


def assemble_capacity(tabeller: Mapping[str, Ramme], kontroll: Kontroll) -> tuple[Verdier, ...]:
    """The accepted plass rows, typed. They hang on no deltakelse and hold no person."""
    return tuple(_Rader(tabeller, kontroll).alle("plass"))


def assemble_confirmations(tabeller: Mapping[str, Ramme], kontroll: Kontroll) -> tuple[Verdier, ...]:
    """The accepted slettebekreftelse rows, typed: an id of ours and a day."""
    return tuple(_Rader(tabeller, kontroll).alle("slettebekreftelse"))


class _Rader:
    """The usable rows of a drop, typed, found by table and key."""

    def __init__(self, tabeller: Mapping[str, Ramme], kontroll: Kontroll) -> None:
        self._tabeller = tabeller
        self._kontroll = kontroll
        self._typet: dict[str, dict[int, Verdier]] = {}
        self._oppslag: dict[tuple[str, str], dict[str, list[Verdier]]] = {}

    def alle(self, tabell: str) -> Sequence[Verdier]:
        """Every usable row of a table."""
        return list(self._typed(tabell).values())

    def ved_indeks(self, tabell: str, indeks: int) -> Verdier:
        """The row with an index of the dropped frame."""
        return self._typed(tabell)[indeks]

    def med(self, tabell: str, kolonne: str, verdi: str) -> Sequence[Verdier]:
        """The rows with a key."""
        sted = (tabell, kolonne)
        if sted not in self._oppslag:
            oppslag: dict[str, list[Verdier]] = {}
            for rad in self.alle(tabell):
                oppslag.setdefault(rad.get(kolonne, ""), []).append(rad)
            self._oppslag[sted] = oppslag
        return self._oppslag[sted].get(verdi, ()) if verdi else ()

    def en(self, tabell: str, kolonne: str, verdi: str) -> Verdier | None:
        """The first row with a key."""
        return next(iter(self.med(tabell, kolonne, verdi)), None)

    def _typed(self, tabell: str) -> Mapping[int, Verdier]:
        if tabell not in self._typet:
            self._typet[tabell] = dict(self._read(tabell)) if tabell in self._tabeller else {}
        return self._typet[tabell]

    def _read(self, tabell: str) -> Iterable[tuple[int, Verdier]]:
        ramme = self._tabeller[tabell]
        if ramme.empty:
            return
        felter = kontrakttabeller()[tabell].felter
        lesere = [(felt.navn, VERDILESERE.get(felt.type)) for felt in felter.values()]
        forkastede = self._kontroll.forkastede.get(tabell, frozenset())
        kolonner = [ramme[felt].to_list() for felt in felter]
        for indeks, celler in zip(ramme.index, zip(*kolonner, strict=True), strict=True):
            if indeks in forkastede:
                continue
            par = zip(lesere, celler, strict=True)
            rad = {navn: les(tekst) if les else tekst for (navn, les), tekst in par if tekst}
            if tabell == "deltaker" and indeks in self._kontroll.nav_enheter:
                rad["navEnhet"] = self._kontroll.nav_enheter[indeks]
            yield indeks, rad


def _deltakelse(rader: _Rader, utfall: Deltakelsesutfall, for_: Deltakelsespost | None, kontroll: Kontroll) -> Verdier:
    if utfall.indeks is None:
        return dict(for_.deltakelse) if for_ else {}
    rad = dict(rader.ved_indeks("deltakelse", utfall.indeks))
    rad.setdefault("deltakelseId", utfall.deltakelse_id or derive_deltakelse_id(rad))
    if "statusGyldigFra" not in rad:
        rad["statusGyldigFra"] = _status_valid_from(rad, for_, kontroll)
    return rad


def derive_deltakelse_id(rad: Mapping[str, Any]) -> str:
    """The id of a deltakelse whose sender has none: the same for the same person, tiltak and start."""
    deler = (rad["deltakerId"], rad["tiltakskode"], rad.get("startDato", ""))
    return "utledet-" + hashlib.sha256("\x1f".join(deler).encode()).hexdigest()[:24]


def _status_valid_from(rad: Verdier, for_: Deltakelsespost | None, kontroll: Kontroll) -> str:
    """startDato for one who takes part, sluttDato for one who has ended, else the day the status was first seen."""
    if rad["status"] in AVSLUTTET - ALDRI_REELL and "sluttDato" in rad:
        return str(rad["sluttDato"])
    if rad["status"] == "DELTAR" and "startDato" in rad:
        return str(rad["startDato"])
    if for_ is not None and for_.deltakelse.get("status") == rad["status"] and "statusGyldigFra" in for_.deltakelse:
        return str(for_.deltakelse["statusGyldigFra"])
    return kontroll.asof.isoformat()


def _children(
    rader: _Rader,
    tabeller: Mapping[str, Ramme],
    utfall: Deltakelsesutfall,
    deltakelse: Verdier,
    for_: Deltakelsespost | None,
) -> Mapping[str, list[Verdier]]:
    resultat = {}
    for tabell in barnetabeller():
        if tabell in tabeller:
            egne = [dict(rad) for rad in rader.med(tabell, "deltakelseId", utfall.deltakelse_id)]
            if tabell == "plan":
                _number_plans(egne, for_.rader("plan") if for_ else ())
            resultat[tabell] = _derive_rows(tabell, egne, deltakelse)
    if "stengt" in tabeller:
        avdeling = deltakelse.get("avdelingOrgnr")
        resultat["stengt"] = [
            dict(rad) for rad in rader.alle("stengt") if rad.get("avdelingOrgnr", avdeling) == avdeling
        ]
    if "samtykke" in tabeller or (for_ and for_.rader("samtykke")):
        resultat["samtykke"] = _consents(rader, utfall.deltakelse_id, for_)
    return resultat


def _consents(rader: _Rader, deltakelse_id: str, for_: Deltakelsespost | None) -> list[Verdier]:
    """The consents given in a deltakelse. One that the drop leaves out stands (beslutninger 5)."""
    lagrede = for_.rader("samtykke") if for_ else ()
    droppede = rader.med("samtykke", "deltakelseId", deltakelse_id)
    nye = {rad["samtykkeId"] for rad in droppede}
    return [dict(rad) for rad in (*(rad for rad in lagrede if rad["samtykkeId"] not in nye), *droppede)]


def _derive_rows(tabell: str, rader: list[Verdier], deltakelse: Verdier) -> list[Verdier]:
    if tabell in _UTLEDERE:
        _UTLEDERE[tabell](rader, deltakelse)
    if tabell in _ID_AV:
        _number_rows(tabell, rader)
    return rader


def _number_rows(tabell: str, rader: list[Verdier]) -> None:
    felt, deler = _ID_AV[tabell]
    brukt = {rad[felt] for rad in rader if felt in rad}
    for rad in rader:
        if felt not in rad:
            stamme = "-".join([tabell, *(str(rad.get(del_, "uten")) for del_ in deler)])
            kandidater = (stamme if n == 1 else f"{stamme}-{n}" for n in range(1, len(rader) + len(brukt) + 2))
            rad[felt] = next(kandidat for kandidat in kandidater if kandidat not in brukt)
            brukt.add(rad[felt])


def _number_plans(rader: list[Verdier], lagrede: Sequence[Mapping[str, Any]]) -> None:
    """Versions in the order they were finished, a draft last. A stored plan with the same words keeps its version."""
    kjente = {_words(rad): rad["versjon"] for rad in lagrede}
    neste = max([*kjente.values(), *(rad["versjon"] for rad in rader if "versjon" in rad)], default=0) + 1
    for rad in sorted(rader, key=lambda rad: rad.get("ferdigstilt", "9999")):
        if "versjon" not in rad:
            rad["versjon"] = kjente.get(_words(rad), neste)
            neste = max(neste, rad["versjon"] + 1)


def _words(plan: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((felt, verdi) for felt, verdi in plan.items() if felt != "versjon"))


def _derive_mengde(rader: list[Verdier], deltakelse: Verdier) -> None:
    for rad in rader:
        if "gyldigFra" not in rad and "startDato" in deltakelse:
            rad["gyldigFra"] = deltakelse["startDato"]


def _derive_mal(rader: list[Verdier], _deltakelse: Verdier) -> None:
    for rad in rader:
        rad.setdefault("status", "APENT")


def _derive_aktivitet(rader: list[Verdier], _deltakelse: Verdier) -> None:
    arenaer = _arena_by_type()
    for rad in rader:
        if rad["aktivitetstype"] in arenaer:
            rad.setdefault("arena", arenaer[rad["aktivitetstype"]])


def _derive_oppfolging(rader: list[Verdier], _deltakelse: Verdier) -> None:
    for rad in rader:
        rad.setdefault("deltok", list(kodeverk("oppfolgingstype").koder[rad["oppfolgingstype"]].egenskaper["parter"]))


_UTLEDERE: Mapping[str, Callable[[list[Verdier], Verdier], None]] = MappingProxyType(
    {
        "deltakelsesmengde": _derive_mengde,
        "mal": _derive_mal,
        "aktivitet": _derive_aktivitet,
        "oppfolging": _derive_oppfolging,
    }
)


@cache
def _arena_by_type() -> Mapping[str, str]:
    """The types that settle where an activity takes place, as SKJ012 has them."""
    steder = regler_etter_id()["SKJ012"].steder
    parametre: Mapping[str, str] = next(s.parametre["arenaAvType"] for s in steder if s.kolonne == "arena")
    return parametre
