"""From masks to what a sender is told: rule, place and remedy, never a value."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from expectations.grunnlag import POST, RAD
from expectations.kjoring import Boolsk, Kjoring
from expectations.regel import Regel, Sted, Virkning, owns_id
from expectations.tabeller import INNSENDING, Ramme
from schemas.avvik import Avvik
from schemas.kontrakt import tabeller

# A sender may have made its ids of numbers or names; such an id is not repeated.
_TRYGG_NOKKEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}")
_KAN_VAERE_IDENT = re.compile(r"[0-9]{11}|[0-9]{6}[.:/#-][0-9]{5}")


def deviations(kjoring: Kjoring) -> tuple[tuple[Avvik, ...], ...]:
    """Every deviation of each drop of the run, by table, row, rule and column."""
    resultat: list[list[Avvik]] = [[] for _ in kjoring.grunnlag.innsendte]
    for regel in kjoring.regler:
        for nummer, sted in enumerate(regel.steder):
            maske = kjoring.masker.get((regel.regel, nummer))
            if maske is not None and maske.any():
                for innsending, avvik in _of_place(kjoring.grunnlag.rammer[sted.tabell], regel, sted, maske):
                    resultat[innsending].append(avvik)
    return tuple(tuple(sorted(avvik, key=_order)) for avvik in resultat)


def _of_place(ramme: Ramme, regel: Regel, sted: Sted, maske: Boolsk) -> Iterable[tuple[int, Avvik]]:
    posisjoner = np.flatnonzero(maske)
    innsendinger = ramme[INNSENDING].to_numpy()[posisjoner]
    if Virkning.EN_GANG in regel.virkning:
        yield from ((int(nummer), _make(regel, sted, None, None, None)) for nummer in np.unique(innsendinger))
        return
    steder: Sequence[tuple[int | None, int | None]] = [(None, None)] * len(posisjoner)
    if RAD in ramme:
        rader, poster = ramme[RAD].to_numpy()[posisjoner], ramme[POST].to_numpy()[posisjoner]
        steder = [(int(rad), int(post)) for rad, post in zip(rader, poster, strict=True)]
    nokler = _sender_keys(ramme, sted.kontrakttabell, posisjoner)
    for innsending, (rad, post), nokkel in zip(innsendinger, steder, nokler, strict=True):
        yield int(innsending), _make(regel, sted, rad, post, nokkel)


def _make(regel: Regel, sted: Sted, rad: int | None, post: int | None, nokkel: str | None) -> Avvik:
    return Avvik(
        regelId=regel.regel,
        alvorlighet=regel.alvorlighet,
        tabell=sted.kontrakttabell,
        rad=rad,
        post=post,
        nokkel=nokkel,
        kolonne=sted.kolonne,
        melding=regel.melding,
        tiltak=regel.tiltak,
    )


def _sender_keys(ramme: Ramme, tabell: str, posisjoner: Boolsk) -> Sequence[str | None]:
    """The sender's own id of each row; of its deltakelse where the row has none. None where it could be a person's."""
    definisjon = tabeller()[tabell]
    egne = [felt.navn for felt in definisjon.felter.values() if owns_id(definisjon, felt)]
    kolonner = [kolonne for kolonne in (*egne, "deltakelseId") if kolonne in definisjon.felter]
    if not kolonner:
        return [None] * len(posisjoner)
    nokler = [""] * len(posisjoner)
    for kolonne in kolonner:
        verdier = ramme[kolonne].to_numpy(dtype=object)[posisjoner]
        nokler = [nokkel or verdi for nokkel, verdi in zip(nokler, verdier, strict=True)]
    return [nokkel if is_safe_key(nokkel) else None for nokkel in nokler]


def is_safe_key(nokkel: str) -> bool:
    """Whether a sender's id can be repeated to it: no blanks, no at sign, and nothing like a personident."""
    return _TRYGG_NOKKEL.fullmatch(nokkel) is not None and _KAN_VAERE_IDENT.search(nokkel) is None


_TABELLREKKE = {tabell: plass for plass, tabell in enumerate(tabeller())}


def _order(avvik: Avvik) -> tuple[int, int, str, str, str]:
    return (
        _TABELLREKKE[avvik.tabell or "innsending"],
        avvik.rad or 0,
        avvik.regelId,
        avvik.kolonne or "",
        avvik.nokkel or "",
    )
