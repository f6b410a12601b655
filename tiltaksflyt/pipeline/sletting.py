"""The step sletting: everything whose last kept day has passed is erased from every store, and the erasure is proven.

docs/pipeline/sletting.md. An erasure is a persisted checklist: interrupted anywhere, the next run finishes it.
"""

import shlex
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime

from schemas.kontrakt import tabeller
from schemas.regelverk import regelverk as find_regelverk
from tiltaksflyt.ledger import (
    Deltakelsesrad,
    Innsendingsrad,
    Kjedefunn,
    Slettesak,
    Statuskode,
    UlovligOvergang,
    verify_chain,
)
from tiltaksflyt.pipeline.forsok import Forsok
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.statistikk import contribution_at_erasure
from tiltaksflyt.retention.forankring import anchor, read_anchors
from tiltaksflyt.retention.kanarier import due_canaries
from tiltaksflyt.retention.sveip import Treff, make_naler, search_tree
from tiltaksflyt.storage import nokler

BOLK = 500
UTBOKS, PAKKER, MOTTATT = "utboks", "pakker", "mottatt"
LAGRE = (UTBOKS, PAKKER, MOTTATT)
USENDT = frozenset({"OPPRETTET", "SENDES", "FEIL"})
VASK_SEKUNDER = 600


class SveipFant(Exception):
    """The sweep found an identity that should be gone. The places are in the log; the identity is not."""

    kode = "SVEIP_FANT"


class VaskFeilet(Exception):
    """The command that makes the object store forget deleted bytes did not end well. Run it by hand and see."""

    kode = "VASK_FEILET"


def choose(omgivelser: Omgivelser, dato: date) -> list[list[str]]:
    """Open an erasure for every deltakelse whose last kept day is before `dato`; chunks of slettesakId.

    Erasures that an earlier run left unfinished come first. What each adds to the statistics is counted as its erasure
    begins. Where that cannot be computed the log tells, and nothing is added: statistics never postpone an erasure.
    """
    forsok = Forsok("statistikk")
    saker = [sak.slettesak_id for sak in omgivelser.ledger.slettinger.unfinished()]
    for rad in omgivelser.ledger.slettinger.due(dato):
        # Held back since it was chosen: it is chosen again when the hold is over.
        with suppress(UlovligOvergang):
            saker.append(_open(rad, forsok, omgivelser, dato, Statuskode.SISTE_DAG))
    unike = list(dict.fromkeys(saker))
    return [unike[start : start + BOLK] for start in range(0, len(unike), BOLK)]


def open_case(rad: Deltakelsesrad, *, omgivelser: Omgivelser, dato: date, grunn: Statuskode) -> str:
    """Open an erasure before its day, for a reason; its slettesakId, for `erase`."""
    return _open(rad, Forsok("statistikk"), omgivelser, dato, grunn)


def _open(rad: Deltakelsesrad, forsok: Forsok, omgivelser: Omgivelser, dato: date, grunn: Statuskode) -> str:
    regelverk = find_regelverk(rad.tiltakskode, rad.slutt_dato or rad.sist_i_drop, omgivelser.oppsett.regelverk)
    bidrag = forsok.attempt(rad.avsender, contribution_at_erasure, rad, omgivelser=omgivelser, dato=dato)
    sak = omgivelser.ledger.slettinger.open(
        rad.ref, LAGRE, dato=dato, regelverk=regelverk.versjon, grunn=grunn, bidrag=bidrag
    )
    return sak.slettesak_id


def preview(omgivelser: Omgivelser, dato: date) -> tuple[Deltakelsesrad, ...]:
    """What `choose` would open on a day, without opening anything."""
    return omgivelser.ledger.slettinger.due(dato)


def erase(slettesak_ids: Sequence[str], *, omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Finish the erasures: bytes first, then the key, then the rows and the evidence; counts.

    Safe to run twice: a store that is done is done again without effect, and evidence is written once.
    """
    saker = [sak for sak_id in slettesak_ids if (sak := omgivelser.ledger.slettinger.get(sak_id)).ref is not None]
    antall: Counter[str] = Counter()
    for sak in saker:
        for lager, remove in _REMOVERS.items():
            fjernet = remove(sak, omgivelser, now)
            omgivelser.ledger.slettinger.mark_done(sak.slettesak_id, lager, fjernet)
            antall[lager] += fjernet
    if saker:
        forget_deleted_objects(omgivelser.objektvask)
    for sak in saker:
        for lager, is_gone in _CHECKS.items():
            if is_gone(sak, omgivelser):
                omgivelser.ledger.slettinger.mark_checked(sak.slettesak_id, lager)
        omgivelser.ledger.slettinger.destroy_key(sak.slettesak_id)
        bevis = omgivelser.ledger.slettinger.finish(
            sak.slettesak_id, nokkel=omgivelser.signering, kategorier=erased_categories(), now=now
        )
        antall["slettet" if bevis else "ufullstendig"] += 1
    if saker:
        omgivelser.ledger.forget_free_space()
        anchor(omgivelser.forankring, dato, omgivelser.ledger.bevis.head())
    return dict(antall)


def erased_categories() -> tuple[str, ...]:
    """The personal-data categories that a deltakelse holds, from the contract's own tags."""
    merkede = {
        felt.personopplysning
        for tabell in tabeller().values()
        if tabell.henger_pa_deltakelse or tabell.navn == "deltaker"
        for felt in tabell.felter.values()
    }
    return tuple(sorted(kategori for kategori in merkede if kategori is not None))


def forget_deleted_objects(kommando: str | None) -> None:
    """Run the command that makes the object store let go of deleted bytes, where it does not do so by itself.

    Raises VaskFeilet.
    """
    if kommando is None:
        return
    try:
        utfall = subprocess.run(  # noqa: S603  the operator's own setting, without a shell
            shlex.split(kommando), capture_output=True, check=False, timeout=VASK_SEKUNDER
        )
    except (OSError, subprocess.TimeoutExpired):
        raise VaskFeilet("TILTAKSFLYT_OBJEKTVASK could not be run to its end") from None
    if utfall.returncode:
        raise VaskFeilet(f"TILTAKSFLYT_OBJEKTVASK ended with {utfall.returncode}")


def sweep(omgivelser: Omgivelser, dato: date) -> dict[str, int]:
    """Search every store for the identities that must be gone on `dato`. Raises SveipFant when one is found.

    Answers how many were looked for. The hits' places are logged by the caller's boundary as a count only; `find_hits`
    gives them to an operator.
    """
    treff = find_hits(omgivelser, dato)
    if treff:
        raise SveipFant(f"{len(treff)} places hold what should be gone; run `tiltaksflyt sweep` to see where")
    kanarier = due_canaries(omgivelser.kanarier, dato)
    return {"kanarier": len(kanarier), "lagre": len(omgivelser.lagre), "treff": 0}


def find_hits(omgivelser: Omgivelser, dato: date) -> tuple[Treff, ...]:
    """Every place in every store where an identity that must be gone on `dato` still stands."""
    naler = tuple(nal for verdi in due_canaries(omgivelser.kanarier, dato) for nal in make_naler(verdi))
    return tuple(treff for lager in omgivelser.lagre for treff in search_tree(lager, naler)) if naler else ()


def verify(omgivelser: Omgivelser) -> Kjedefunn:
    """Whether the chain of evidence is whole: every byte, every signature, every anchor."""
    offentlig = omgivelser.signering.public_key()
    bevis = omgivelser.ledger.bevis
    return verify_chain(bevis.entries(), bevis.head(), (offentlig,), read_anchors(omgivelser.forankring))


def _remove_from_outboxes(sak: Slettesak, omgivelser: Omgivelser, _now: datetime) -> int:
    filer = omgivelser.ledger.utlagte.for_deltakelse(_ref(sak))
    for nokkel in filer:
        omgivelser.storage.delete(nokkel)
        omgivelser.ledger.utlagte.remove(nokkel)
    return len(filer)


def _remove_packages(sak: Slettesak, omgivelser: Omgivelser, now: datetime) -> int:
    leveranser = omgivelser.ledger.leveranser
    pakker = leveranser.packages_of(_ref(sak))
    for rad in pakker:
        if rad.tilstand in USENDT:
            # The package holds others as well, and a stored package is never rebuilt: theirs go in a new one.
            leveranser.cancel(rad.leveranse_id, Statuskode.AVLYST_FOR_SLETTING, now=now)
        omgivelser.storage.delete(nokler.pakke(rad.leveranse_id))
        # What a person was to hand over and has not: it lies in our bucket still.
        omgivelser.storage.delete_prefix(nokler.manuell(rad.mottaker, rad.leveranse_id))
        leveranser.package_removed(rad.leveranse_id)
    return len(pakker)


def remove_raw_drops(avsender: str, omgivelser: Omgivelser) -> int:
    """Remove what a sender dropped and has an answer to; how many drops.

    A raw drop holds many persons and cannot be cut in two. It goes whole: what it held is in the ledger, or was
    reported back.
    """
    besvarte = answered_raw_drops(avsender, omgivelser)
    for rad in besvarte:
        if rad.objekt:
            omgivelser.storage.delete(rad.objekt)
        omgivelser.ledger.innsendinger.raw_removed(rad.innsending_id)
    return len(besvarte)


def answered_raw_drops(avsender: str, omgivelser: Omgivelser) -> list[Innsendingsrad]:
    """The drops of a sender that are answered and still lie there."""
    return [rad for rad in omgivelser.ledger.innsendinger.with_raw() if rad.avsender == avsender and rad.besvart]


def _ref(sak: Slettesak) -> str:
    if sak.ref is None:
        raise LookupError("a finished slettesak has no deltakelse")
    return sak.ref


def _packages_are_gone(sak: Slettesak, omgivelser: Omgivelser) -> bool:
    forsendelser = omgivelser.ledger.dokumenter.forsendelser(ref=_ref(sak))
    i_pakker = [(rad.mottaker, rad.leveranse_id) for rad in forsendelser if rad.leveranse_id]
    pakker = {
        sted
        for mottaker, leveranse_id in i_pakker
        for sted in (nokler.pakke(leveranse_id), nokler.manuell(mottaker, leveranse_id))
    }
    return all(next(omgivelser.storage.list_versions(pakke), None) is None for pakke in pakker)


_REMOVERS: Mapping[str, Callable[[Slettesak, Omgivelser, datetime], int]] = {
    UTBOKS: _remove_from_outboxes,
    PAKKER: _remove_packages,
    MOTTATT: lambda sak, omgivelser, _now: remove_raw_drops(sak.avsender, omgivelser),
}
_CHECKS: Mapping[str, Callable[[Slettesak, Omgivelser], bool]] = {
    UTBOKS: lambda sak, omgivelser: not omgivelser.ledger.utlagte.for_deltakelse(_ref(sak)),
    PAKKER: _packages_are_gone,
    MOTTATT: lambda sak, omgivelser: not answered_raw_drops(sak.avsender, omgivelser),
}
