"""The seven steps by name, each run to its end in this process: what the command line and the tests call.

Airflow runs the same functions, spread over tasks.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime

from tiltaksflyt.pipeline import (
    avstemming,
    etterlysning,
    frister,
    klokkevakt,
    kvittering,
    levering,
    mottak,
    overlevering,
    rapportering,
    samtykker,
    sletteattest,
    sletteliste,
    sletting,
    vedlikehold,
)
from tiltaksflyt.pipeline.forsok import into_chunks, refuse_failures
from tiltaksflyt.pipeline.omgivelser import Omgivelser

Steg = Callable[[Omgivelser, date, datetime], dict[str, int]]


def run(steg: str, omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Run one step as of `dato`; its counts, summed over senders. Raises KeyError for a step there is not.

    Raises AvsendereFeilet, when everything else is done, if something failed for some senders.
    """
    klokkevakt.beat(omgivelser, now)
    return STEG[steg](omgivelser, dato, now)


def _mottak(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    antall: Counter[str] = Counter()
    for orgnumre in into_chunks(mottak.find_ready(omgivelser, now)):
        antall.update(mottak.receive(orgnumre, omgivelser=omgivelser, dato=dato, now=now))
    refuse_failures([antall])
    return dict(antall)


def _rapportering(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    antall: Counter[str] = Counter()
    for orgnumre in into_chunks(rapportering.due_senders(omgivelser, dato)):
        antall.update(rapportering.build(orgnumre, omgivelser=omgivelser, dato=dato, now=now))
    refuse_failures([antall])
    return dict(antall)


def _levering(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    valgte = levering.choose(omgivelser, dato, now)
    return dict(Counter(levering.send(leveranse_id, omgivelser=omgivelser, now=now) for leveranse_id in valgte))


def _kvittering(omgivelser: Omgivelser, _dato: date, now: datetime) -> dict[str, int]:
    return kvittering.collect(omgivelser, now)


def _frister(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    return {
        **frister.watch(omgivelser, dato),
        **sletteliste.lay_out(omgivelser, dato),
        **overlevering.hand_over(omgivelser, dato, now),
        **etterlysning.alarms(omgivelser, dato, now),
    }


def _sletting(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    klokkevakt.refuse_uncertain_clock(omgivelser, now)
    antall: Counter[str] = Counter(slettet=0)
    for saker in sletting.choose(omgivelser, dato):
        antall.update(sletting.erase(saker, omgivelser=omgivelser, dato=dato, now=now))
    antall.update(samtykker.erase_ended(omgivelser, dato, now))
    antall.update(sletting.sweep(omgivelser, dato))
    return {**antall, **sletteattest.lay_out(omgivelser, dato, now)}


def _vedlikehold(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    klokkevakt.refuse_uncertain_clock(omgivelser, now)
    avstemt = avstemming.reconcile(omgivelser, dato, now)
    return {**vedlikehold.reconcile(omgivelser, dato), **avstemt}


STEG: Mapping[str, Steg] = {
    "mottak": _mottak,
    "rapportering": _rapportering,
    "levering": _levering,
    "kvittering": _kvittering,
    "frister": _frister,
    "sletting": _sletting,
    "vedlikehold": _vedlikehold,
}
