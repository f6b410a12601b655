"""Contract rows in a sender's own layout: the profile read backwards.

Used to make synthetic exports, and as the proof that a profile says the same in both directions: what is written
here is read by the door as the same rows, or is refused as impossible to write.
"""

from collections.abc import Iterator, Mapping, Sequence

from schemas.kontrakt import felt as kontraktfelt
from tiltaksflyt.intake.celler import LISTESKILLE
from tiltaksflyt.intake.kart import Kildekart, Maal, Profil
from tiltaksflyt.intake.notasjon import write_value
from tiltaksflyt.intake.uttrykk import (
    IkkeIOppsettet,
    Kolonne,
    Navnedel,
    Omregning,
    Sammen,
    Uttrykk,
    join_name,
)

Kontraktrad = Mapping[str, str]
Kilderader = tuple[list[str], list[list[str]]]


def to_source(profil: Profil, tabeller: Mapping[str, list[dict[str, str]]]) -> Mapping[str, Kilderader]:
    """Contract rows (canonical text; an absent field is unknown) as the sender's tables: header and rows.

    Every source table of the profile is there, with a header also when it has no rows; columns declared unused come
    last and are blank. telefonnummer and epost are written, though the door reads them only with a samtykke.

    Raises IkkeIOppsettet for rows or values the layout has no room for (see `Profil.dekning`).
    """
    dekning = profil.dekning()
    for tabell, rader in tabeller.items():
        if rader and tabell not in dekning:
            raise IkkeIOppsettet(tabell, "*", "the profile has no such table")
    return {kilde.navn: _write_source(profil, kilde, tabeller) for kilde in profil.kilder.values()}


def _write_source(profil: Profil, kilde: Kildekart, tabeller: Mapping[str, list[dict[str, str]]]) -> Kilderader:
    overskrift = [*kilde.kolonner, *kilde.ubrukte_kolonner]
    rader = [[celler.get(kolonne, "") for kolonne in overskrift] for celler in _source_rows(profil, kilde, tabeller)]
    return overskrift, rader


def _source_rows(
    profil: Profil, kilde: Kildekart, tabeller: Mapping[str, list[dict[str, str]]]
) -> Iterator[Mapping[str, str]]:
    forste = kilde.maal[0]
    rader = [_write_row(profil, forste, rad) for rad in tabeller.get(forste.tabell, ())]
    if len(kilde.maal) == 1:
        yield from rader
        return
    andre = kilde.maal[1]
    nokler = sorted(kilde.felles_kolonner)
    venter: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    for rad in tabeller.get(andre.tabell, ()):
        celler = _write_row(profil, andre, rad)
        if not any(celler.get(kolonne) for kolonne in kilde.own_columns(andre)):
            raise IkkeIOppsettet(andre.tabell, "*", "a row without any value of its own cannot be told from no row")
        venter.setdefault(_key(celler, nokler), []).append(celler)
    for celler in rader:
        deler = venter.pop(_key(celler, nokler), [{}])
        if len(deler) > 1 and not kilde.gjentas:
            raise IkkeIOppsettet(andre.tabell, "*", f"several rows for one row of {forste.tabell}")
        for del_ in deler:
            yield {**celler, **del_}
    if venter:
        raise IkkeIOppsettet(andre.tabell, "*", f"a row without its row of {forste.tabell}")


def _key(celler: Mapping[str, str], nokler: Sequence[str]) -> tuple[str, ...]:
    return tuple(celler.get(kolonne, "") for kolonne in nokler)


def _write_row(profil: Profil, maal: Maal, rad: Kontraktrad) -> Mapping[str, str]:
    celler: dict[str, str] = {}
    for felt, verdi in rad.items():
        if verdi and felt not in maal.felter:
            raise IkkeIOppsettet(maal.tabell, felt, "the profile has no column for it")
    for felt, uttrykk in maal.felter.items():
        verdi = rad.get(felt, "")
        skrevet = uttrykk.write(_in_sender_words(profil, maal, felt, uttrykk, verdi), profil.formater)
        if skrevet is None:
            raise IkkeIOppsettet(maal.tabell, felt, "the value cannot be written in the sender's way")
        for kolonne, tekst in skrevet.items():
            if isinstance(uttrykk, Navnedel):
                tekst = _whole_name(maal, uttrykk, rad)
            if celler.setdefault(kolonne, tekst) != tekst:
                raise IkkeIOppsettet(maal.tabell, felt, f"another field already fills the column «{kolonne}»")
        _refuse_loss(profil, maal, felt, uttrykk, celler, verdi)
    return celler


def _in_sender_words(profil: Profil, maal: Maal, felt: str, uttrykk: Uttrykk, verdi: str) -> str:
    if isinstance(uttrykk, Omregning):
        return verdi
    if not isinstance(uttrykk, Kolonne) or uttrykk.koder is None:
        return write_value(kontraktfelt(maal.tabell, felt), verdi, profil.formater)
    ord_for_kode: dict[str, str] = {}
    for ord_, kode in profil.kodetabeller[uttrykk.koder].items():
        ord_for_kode.setdefault(kode, ord_)
    koder = verdi.split(LISTESKILLE) if verdi else []
    if any(kode not in ord_for_kode for kode in koder):
        raise IkkeIOppsettet(maal.tabell, felt, "the sender has no word for the code")
    return profil.formater.listeskille[0].join(ord_for_kode[kode] for kode in koder)


def _whole_name(maal: Maal, uttrykk: Navnedel, rad: Kontraktrad) -> str:
    deler = {
        annet.del_: rad.get(felt, "")
        for felt, annet in maal.felter.items()
        if isinstance(annet, Navnedel) and annet.navn == uttrykk.navn
    }
    return join_name(uttrykk.form, deler["fornavn"], deler["etternavn"])


def _refuse_loss(
    profil: Profil, maal: Maal, felt: str, uttrykk: Uttrykk, celler: Mapping[str, str], verdi: str
) -> None:
    """Read back what was put together, split or converted; the others have an exact reverse."""
    if not isinstance(uttrykk, (Sammen, Navnedel, Omregning)) or not any(celler[k] for k in uttrykk.kolonner):
        return
    lest = uttrykk.read([celler[kolonne] for kolonne in uttrykk.kolonner], profil.formater)
    if lest != verdi:
        raise IkkeIOppsettet(maal.tabell, felt, "the value would be read back as another one")
