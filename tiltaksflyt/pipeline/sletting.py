"""The step sletting: everything whose last kept day has passed is erased from every store, and the erasure is proven.

docs/pipeline/sletting.md. An erasure is a persisted checklist: interrupted anywhere, the next run finishes it.
"""

import shlex
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from schemas.kontrakt import tabeller
from schemas.regelverk import regelverk as find_regelverk
from tiltaksflyt.ledger import Deltakelsesrad, Innsendingsrad, Kjedefunn, Slettesak, Statuskode, verify_chain
from tiltaksflyt.ledger.database import chunks
from tiltaksflyt.ledger.slettinger import Nysak
from tiltaksflyt.pipeline.forsok import Forsok
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.pakker import places_of, remove_package
from tiltaksflyt.pipeline.statistikk import contribution_at_erasure
from tiltaksflyt.retention.bevisutdrag import make_bundle, write_bundle
from tiltaksflyt.retention.forankring import anchor_chain, read_anchors, read_dated_anchors
from tiltaksflyt.retention.funn import Mangel, Treff
from tiltaksflyt.retention.kanarier import due_canaries
from tiltaksflyt.retention.sveip import Sveip, make_naler
from transforms.maned import Maned

BOLK = 500
# So many are emptied of a store before that is noted: an interruption forgets no more counts than these.
BUNT = 25
UTBOKS, PAKKER, MOTTATT = "utboks", "pakker", "mottatt"
LAGRE = (UTBOKS, PAKKER, MOTTATT)
USENDT = frozenset({"OPPRETTET", "SENDES", "FEIL"})
VASK_SEKUNDER = 600


class SveipFant(Exception):
    """The sweep found an identity that should be gone. The places are in the log; the identity is not."""

    kode = "SVEIP_FANT"


class SveipUfullstendig(Exception):
    """Something that the sweep should be able to read was not searched whole, so that it proves nothing of it."""

    kode = "SVEIP_UFULLSTENDIG"


class VaskFeilet(Exception):
    """The command that makes the object store forget deleted bytes did not end well. Run it by hand and see."""

    kode = "VASK_FEILET"


def choose(omgivelser: Omgivelser, dato: date) -> list[list[str]]:
    """Open an erasure for every deltakelse whose last kept day is before `dato`; chunks of slettesakId.

    Erasures that an earlier run left unfinished come first. What each adds to the statistics is counted as its erasure
    begins. Where that cannot be computed the log tells, and nothing is added: statistics never postpone an erasure.
    """
    slettinger, forsok = omgivelser.ledger.slettinger, Forsok("statistikk")
    saker = [sak.slettesak_id for sak in slettinger.unfinished()]
    nye = [_new_case(rad, forsok, omgivelser, dato) for rad in slettinger.due(dato)]
    saker += [sak.slettesak_id for sak in slettinger.open_all(nye, LAGRE, dato=dato)]
    unike = list(dict.fromkeys(saker))
    return [unike[start : start + BOLK] for start in range(0, len(unike), BOLK)]


def open_case(rad: Deltakelsesrad, *, omgivelser: Omgivelser, dato: date, grunn: Statuskode) -> str:
    """Open an erasure before its day, for a reason; its slettesakId, for `erase`."""
    ny = _new_case(rad, Forsok("statistikk"), omgivelser, dato)
    (sak,) = omgivelser.ledger.slettinger.open_all([ny], LAGRE, dato=dato, grunn=grunn)
    return sak.slettesak_id


def _new_case(rad: Deltakelsesrad, forsok: Forsok, omgivelser: Omgivelser, dato: date) -> Nysak:
    regelverk = find_regelverk(rad.tiltakskode, rad.slutt_dato or rad.sist_i_drop, omgivelser.oppsett.regelverk)
    bidrag = forsok.attempt(rad.avsender, contribution_at_erasure, rad, omgivelser=omgivelser, dato=dato)
    return Nysak(rad.ref, regelverk.versjon, bidrag)


def preview(omgivelser: Omgivelser, dato: date) -> tuple[Deltakelsesrad, ...]:
    """What `choose` would open on a day, without opening anything."""
    return omgivelser.ledger.slettinger.due(dato)


def erase(slettesak_ids: Sequence[str], *, omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Finish the erasures: bytes first, then the key, then the rows and the evidence; counts.

    Safe to run twice: a store that is done is done again without effect, and evidence is written once.
    """
    slettinger = omgivelser.ledger.slettinger
    saker = [sak for sak in slettinger.get_all(slettesak_ids) if sak.ref is not None]
    antall: Counter[str] = Counter()
    for lager, remove in _REMOVERS.items():
        for bunt in chunks(saker, BUNT):
            fjernet = {sak.slettesak_id: remove(sak, omgivelser, now) for sak in bunt}
            slettinger.mark_all_done(lager, fjernet)
            antall[lager] += sum(fjernet.values())
    if saker:
        forget_deleted_objects(omgivelser.objektvask)
    for lager, is_gone in _CHECKS.items():
        slettinger.mark_all_checked(lager, [sak.slettesak_id for sak in saker if is_gone(sak, omgivelser)])
    slettinger.destroy_keys([sak.slettesak_id for sak in saker])
    bevis = slettinger.finish_all(
        [sak.slettesak_id for sak in saker],
        nokkel=omgivelser.signering,
        kategorier=erased_categories(),
        now=now,
        dato=dato,
    )
    antall["slettet"] += len(bevis)
    antall["ufullstendig"] += len(saker) - len(bevis)
    if saker:
        omgivelser.ledger.forget_free_space()
        anchor_chain(omgivelser.forankring, dato, omgivelser.ledger.bevis)
    return {navn: n for navn, n in antall.items() if n or navn in LAGRE}


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
    """Search every store for the identities that must be gone on `dato`; counts.

    Raises SveipFant when one is found, and SveipUfullstendig when something that should be readable was not searched
    whole. Neither says where: `look` gives the places to an operator.
    """
    utfall = look(omgivelser, dato)
    if utfall.treff:
        raise SveipFant(f"{len(utfall.treff)} places hold what should be gone; run `tiltaksflyt sweep` to see where")
    if utfall.hull:
        raise SveipUfullstendig(f"{len(utfall.hull)} places were not searched whole; run `tiltaksflyt sweep`")
    return {
        "kanarier": utfall.kanarier,
        "lagre": len(omgivelser.lagre),
        "filer": utfall.filer,
        "kilobyte": utfall.bytes_ // 1_000,
        "treff": 0,
        "ikkeGjennomsokt": len(utfall.mangler),
    }


@dataclass(frozen=True)
class Sveiputfall:
    """What a sweep of every store found, how much it searched, and what it could not search whole."""

    kanarier: int
    filer: int
    bytes_: int
    treff: tuple[Treff, ...]
    mangler: tuple[Mangel, ...]

    @property
    def hull(self) -> tuple[Mangel, ...]:
        """What should have been readable and was not searched whole."""
        return tuple(mangel for mangel in self.mangler if mangel.alvorlig)


def look(omgivelser: Omgivelser, dato: date) -> Sveiputfall:
    """Every place in every store where an identity that must be gone on `dato` still stands, or might."""
    kanarier = due_canaries(omgivelser.kanarier, dato)
    if not kanarier:
        return Sveiputfall(0, 0, 0, (), ())
    sveip = Sveip([nal for verdi in kanarier for nal in make_naler(verdi)])
    funn = [ett for lager in omgivelser.lagre for ett in sveip.tree(lager)]
    return Sveiputfall(
        len(kanarier),
        sveip.omfang.filer,
        sveip.omfang.bytes_,
        tuple(ett for ett in funn if isinstance(ett, Treff)),
        tuple(ett for ett in funn if isinstance(ett, Mangel)),
    )


def verify(omgivelser: Omgivelser) -> Kjedefunn:
    """Whether the chain of evidence is whole: every byte, every signature, every anchor."""
    offentlig = omgivelser.signering.public_key()
    bevis = omgivelser.ledger.bevis
    return verify_chain(bevis.entries(), bevis.head(), (offentlig,), read_anchors(omgivelser.forankring))


def export_evidence(omgivelser: Omgivelser, avsender: str, maned: Maned | None, katalog: Path) -> Kjedefunn:
    """Write a sender's evidence to an empty folder, when the chain is whole; how it was found.

    Raises FileExistsError, UlestForankring.
    """
    funn = verify(omgivelser)
    if funn.ok:
        utdrag = make_bundle(
            omgivelser.ledger.bevis.entries(),
            read_dated_anchors(omgivelser.forankring),
            avsender=avsender,
            maned=maned,
            nokkel=omgivelser.signering,
        )
        write_bundle(katalog, utdrag)
    return funn


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
        remove_package(omgivelser, rad)
    if sak.lagre[PAKKER].gjort:
        # Removed once, and not found gone. The ledger knows of no package there any more.
        for sted in _places_of_packages(sak, omgivelser):
            for objekt in list(omgivelser.storage.list_versions(sted)):
                omgivelser.storage.delete(objekt.nokkel)
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
    steder = _places_of_packages(sak, omgivelser)
    return all(next(omgivelser.storage.list_versions(sted), None) is None for sted in steder)


def _places_of_packages(sak: Slettesak, omgivelser: Omgivelser) -> set[str]:
    forsendelser = omgivelser.ledger.dokumenter.forsendelser(ref=_ref(sak))
    i_pakker = [(rad.mottaker, rad.leveranse_id) for rad in forsendelser if rad.leveranse_id]
    return {sted for mottaker, leveranse_id in i_pakker for sted in places_of(omgivelser, mottaker, leveranse_id)}


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
