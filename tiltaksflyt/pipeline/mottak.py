"""The step mottak: what a sender dropped is read, checked, and accepted or answered.

docs/pipeline/mottak.md. Safe to run twice and by two workers: a drop is claimed by a lease, acceptance and answer are
one commit, and the raw drop goes last.
"""

import contextlib
import hashlib
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from expectations.gx import GXResultat
from expectations.gx import record as record_in_gx
from expectations.regel import Virkning
from expectations.regelsett import alle_regler
from schemas.avvik import Innsendingsstatus
from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Avsender
from tiltaksflyt.intake import read_drop, standardgrenser
from tiltaksflyt.intake.portregler import make_avvik
from tiltaksflyt.ledger import Innsendingsrad, Leie, LeieTapt, Tabellkontroll, merge
from tiltaksflyt.pipeline.besvaring import accept, tell
from tiltaksflyt.pipeline.forhistorie import history_of
from tiltaksflyt.pipeline.forsok import Forsok
from tiltaksflyt.pipeline.klokke import arrival
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.prove import answer_trials, is_trial
from tiltaksflyt.pipeline.stans import is_step_stopped
from tiltaksflyt.pipeline.strengt_fortrolig import erase_at_once
from tiltaksflyt.pipeline.utkastbeskjeder import hear, is_beskjed
from tiltaksflyt.pipeline.vurdering import Lest, Vurdering, assess_chunk
from tiltaksflyt.storage import Lagringskode, Objekt, StorageFeil, nokler

FOR_STOR = "FIL003"
SETT_FOR = "FIL011"
FOR_GAMMEL = "FIL014"
ELDRE_ENDRING = "FIL019"
# What lies in memory together besides the frames that are made of it.
_BYTES_SAMTIDIG = 16 * 1024 * 1024


@dataclass(frozen=True)
class Apen:
    """One claimed drop in hand: as read, or its verdict where the door decided. `filnavn` is the sender's own."""

    rad: Innsendingsrad
    avsender: Avsender
    leie: Leie
    lest: Lest | Vurdering
    filnavn: str


def find_ready(omgivelser: Omgivelser, now: datetime) -> list[str]:
    """The senders that have a drop at rest in the inbox, or one an earlier run did not finish; none if it is held."""
    if is_step_stopped(omgivelser, "mottak"):
        return []
    ventende = {rad.avsender for rad in (*omgivelser.ledger.innsendinger.pending(now), *_unfinished(omgivelser))}
    return sorted(
        orgnr
        for orgnr in omgivelser.oppsett.avsendere
        if orgnr in ventende
        or any(omgivelser.storage.is_ready(o.nokkel, now=now) for o in omgivelser.storage.list_inbox(orgnr))
    )


def receive(orgnumre: Sequence[str], *, omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Receive the drops of some senders, each sender's in the order they came; counts by status, and of deltakelser.

    One bad file never stops another: it is refused and answered. One sender's failure stops no other sender: `feilet`
    counts them, and what they dropped stays for the next run. The checks run once for one drop of each sender.
    """
    forsok = Forsok("mottak")
    antall: Counter[str] = Counter()
    filnavn: dict[str, str] = {}
    for orgnr in orgnumre:
        beskjeder = forsok.attempt(orgnr, hear, orgnr, omgivelser=omgivelser, dato=dato, now=now)
        antall.update(beskjeder or {})
        ro = forsok.attempt(orgnr, _at_rest, orgnr, omgivelser, now) or []
        prover = [objekt for objekt in ro if is_trial(objekt.nokkel, orgnr)]
        antall.update(
            forsok.attempt(orgnr, answer_trials, prover, orgnr, omgivelser=omgivelser, dato=dato, now=now) or {}
        )
        filnavn |= forsok.attempt(orgnr, _take_all, [o for o in ro if o not in prover], orgnr, omgivelser, now) or {}
    koer = _queues(orgnumre, omgivelser, now)
    while runde := [ko.popleft() for orgnr, ko in koer.items() if ko and not forsok.failed(orgnr)]:
        for bunt in _split(runde):
            apne = [apen for rad in bunt if (apen := _open(rad, filnavn, forsok, omgivelser, dato, now))]
            # Another worker was first, or it failed: what the sender dropped later must not overtake it.
            for orgnr in {rad.avsender for rad in bunt} - {apen.rad.avsender for apen in apne}:
                koer[orgnr].clear()
            _answer(apne, forsok, omgivelser, dato=dato, now=now, antall=antall)
    for rad in _unfinished(omgivelser):
        if rad.avsender in koer and not forsok.failed(rad.avsender):
            forsok.attempt(rad.avsender, _tell_again, rad, omgivelser, dato=dato, now=now)
    return {**antall, **forsok.antall}


def _queues(orgnumre: Sequence[str], omgivelser: Omgivelser, now: datetime) -> dict[str, deque[Innsendingsrad]]:
    """What each sender waits with, in its order. Nothing overtakes a drop that another worker has in hand."""
    andres = omgivelser.ledger.innsendinger.being_read(now)
    koer: dict[str, deque[Innsendingsrad]] = {orgnr: deque() for orgnr in orgnumre if orgnr not in andres}
    for rad in omgivelser.ledger.innsendinger.pending(now):
        if rad.avsender in koer and rad.objekt is not None:
            koer[rad.avsender].append(rad)
    return koer


def _split(runde: Sequence[Innsendingsrad]) -> Iterator[list[Innsendingsrad]]:
    """Drops that may be in memory together. One that is larger than that alone is alone."""
    bunt: list[Innsendingsrad] = []
    for rad in runde:
        if bunt and sum(ett.storrelse for ett in (*bunt, rad)) > _BYTES_SAMTIDIG:
            yield bunt
            bunt = []
        bunt.append(rad)
    if bunt:
        yield bunt


def _at_rest(orgnr: str, omgivelser: Omgivelser, now: datetime) -> list[Objekt]:
    """The files at rest in a sender's inbox, in the order they came. What it says of its drafts is no file to read."""
    filer = [objekt for objekt in omgivelser.storage.list_inbox(orgnr) if not is_beskjed(objekt.nokkel, orgnr)]
    i_rekkefolge = sorted(filer, key=lambda objekt: objekt.sist_endret)
    return [objekt for objekt in i_rekkefolge if omgivelser.storage.is_ready(objekt.nokkel, now=now)]


def _take_all(objekter: Sequence[Objekt], orgnr: str, omgivelser: Omgivelser, now: datetime) -> dict[str, str]:
    """Take what a sender has dropped; its own file names by innsendingId."""
    prefiks = nokler.innboks(orgnr)
    return {_take(objekt, orgnr, omgivelser, now): objekt.nokkel.removeprefix(prefiks) for objekt in objekter}


def _unfinished(omgivelser: Omgivelser) -> list[Innsendingsrad]:
    """Drops that are answered in the ledger and whose raw bytes are still there: the answer may not be written."""
    return [rad for rad in omgivelser.ledger.innsendinger.with_raw() if rad.besvart is not None]


def _take(objekt: Objekt, orgnr: str, omgivelser: Omgivelser, now: datetime) -> str:
    sha256 = hashlib.sha256(_read_capped(objekt.nokkel, omgivelser) or objekt.etag.encode()).hexdigest()
    funn = omgivelser.ledger.innsendinger.discover(
        orgnr, sha256, objekt.storrelse, etag=objekt.etag, last_modified=objekt.sist_endret, now=now
    )
    nokkel = omgivelser.storage.take_in(objekt, funn.innsending_id)
    omgivelser.ledger.innsendinger.place(funn.innsending_id, nokkel)
    return funn.innsending_id


def _read_capped(nokkel: str, omgivelser: Omgivelser) -> bytes | None:
    try:
        return omgivelser.storage.read(nokkel, maks_bytes=standardgrenser().maks_storrelse)
    except StorageFeil as feil:
        if feil.kode is not Lagringskode.FOR_STOR:
            raise
        return None


def _open(
    rad: Innsendingsrad,
    filnavn: Mapping[str, str],
    forsok: Forsok,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
) -> Apen | None:
    """Claim and read one drop; None when another worker has it, or when its sender failed."""

    def claim_and_read() -> Apen | None:
        leie = omgivelser.ledger.innsendinger.claim(rad.innsending_id, now=now, until=now + oppbevaring().leie)
        if leie is None:
            return None
        avsender = omgivelser.oppsett.avsendere[rad.avsender]
        navn = filnavn.get(rad.innsending_id, "")
        try:
            lest = _read(rad, navn, avsender, omgivelser=omgivelser, dato=dato, now=now)
        except Exception:
            _give_back(leie, omgivelser)
            raise
        return Apen(rad, avsender, leie, lest, navn)

    return forsok.attempt(rad.avsender, claim_and_read)


def _read(
    rad: Innsendingsrad, filnavn: str, avsender: Avsender, *, omgivelser: Omgivelser, dato: date, now: datetime
) -> Lest | Vurdering:
    """The drop as read; its verdict at once where no rule needs to be asked."""
    data = _read_capped(rad.objekt or "", omgivelser)
    if data is None:
        return _told_at_the_door(FOR_STOR, Innsendingsstatus.AVVIST)
    if omgivelser.ledger.innsendinger.duplicate_of(rad.innsending_id):
        vurdering = _told_at_the_door(SETT_FOR, Innsendingsstatus.GODTATT)
        return replace(vurdering, slettes_straks=_was_strict(rad, omgivelser))
    mottatt = arrival(dato, now)
    lesing = read_drop(data, filnavn=filnavn, avsender=avsender, mottatt=mottatt, modus=omgivelser.modus)
    if _is_overtaken(lesing.hode, avsender, omgivelser):
        if lesing.hode["omfang"] == "FULL":
            return _told_at_the_door(FOR_GAMMEL, Innsendingsstatus.AVVIST)
        lesing = replace(lesing, avvik=(*lesing.avvik, make_avvik(ELDRE_ENDRING)))
    historikk = history_of(avsender, omgivelser, lesing, dato=dato, now=now, innsending_id=rad.innsending_id)
    return Lest(lesing, avsender, historikk)


def _answer(
    apne: Sequence[Apen], forsok: Forsok, omgivelser: Omgivelser, *, dato: date, now: datetime, antall: Counter[str]
) -> None:
    for apen, vurdering in _judge(apne, forsok, omgivelser=omgivelser, dato=dato, now=now):
        forsok.attempt(apen.rad.avsender, _settle, apen, vurdering, omgivelser, dato=dato, now=now, antall=antall)
    for apen in apne:
        if forsok.failed(apen.rad.avsender):
            _give_back(apen.leie, omgivelser)


def _judge(
    apne: Sequence[Apen], forsok: Forsok, *, omgivelser: Omgivelser, dato: date, now: datetime
) -> Iterator[tuple[Apen, Vurdering]]:
    """The verdict on each drop of a chunk. Where the checks fail over the chunk, each is asked alone."""
    leste = []
    for apen in apne:
        if isinstance(apen.lest, Vurdering):
            yield apen, apen.lest
        else:
            leste.append((apen, apen.lest))
    vurderinger = forsok.attempt_together(_ask, [lest for _, lest in leste], omgivelser, dato, now)
    for nummer, (apen, lest) in enumerate(leste):
        if vurderinger is not None:
            yield apen, vurderinger[nummer]
        elif alene := forsok.attempt(apen.avsender.orgnr, _ask, [lest], omgivelser, dato, now):
            yield apen, alene[0]


def _ask(leste: Sequence[Lest], omgivelser: Omgivelser, dato: date, now: datetime) -> tuple[Vurdering, ...]:
    oppsett = omgivelser.oppsett
    vurderinger, kjoring = assess_chunk(
        leste, asof=dato, mottakere=oppsett.mottakere, regelverk=oppsett.regelverk, flett=merge
    )
    if kjoring is not None:
        _keep_record(record_in_gx(kjoring), omgivelser, dato, now)
    return vurderinger


def _keep_record(resultater: Sequence[GXResultat], omgivelser: Omgivelser, dato: date, now: datetime) -> None:
    """What Great Expectations said of each table of the run, for the data engineers (`tiltaksflyt quality`)."""
    tabeller = [
        Tabellkontroll(
            ett.tabell,
            ett.antall_rader,
            sum(forventning.regel_id is not None for forventning in ett.forventninger),
            tuple(sorted(ett.brutte)),
        )
        for ett in resultater
    ]
    omgivelser.ledger.kontroller.record(tabeller, dato=dato, tid=now)


def _settle(
    apen: Apen, vurdering: Vurdering, omgivelser: Omgivelser, *, dato: date, now: datetime, antall: Counter[str]
) -> None:
    refs = accept(apen.leie, vurdering, apen.avsender, omgivelser=omgivelser, dato=dato, now=now)
    try:
        tell(apen.rad, vurdering, apen.avsender, refs, filnavn=apen.filnavn, omgivelser=omgivelser, dato=dato, now=now)
    finally:
        # Also where the answer could not be written: the sender can drop again, and this may not lie here.
        _erase_if_strict(apen.rad, vurdering, omgivelser, dato=dato, now=now, antall=antall)
    antall[vurdering.status.value] += 1
    antall.update(vurdering.antall)


def _erase_if_strict(
    rad: Innsendingsrad,
    vurdering: Vurdering,
    omgivelser: Omgivelser,
    *,
    dato: date,
    now: datetime,
    antall: Counter[str],
) -> None:
    if vurdering.slettes_straks:
        antall["strengtFortrolig"] += max(1, len(vurdering.strengt_fortrolige))
        erase_at_once(rad.avsender, vurdering.strengt_fortrolige, rad.objekt, omgivelser=omgivelser, dato=dato, now=now)
        # Where no answer was written there is nothing left to make one of; the failure has been told.
        omgivelser.ledger.innsendinger.raw_removed(rad.innsending_id)


def _is_overtaken(hode: Mapping[str, str], avsender: Avsender, omgivelser: Omgivelser) -> bool:
    """Whether a drop is older than the last whole one of the same system and avdeling (FIL014, FIL019)."""
    if not hode.get("opprettet"):
        return False
    siste = omgivelser.ledger.innsendinger.latest_accepted(
        avsender.orgnr, kildesystem=hode.get("kildesystem"), avdeling=hode.get("avdelingOrgnr") or None, omfang="FULL"
    )
    return (
        siste is not None
        and siste.opprettet is not None
        and datetime.fromisoformat(hode["opprettet"]) < siste.opprettet
    )


def _was_strict(rad: Innsendingsrad, omgivelser: Omgivelser) -> bool:
    """Whether the same bytes, when they came before, named somebody who may not be in a drop."""
    straks = {regel.regel for regel in alle_regler() if Virkning.SLETT_STRAKS in regel.virkning}
    innsendinger = omgivelser.ledger.innsendinger
    return any(
        ett.regelId in straks
        for innsending_id in innsendinger.with_same_bytes(rad.innsending_id)
        for ett in innsendinger.deviations(innsending_id)
    )


def _told_at_the_door(regel_id: str, status: Innsendingsstatus) -> Vurdering:
    avvik = (make_avvik(regel_id),)
    antall = {"deltakelser": 0, "apne": 0, "godtatt": 0, "holdt": 0, "avvik": 1}
    return Vurdering({}, status, avvik, antall, (), ())


def _give_back(leie: Leie, omgivelser: Omgivelser) -> None:
    """Let the next run take what failed at once. What was answered before it failed has no lease left."""
    with contextlib.suppress(LeieTapt):
        omgivelser.ledger.innsendinger.give_back(leie)


def _tell_again(rad: Innsendingsrad, omgivelser: Omgivelser, *, dato: date, now: datetime) -> None:
    """Write the answer that a crash left out, and let the raw drop go. The ledger is not touched: it has decided."""
    avsender = omgivelser.oppsett.avsendere[rad.avsender]
    lest = _read(rad, "", avsender, omgivelser=omgivelser, dato=dato, now=now)
    vurdering = lest if isinstance(lest, Vurdering) else _ask([lest], omgivelser, dato, now)[0]
    refs = [
        omgivelser.ledger.deltakelser.find_ref(avsender.orgnr, post["deltakelse"]["deltakelseId"])
        for post in vurdering.poster
    ]
    kjente = tuple(ref for ref in refs if ref is not None)
    tell(rad, vurdering, avsender, kjente, omgivelser=omgivelser, dato=dato, now=now)
    _erase_if_strict(rad, vurdering, omgivelser, dato=dato, now=now, antall=Counter())
