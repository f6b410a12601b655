"""Time-lapse: consents of many persons over 400 days, and on each day exactly those that an oracle says are there.

Ends move, rows are left out, consents are withdrawn before and long after their deltakelse is erased.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from dateutil.relativedelta import relativedelta

from expectations.innsamling import Samtykkeinnhold
from schemas.avvik import Innsendingsstatus
from tests.ledger.test_samtykker import AVSENDER, NA, NOKKEL, erase
from tiltaksflyt.pipeline.samtykker import consents_of
from tiltaksflyt.pipeline.vurdering import Vurdering

DAG_0 = date(2026, 1, 5)
DAGER = 400
PERSONER = 20
MAANEDER = {"OPPFOLGING_6_MND": 6, "KUNDEREGISTER_12_MND": 12}


@dataclass
class Sak:
    """One person: what the sender will say, and, below the line of facts, what ought to be stored."""

    nr: int
    slutt: date
    rettet: date  # from this day the sender says another end
    rettet_til: date
    formaal: str
    gitt: date
    gyldig_til: date
    trukket: date | None

    deltakelse_til: date | None = None
    var_slettet: bool = False
    finnes: bool = False
    ende: date = date.min
    meldt_trukket: bool = False
    fortalt: bool = False

    def night(self, dag: date) -> None:
        if self.meldt_trukket or self.ende < dag:
            self.finnes = False
        if self.deltakelse_til is not None and self.deltakelse_til < dag:
            self.deltakelse_til, self.var_slettet = None, True

    def told(self, dag: date, *, med_rad: bool) -> None:
        lever = not self.var_slettet
        if lever:
            self.deltakelse_til = self.start(dag) + timedelta(days=84)
        self.fortalt |= med_rad
        if lever and self.fortalt:
            self.ende = min(self.gyldig_til, self.start(dag) + relativedelta(months=MAANEDER[self.formaal]))
        if med_rad and self.is_withdrawn(dag):
            self.meldt_trukket = True
        elif med_rad and lever and self.ende >= dag and not self.meldt_trukket:
            self.finnes = True

    def is_withdrawn(self, dag: date) -> bool:
        return self.trukket is not None and self.trukket <= dag

    def slutt_sagt(self, dag: date) -> date:
        return self.slutt if dag < self.rettet else self.rettet_til

    def start(self, dag: date) -> date:
        """Where the clocks start: the end that is told, or today while it goes on."""
        return min(self.slutt_sagt(dag), dag)

    def consent(self, dag: date) -> dict[str, Any]:
        rad = {
            "samtykkeId": f"S{self.nr}",
            "deltakerId": f"P{self.nr}",
            "deltakelseId": f"D{self.nr}",
            "formaal": self.formaal,
            "tekstversjon": "1",
            "gitt": self.gitt.isoformat(),
            "gyldigTil": self.gyldig_til.isoformat(),
        }
        return rad | ({"trukket": self.trukket.isoformat()} if self.is_withdrawn(dag) and self.trukket else {})

    def post(self, dag: date, rader: list[dict[str, Any]]) -> dict[str, Any]:
        slutt = self.slutt_sagt(dag)
        ferdig = slutt <= dag
        return {
            "deltaker": {"deltakerId": f"P{self.nr}"},
            "deltakelse": {
                "deltakelseId": f"D{self.nr}",
                "deltakerId": f"P{self.nr}",
                "tiltakskode": "AVKLARING",
                "status": "HAR_SLUTTET" if ferdig else "DELTAR",
                "startDato": DAG_0.isoformat(),
                **({"sluttDato": slutt.isoformat()} if ferdig else {}),
            },
            "samtykke": rader,
        }


def cases(rng: Random) -> Iterator[Sak]:
    for nr in range(PERSONER):
        slutt = DAG_0 + timedelta(days=rng.randint(5, 200))
        gitt = slutt - timedelta(days=rng.randint(0, 4))
        yield Sak(
            nr=nr,
            slutt=slutt,
            rettet=slutt + timedelta(days=rng.randint(10, 60)),
            rettet_til=slutt + timedelta(days=rng.choice([0, 0, rng.randint(-40, 40)])),
            formaal=rng.choice(list(MAANEDER)),
            gitt=gitt,
            gyldig_til=gitt + timedelta(days=rng.choice([10, 60, 120, 183, 365, 600])),
            trukket=rng.choice([None, gitt + timedelta(days=rng.randint(0, 330))]),
        )


def drop(ledger: Any, saker: list[Sak], dag: date, rng: Random, kjente: dict[int, dict[str, Any]]) -> None:
    """What the sender's export says on a day, taken in as the step takes it in."""
    poster, rader = [], []
    for sak in saker:
        med_rad = sak.gitt <= dag and rng.random() < 0.7
        if med_rad:
            kjente[sak.nr] = sak.consent(dag)
            rader.append(kjente[sak.nr])
        if not sak.var_slettet:
            poster.append(sak.post(dag, [kjente[sak.nr]] if sak.nr in kjente else []))
        sak.told(dag, med_rad=med_rad)
    innhold = Samtykkeinnhold(tuple(rader), {rad["deltakerId"]: {"telefonnummer": "99999999"} for rad in rader})
    vurdering = Vurdering({}, Innsendingsstatus.GODTATT, (), {}, tuple(poster), (), samtykker=innhold)
    with ledger.transaction():
        lagrede = ledger.deltakelser.store_many(
            AVSENDER,
            poster,
            kildesystem="F",
            accepted_on=dag,
            siste_dag=lambda rad: min(rad.slutt_dato or dag, dag) + timedelta(days=84),
        )
        ledger.samtykker.store_many(AVSENDER, consents_of(vurdering, [rad.ref for rad in lagrede], dag), dag)


def sletting(ledger: Any, dag: date) -> int:
    for rad in ledger.slettinger.due(dag):
        sak = ledger.slettinger.open(rad.ref, [], dato=dag, regelverk="R")
        assert ledger.slettinger.finish(sak.slettesak_id, nokkel=NOKKEL, kategorier=[], now=NA)
    return len(erase(ledger, dag))


def test_on_every_day_exactly_the_consents_that_may_exist_do(ledger: Any) -> None:
    rng = Random(2026)  # noqa: S311  a case, no secret
    saker, kjente = list(cases(rng)), {}
    slettet = levde_etter = 0
    for n in range(DAGER):
        dag = DAG_0 + timedelta(days=n)
        for sak in saker:
            sak.night(dag)
        slettet += sletting(ledger, dag)
        if n % 11 == 0:
            drop(ledger, saker, dag, rng, kjente)
        rader = ledger.samtykker.list()
        ventet = {(f"S{sak.nr}", sak.ende) for sak in saker if sak.finnes}
        funnet = ledger.samtykker.find(AVSENDER, [f"S{sak.nr}" for sak in saker])
        levende = {f"S{sak.nr}" for sak in saker if sak.finnes and not sak.meldt_trukket}
        assert len(rader) == len(ventet), dag
        assert sorted(rad.siste_dag for rad in rader) == sorted(ende for _, ende in ventet), dag
        assert funnet.keys() == {id_ for id_, _ in ventet} >= levende, dag
        uten_lenke = sum(rad.ref is None for rad in rader)
        assert uten_lenke == sum(sak.finnes and sak.var_slettet for sak in saker), dag
        levde_etter = max(levde_etter, uten_lenke)
    assert levde_etter > 3
    assert slettet > PERSONER / 2
    arter = [bevis.values()["art"] for bevis in ledger.bevis.entries()]
    assert arter.count("SAMTYKKE") == slettet
    assert ledger.bevis.verify([NOKKEL.public_key()], []).ok
