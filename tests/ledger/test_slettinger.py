"""Erasure: a checklist that is finished by the next run, leaves nothing of the person, and proves it."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Table, func, insert, select, update

from tiltaksflyt.ledger import (
    Dokumentsvar,
    Forpliktelsesrad,
    Forsendelsestilstand,
    IkkeFunnet,
    Kvitteringsfil,
    Lagerstand,
    Leveransetilstand,
    NokkelSlettet,
    Slettesakstilstand,
    Statuskode,
    UlovligOvergang,
    Utfall,
    tabeller,
)
from tiltaksflyt.ledger import fullforing as rommet
from tiltaksflyt.ledger.merknader import note
from tiltaksflyt.ledger.nokler import data_nokkel

AVSENDER = "889640782"
NA = datetime(2026, 6, 24, 22, 15, tzinfo=UTC)
SISTE_DAG = date(2026, 6, 23)
I_DAG = SISTE_DAG + timedelta(days=1)
FRA = frozenset({"0315"})
SLUTT = {"sluttDato": "2026-03-31"}  # + 84 days = 23 June
NOKKEL = Ed25519PrivateKey.generate()


def _finish(ledger: Any, slettesak_id: str, nokkel: Ed25519PrivateKey = NOKKEL) -> Any:
    return ledger.slettinger.finish(slettesak_id, nokkel=nokkel, kategorier=["NAVN", "FODSELSNUMMER"], now=NA)


def _open(ledger: Any, ref: str, *lagre: str) -> Any:
    return ledger.slettinger.open(ref, lagre, dato=I_DAG, regelverk="AFT-gjeldende")


def _number(ledger: Any, tabell: Table) -> int:
    with ledger.database.read() as conn:
        return int(conn.scalar(select(func.count()).select_from(tabell)))


def _live(ledger: Any, store: Any, build_document: Any, nr: str) -> str:
    """A deltakelse with a row in every table that can refer to it."""
    ref: str = store(ledger, nr, deltakelse=SLUTT)
    plass = build_document(ledger, ref)
    leveranse_id = ledger.leveranser.create("0315", "sftp", "v", [plass.melding_id], now=NA).leveranse_id
    leie = ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA)
    ledger.leveranser.record(leie, Utfall(Leveransetilstand.SENDT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    svar = [Dokumentsvar(plass.melding_id, "GODTATT")]
    ledger.kvitteringer.record(Kvitteringsfil(f"k{nr}", leveranse_id, NA, FRA, I_DAG, svar=svar))
    ledger.forpliktelser.replace_all(ref, [Forpliktelsesrad(ref, "PLAN", 1, I_DAG, "LEVERT_I_TIDE")])
    with ledger.database.write() as conn:
        (sendt,) = conn.execute(select(tabeller.forsendelse).where(tabeller.forsendelse.c.ref == ref)).all()
        note(
            conn,
            Statuskode.MOTSTRIDENDE_SVAR,
            mottaker="0315",
            dato=I_DAG,
            leveranse_id=leveranse_id,
            forsendelse=sendt,
        )
        avvik = {"mottaker": "0315", "leveranse_id": leveranse_id, "kode": "ANNET_SVAR", "antall": 1, "forst": I_DAG}
        conn.execute(
            insert(tabeller.avstemmingsavvik).values(avvik_id=f"a{nr}", melding_id=sendt.melding_id, ref=ref, **avvik)
        )
    ledger.hendelser.append("SENDT", {"nr": nr}, tid=NA, dato=I_DAG, ref=ref)
    ledger.tilbakehold.begin(ref, av="Drift", grunn="klage", fra=date(2026, 1, 1), til=date(2026, 1, 31))
    with ledger.database.write() as conn:
        conn.execute(
            insert(tabeller.samtykke).values(
                samtykke_ref=f"s{nr}",
                avsender=AVSENDER,
                ekstern_hmac=f"h{nr}",
                ref=ref,
                nokkel_id="egen",
                innhold=b"",
                formaal="ETTEROPPFOLGING",
                gyldig_til=I_DAG,
            )
        )
    return ref


def test_erasure_leaves_nothing_of_the_one_and_everything_of_the_other(
    ledger: Any, store: Any, build_document: Any
) -> None:
    borte, igjen = (_live(ledger, store, build_document, nr) for nr in ("-1", "-2"))
    sak = _open(ledger, borte)
    bevis = _finish(ledger, sak.slettesak_id)

    for tabell in tabeller.metadata.sorted_tables:
        with ledger.database.read() as conn:
            assert borte not in repr(conn.execute(select(tabell)).all()), tabell.name
    with ledger.nokler.database.read() as conn:
        assert conn.scalar(select(func.count()).select_from(data_nokkel)) == 1
    with pytest.raises(IkkeFunnet):
        ledger.deltakelser.read(borte)
    assert ledger.deltakelser.read(igjen)
    assert len(ledger.hendelser.for_deltakelse(igjen)) == 1
    for tabell in rommet.PERSONTABELLER:
        assert _number(ledger, tabell) == 1, tabell.name

    assert bevis.values()["antall"] == {
        "avstemmingsavvik": 1,
        "kvitteringsmerknad": 1,
        "kvittering": 1,
        "forsendelse": 1,
        "dokument": 1,
        "forpliktelse": 1,
        "hendelse_oppslag": 1,
        "tilbakehold": 1,
        "deltakelse": 1,
    }
    # What outlives it: a samtykke without its link, the events without whom, the package's counts.
    with ledger.database.read() as conn:
        assert dict(conn.execute(select(tabeller.samtykke.c.samtykke_ref, tabeller.samtykke.c.ref)).all()) == {
            "s-1": None,
            "s-2": igjen,
        }
    assert _number(ledger, tabeller.hendelse) == 2
    oversikt = ledger.oversikt(NA)
    assert (oversikt.bygget, oversikt.sendt, oversikt.godtatt, oversikt.slettet) == (2, 2, 2, 1)


def test_by_what_it_was_known_elsewhere_nobody_finds_it_again(ledger: Any, store: Any) -> None:
    """What stands held, and what was confirmed of it and of its person, who has another deltakelse at first."""
    forste, andre, annen = (store(ledger, nr) for nr in ("-1", "-2", "-3"))
    with ledger.database.write() as conn:
        conn.execute(
            update(tabeller.deltakelse).where(tabeller.deltakelse.c.ref.in_([forste, andre])).values(deltaker_hmac="p")
        )
        kjent = dict(conn.execute(select(tabeller.deltakelse.c.ref, tabeller.deltakelse.c.ekstern_hmac)).all())
    for sak in (*kjent.values(), "p"):
        ledger.bekreftelser.confirm("SLE002", sak[:60], av="Kari", grunn="stemmer", tid=NA)
    _hold(ledger, kjent.values())

    def known() -> tuple[set[str], set[str]]:
        with ledger.database.read() as conn:
            saker = set(conn.scalars(select(tabeller.bekreftelse.c.sak)))
            return saker, set(conn.scalars(select(tabeller.holdt.c.ekstern_hmac)))

    _open(ledger, forste)
    assert known() == ({kjent[andre][:60], kjent[annen][:60], "p"}, {kjent[andre], kjent[annen]})
    _open(ledger, andre)
    assert known() == ({kjent[annen][:60]}, {kjent[annen]})


def _hold(ledger: Any, avtrykk: Iterable[str]) -> None:
    funn = ledger.innsendinger.discover(AVSENDER, "a" * 64, 10, etag="e", last_modified=NA, now=NA)
    felles = {"avsender": AVSENDER, "innsending_id": funn.innsending_id, "regler": [], "siden": I_DAG}
    with ledger.database.write() as conn:
        conn.execute(
            insert(tabeller.holdt),
            [{**felles, "ekstern_hmac": ett, "siste_dag": I_DAG} for ett in avtrykk],
        )


def test_what_the_channel_calls_a_package_goes_with_the_last_one_in_it(
    ledger: Any, store: Any, build_document: Any
) -> None:
    refs = [store(ledger, nr, deltakelse=SLUTT) for nr in ("-1", "-2")]
    meldinger = [build_document(ledger, ref).melding_id for ref in refs]
    leveranse_id = ledger.leveranser.create("0315", "sftp", "v", meldinger, now=NA).leveranse_id
    leie = ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA)
    ledger.leveranser.bind(leie, "hos-kanalen")
    ledger.leveranser.record(leie, Utfall(Leveransetilstand.SENDT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    for ref, kanal_ref in zip(refs, ("hos-kanalen", None), strict=True):
        assert _finish(ledger, _open(ledger, ref).slettesak_id)
        assert ledger.leveranser.get(leveranse_id).kanal_ref == kanal_ref


def test_every_table_that_refers_to_a_deltakelse_is_erased() -> None:
    """A new table with a foreign key to a deltakelse, direct or not, must be put on the list, or decided about."""
    funnet, nye = set(), {"deltakelse"}
    while nye:
        funnet |= nye
        nye = {
            tabell.name
            for tabell in tabeller.metadata.sorted_tables
            for nokkel in tabell.foreign_keys
            if nokkel.column.table.name in funnet
        } - funnet
    besluttet = {
        "deltakelse",  # itself
        "samtykke",  # loses its link
        "utlagt_deltakelse",  # must be gone before
    }
    assert funnet == {tabell.name for tabell in rommet.PERSONTABELLER} | besluttet
    for tabell in tabeller.metadata.sorted_tables:
        if "ref" in tabell.c and tabell.name != "slettesak":
            assert tabell.name in funnet, f"{tabell.name}.ref is no foreign key"


def test_the_evidence_names_case_counts_and_rules_and_nobody(
    ledger: Any, store: Any, build_document: Any, kanari: Any
) -> None:
    ref = _live(ledger, store, build_document, "")
    meldinger = [rad.melding_id for rad in ledger.dokumenter.list(ref)]
    sak = _open(ledger, ref, "bucket")
    ledger.slettinger.mark_done(sak.slettesak_id, "bucket", 4)
    ledger.slettinger.mark_checked(sak.slettesak_id, "bucket")
    bevis = _finish(ledger, sak.slettesak_id)
    verdier = bevis.values()
    assert verdier | {"antall": None} == {
        "art": "SLETTING",
        "avsender": AVSENDER,
        "dato": "2026-06-24",
        "fullfort": "2026-06-24",
        "dagerForSent": 0,
        "dagerHoldtTilbake": 0,
        "grunn": "SISTE_DAG",
        "regelverk": "AFT-gjeldende",
        "kategorier": ["FODSELSNUMMER", "NAVN"],
        "lagre": {"bucket": 4, "ledger": 9, "nokkellager": 1},
        "antall": None,
        "lopenr": 1,
        "forrige": "0" * 64,
        "slettesakId": sak.slettesak_id,
        "tid": "2026-06-24T22:15:00+00:00",
    }
    alt = json.dumps(verdier)
    for verdi in (*kanari.values(), ref, *meldinger):
        assert verdi not in alt
    assert ledger.bevis.verify([NOKKEL.public_key()], [ledger.bevis.head()]).ok


@pytest.mark.parametrize(
    ("dato", "venter"),
    [
        (SISTE_DAG, False),  # day 84: the last day it may exist
        (SISTE_DAG + timedelta(days=1), True),  # day 85: gone
    ],
)
def test_the_last_day_is_kept_and_the_next_is_not(ledger: Any, store: Any, dato: date, venter: bool) -> None:
    ref = store(ledger, "-1", deltakelse=SLUTT)
    store(ledger, "-2", dag=dato)
    assert [rad.ref for rad in ledger.slettinger.due(dato)] == ([ref] if venter else [])


def test_only_a_hold_in_force_postpones(ledger: Any, store: Any) -> None:
    ref = store(ledger, deltakelse=SLUTT)
    til = I_DAG + timedelta(days=10)
    tilbakehold_id = ledger.tilbakehold.begin(ref, av="Kari", grunn="klage", fra=I_DAG, til=til)
    assert len(ledger.slettinger.due(I_DAG - timedelta(days=0))) == 0
    assert ledger.slettinger.due(til) == ()
    assert len(ledger.slettinger.due(til + timedelta(days=1))) == 1
    (holdt,) = ledger.tilbakehold.active(I_DAG)
    assert (holdt.ref, holdt.av, holdt.grunn, holdt.til) == (ref, "Kari", "klage", til)
    assert ledger.tilbakehold.active(I_DAG - timedelta(days=1)) == ()
    opphevet = I_DAG + timedelta(days=2)
    ledger.tilbakehold.lift(tilbakehold_id, av="Ola", dato=opphevet)
    assert ledger.slettinger.due(opphevet - timedelta(days=1)) == ()
    assert len(ledger.slettinger.due(opphevet)) == 1
    with pytest.raises(IkkeFunnet):
        ledger.tilbakehold.lift(tilbakehold_id, av="Ola", dato=opphevet)


def test_the_announced_id_is_random_stable_and_the_one_that_is_used(ledger: Any, store: Any) -> None:
    a, b = store(ledger, "-1"), store(ledger, "-2")
    ider = ledger.slettinger.announce([a, b], I_DAG)
    assert len(set(ider.values())) == 2
    assert ledger.slettinger.announce([b, a], I_DAG) == ider
    assert ledger.deltakelser.get(a).slettesak_id == ider[a]
    assert ledger.slettinger.get(ider[a]).tilstand is Slettesakstilstand.VARSLET
    assert ledger.slettinger.unfinished() == ()
    assert _open(ledger, a).slettesak_id == ider[a]
    store(ledger, "-2")  # a later drop leaves the announcement alone
    assert ledger.deltakelser.get(b).slettesak_id == ider[b]
    with pytest.raises(IkkeFunnet):
        ledger.slettinger.announce(["finnes-ikke"], I_DAG)


def test_an_interrupted_erasure_stands_open_and_is_finished_by_the_next_run(sted: Any, store: Any) -> None:
    with sted.open() as ledger:
        ref = store(ledger, deltakelse=SLUTT)
        sak = _open(ledger, ref, "bucket", "utboks")
        ledger.slettinger.mark_done(sak.slettesak_id, "bucket", 2)
        ledger.slettinger.destroy_key(sak.slettesak_id)
    with sted.open() as ledger:  # the next day, in another process
        assert ledger.slettinger.due(I_DAG + timedelta(days=1)) == ()
        (sak,) = ledger.slettinger.unfinished()
        assert sak.lagre == {
            "bucket": Lagerstand(True, False, 2),
            "ledger": Lagerstand(False, False, 0),
            "nokkellager": Lagerstand(True, True, 1),
            "utboks": Lagerstand(False, False, 0),
        }
        assert ledger.oversikt(NA + timedelta(days=1)).sittende_fast["slettesaker"] == 1
        with pytest.raises(NokkelSlettet):
            ledger.deltakelser.read(ref)
        assert _open(ledger, ref, "bucket", "utboks").lagre == sak.lagre  # opened again: as it stands
        assert _finish(ledger, sak.slettesak_id) is None
        ledger.slettinger.mark_checked(sak.slettesak_id, "bucket")
        assert _finish(ledger, sak.slettesak_id) is None
        with pytest.raises(UlovligOvergang):
            ledger.slettinger.mark_checked(sak.slettesak_id, "utboks")  # not before it is done
        ledger.slettinger.mark_done(sak.slettesak_id, "utboks", 0)
        ledger.slettinger.mark_checked(sak.slettesak_id, "utboks")
        bevis = _finish(ledger, sak.slettesak_id)
        assert bevis.values()["lagre"]["nokkellager"] == 1  # counted when it was destroyed, the day before
        assert ledger.slettinger.unfinished() == ()
        with pytest.raises(UlovligOvergang):
            _finish(ledger, sak.slettesak_id)  # once only
        assert ledger.bevis.head().antall == 1
        with pytest.raises(IkkeFunnet):
            ledger.slettinger.mark_done(sak.slettesak_id, "ukjent", 1)


def test_a_failed_signature_undoes_the_removal_and_keeps_the_case_open(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    sak = _open(ledger, ref)

    class Brutt:
        def sign(self, _innhold: bytes) -> bytes:
            raise RuntimeError("the signing key is not there")

    with pytest.raises(RuntimeError):
        _finish(ledger, sak.slettesak_id, Brutt())  # type: ignore[arg-type]
    assert [s.slettesak_id for s in ledger.slettinger.unfinished()] == [sak.slettesak_id]
    assert ledger.deltakelser.get(ref)
    assert ledger.bevis.head().antall == 0
    assert _finish(ledger, sak.slettesak_id)


def test_a_file_still_lying_out_or_a_package_on_its_way_keeps_the_case_open(
    ledger: Any, store: Any, build_document: Any
) -> None:
    ref = store(ledger, deltakelse=SLUTT)
    melding_id = build_document(ledger, ref).melding_id
    leveranse_id = ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA).leveranse_id
    ledger.utlagte.add("utboks/889640782/liste.csv", AVSENDER, [ref], I_DAG)
    sak = _open(ledger, ref)
    assert _finish(ledger, sak.slettesak_id) is None
    ledger.utlagte.remove("utboks/889640782/liste.csv")
    assert _finish(ledger, sak.slettesak_id) is None
    ledger.leveranser.cancel(leveranse_id, Statuskode.AVLYST_FOR_SLETTING, now=NA)
    assert ledger.dokumenter.forsendelser(tilstand=Forsendelsestilstand.KLAR) == ()  # it is not sent in another
    assert ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA) is None
    assert _finish(ledger, sak.slettesak_id)


def test_a_deltakelse_under_erasure_is_out_of_reach(ledger: Any, store: Any, build_document: Any, kanari: Any) -> None:
    ref = store(ledger, deltakelse=SLUTT)
    melding_id = build_document(ledger, ref).melding_id
    ledger.forpliktelser.replace_all(ref, [Forpliktelsesrad(ref, "PLAN", 1, I_DAG, "FORFALT")])
    sak = _open(ledger, ref)
    assert ledger.deltakelser.list() == ()
    assert list(ledger.deltakelser.each()) == []
    assert ledger.deltakelser.find_ref(AVSENDER, kanari.deltakelse_id) is None
    assert ledger.deltakelser.of_deltaker(AVSENDER, kanari.deltaker_id) == ()
    assert ledger.forpliktelser.list() == ()
    (forsendelse,) = ledger.dokumenter.forsendelser(ref=ref)
    assert (forsendelse.melding_id, forsendelse.tilstand, forsendelse.statuskode) == (
        melding_id,
        Forsendelsestilstand.TILBAKEKALT,
        Statuskode.SLETTES,
    )
    # The sender drops it once more in the middle of it: that is a new one, and it survives the erasure of the old.
    ny = store(ledger, dag=I_DAG)
    assert ny != ref
    assert _finish(ledger, sak.slettesak_id)
    assert ledger.deltakelser.read(ny)


def test_the_sender_confirms_its_own_case_and_nobody_elses(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    slettesak_id = ledger.slettinger.announce([ref], I_DAG)[ref]
    assert not ledger.slettinger.confirm_by_sender("974760673", slettesak_id, I_DAG)
    assert ledger.slettinger.get(slettesak_id).avsender_slettet is None
    _open(ledger, ref)
    _finish(ledger, slettesak_id)
    assert ledger.slettinger.confirm_by_sender(AVSENDER, slettesak_id, I_DAG)  # also after our own erasure
    sak = ledger.slettinger.get(slettesak_id)
    assert (sak.avsender_slettet, sak.ref, sak.tilstand) == (I_DAG, None, Slettesakstilstand.FULLFORT)


def test_what_lies_out_never_outlives_anyone_in_it(ledger: Any, store: Any) -> None:
    kort, lang = store(ledger, "-1", deltakelse=SLUTT), store(ledger, "-2", dag=I_DAG)
    sent = I_DAG + timedelta(days=14)
    assert ledger.utlagte.add("a", AVSENDER, [lang], sent) == sent
    assert ledger.utlagte.add("b", AVSENDER, [kort, lang, kort], sent) == SISTE_DAG
    assert ledger.utlagte.add("c", AVSENDER, [], I_DAG) == I_DAG
    assert ledger.utlagte.due(SISTE_DAG) == ()
    assert ledger.utlagte.due(I_DAG) == ("b",)
    assert ledger.utlagte.due(I_DAG + timedelta(days=1)) == ("b", "c")
    assert ledger.utlagte.for_deltakelse(lang) == ("a", "b")
    ledger.deltakelser.set_siste_dag(lang, I_DAG)  # its end came earlier than the list knew
    assert ledger.utlagte.due(I_DAG + timedelta(days=1)) == ("a", "b", "c")
    assert ledger.utlagte.add("b", AVSENDER, [lang], SISTE_DAG) == SISTE_DAG  # written anew without the other
    assert ledger.utlagte.for_deltakelse(kort) == ()
    for nokkel in ("a", "b", "c", "c"):
        ledger.utlagte.remove(nokkel)
    assert ledger.utlagte.due(date.max) == ()


def test_the_day_a_sender_was_first_told_is_kept(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    slettesak_id = ledger.slettinger.announce([ref], SISTE_DAG)[ref]
    ledger.slettinger.announce([ref], I_DAG)
    assert ledger.slettinger.get(slettesak_id).varslet == SISTE_DAG


def test_open_is_what_we_erased_and_told_of_and_the_sender_has_not_confirmed(ledger: Any, store: Any) -> None:
    apen, bekreftet, varslet, uvarslet = (store(ledger, f"-{nr}") for nr in range(4))
    ider = ledger.slettinger.announce([apen, bekreftet, varslet], SISTE_DAG)
    for ref in (apen, bekreftet, uvarslet):
        _finish(ledger, _open(ledger, ref).slettesak_id)
    ledger.slettinger.confirm_by_sender(AVSENDER, ider[bekreftet], I_DAG)
    ventet = [(ider[apen], AVSENDER, I_DAG)]
    for spurt in ({}, {"avsender": AVSENDER}):
        funnet = ledger.slettebekreftelser.unconfirmed(I_DAG, **spurt)
        assert [(ett.slettesak_id, ett.avsender, ett.slettet) for ett in funnet] == ventet
    assert ledger.slettebekreftelser.unconfirmed(I_DAG, "974760673") == ()
    assert ledger.slettebekreftelser.unconfirmed(I_DAG + timedelta(days=1)) == ()
    assert ledger.slettebekreftelser.confirmed(ider.values()) == {ider[bekreftet]: I_DAG}
    ledger.slettebekreftelser.take_back([ider[bekreftet]])
    assert ledger.slettebekreftelser.confirmed(ider.values()) == {}
