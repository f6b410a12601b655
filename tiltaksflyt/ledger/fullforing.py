"""The last step of an erasure, in the caller's transaction: the rows go, and the evidence comes, or neither."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, select, update

from tiltaksflyt.ledger import bevis
from tiltaksflyt.ledger.feil import IkkeFunnet
from tiltaksflyt.ledger.forsinkelse import delays_of
from tiltaksflyt.ledger.leveranser import count_removed
from tiltaksflyt.ledger.tabeller import (
    avstemmingsavvik,
    deltakelse,
    dokument,
    forpliktelse,
    forsendelse,
    hendelse_oppslag,
    kvittering,
    kvitteringsmerknad,
    samtykke,
    slettesak,
    slettesak_lager,
    tilbakehold,
    utlagt_deltakelse,
)
from tiltaksflyt.ledger.tilstander import SLETTESAK, Forsendelsestilstand, Slettesakstilstand, origins

NOKKELLAGER = "nokkellager"
LEDGER = "ledger"
# In the order the foreign keys ask for. A test holds this list against every table that refers to a deltakelse.
PERSONTABELLER = (
    avstemmingsavvik,
    kvitteringsmerknad,
    kvittering,
    forsendelse,
    dokument,
    forpliktelse,
    hendelse_oppslag,
    tilbakehold,
)


def mark(conn: Connection, lager: str, linjer: Mapping[str, Mapping[str, bool | int]]) -> None:
    """Set the same values in one store's line of several checklists, by slettesakId; `antall` is added to what it was.

    Raises IkkeFunnet, naming no case, when a line is not there.
    """
    if not linjer:
        return
    # In one order everywhere, so that two workers wait for each other and never in a ring.
    rader = [
        {"sak": sak_id, **{f"ny_{k}": v for k, v in verdier.items()}} for sak_id, verdier in sorted(linjer.items())
    ]
    nye: dict[str, ColumnElement[Any]] = {navn: bindparam(f"ny_{navn}") for navn in next(iter(linjer.values()))}
    if "antall" in nye:
        nye["antall"] = slettesak_lager.c.antall + nye["antall"]
    linje = and_(slettesak_lager.c.slettesak_id == bindparam("sak"), slettesak_lager.c.lager == lager)
    if conn.execute(update(slettesak_lager).where(linje).values(nye), rader).rowcount != len(rader):
        raise IkkeFunnet("slettesak_lager")


def finish_cases(
    conn: Connection,
    bunt: Sequence[str],
    nokkel: Ed25519PrivateKey,
    kategorier: Collection[str],
    now: datetime,
    dato: date | None,
) -> tuple[bevis.Bevis, ...]:
    """Remove the rows and write the evidence of the cases that are complete; those that are not are passed over.

    `dato` is the day it is, without it the day that each was begun.
    """
    # The rows of the cases are locked first: of two workers the second finds them finished.
    fra = origins(SLETTESAK, "slettinger.finish", Slettesakstilstand.FULLFORT)
    apne = select(slettesak).where(slettesak.c.slettesak_id.in_(bunt), slettesak.c.tilstand.in_(fra))
    saker = {sak.slettesak_id: sak for sak in conn.execute(apne.order_by(slettesak.c.slettesak_id).with_for_update())}
    lagre = _stores(conn, list(saker))
    ute = _still_out(conn, [sak.ref for sak in saker.values()])
    klare = [
        sak
        for sak in saker.values()
        if sak.ref is not None
        and sak.ref not in ute
        and all(r.gjort and r.kontrollert for r in lagre[sak.slettesak_id] if r.lager != LEDGER)
    ]
    forsinkelser = delays_of(conn, {sak.ref: dato or sak.dato for sak in klare})
    fjernet = remove_rows(conn, [sak.ref for sak in klare])
    i_ledger = {sak.slettesak_id: sum(fjernet[sak.ref].values()) for sak in klare}
    mark(conn, LEDGER, {id_: {"gjort": True, "kontrollert": True, "antall": n} for id_, n in i_ledger.items()})
    if klare:
        conn.execute(
            update(slettesak)
            .where(slettesak.c.slettesak_id == bindparam("sak"))
            .values(tilstand=Slettesakstilstand.FULLFORT, ref=None, fullfort=now, antall=bindparam("ny_antall")),
            [{"sak": sak.slettesak_id, "ny_antall": fjernet[sak.ref]} for sak in klare],
        )
    oppforinger: list[tuple[str | None, Mapping[str, Any]]] = []
    for sak in klare:
        antall = fjernet[sak.ref]
        per_lager = {r.lager: r.antall for r in lagre[sak.slettesak_id]} | {LEDGER: i_ledger[sak.slettesak_id]}
        verdier = {**_evidence(sak, kategorier, per_lager, antall), **forsinkelser[sak.ref]}
        oppforinger.append((sak.slettesak_id, verdier))
    return bevis.append_all(conn, oppforinger, nokkel=nokkel, now=now)


def _stores(conn: Connection, slettesak_ider: Sequence[str]) -> dict[str, list[Row[Any]]]:
    linjer: dict[str, list[Row[Any]]] = {slettesak_id: [] for slettesak_id in slettesak_ider}
    sporring = select(slettesak_lager).where(slettesak_lager.c.slettesak_id.in_(slettesak_ider))
    for rad in conn.execute(sporring.order_by(slettesak_lager.c.lager)):
        linjer[rad.slettesak_id].append(rad)
    return linjer


def _still_out(conn: Connection, refs: Sequence[str | None]) -> set[str]:
    utlagte = select(utlagt_deltakelse.c.ref).where(utlagt_deltakelse.c.ref.in_(refs))
    pa_vei = select(forsendelse.c.ref).where(
        forsendelse.c.ref.in_(refs), forsendelse.c.tilstand == Forsendelsestilstand.I_LEVERANSE
    )
    return set(conn.scalars(utlagte)) | set(conn.scalars(pa_vei))


def remove_rows(conn: Connection, refs: Sequence[str]) -> dict[str, dict[str, int]]:
    """Remove every row of some deltakelser; how many per deltakelse and table. A samtykke stays, without its link."""
    conn.execute(update(samtykke).where(samtykke.c.ref.in_(refs)).values(ref=None))
    count_removed(conn, forsendelse.c.ref.in_(refs))
    tabeller = (*PERSONTABELLER, deltakelse)
    fjernet = {ref: dict.fromkeys((tabell.name for tabell in tabeller), 0) for ref in refs}
    for tabell in tabeller:
        for ref in conn.scalars(delete(tabell).where(tabell.c.ref.in_(refs)).returning(tabell.c.ref)):
            fjernet[ref][tabell.name] += 1
    return fjernet


def _evidence(
    sak: Row[Any], kategorier: Collection[str], lagre: Mapping[str, int], antall: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "art": bevis.SLETTING,
        "avsender": sak.avsender,
        "dato": sak.dato.isoformat(),
        "grunn": sak.grunn,
        "regelverk": sak.regelverk,
        "kategorier": sorted(kategorier),
        "lagre": dict(lagre),
        "antall": dict(antall),
    }
