"""The table of docs/pipeline/kvittering.md: what each kind of receipt changes, what is remarked, whom it lets tell.

One test for each row of the table, on both kinds of database.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltaksflyt.ledger import (
    Dokumentsvar,
    Forsendelsestilstand,
    Kvitteringsfil,
    Ledger,
    Leveransetilstand,
    NyForsendelse,
    Statuskode,
    Utfall,
    load_signing_key,
)
from tiltaksflyt.ledger.svarvurdering import Avgittsvar, standing, weigh

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
I_DAG = date(2026, 3, 2)
NAV, ANNEN = "0315", "0316"
F, L, S = Forsendelsestilstand, Leveransetilstand, Statuskode


class Sak:
    """A package with two documents at the recipient, and receipts to it as a test writes them."""

    def __init__(self, ledger: Ledger, store: Any, build_document: Any) -> None:
        self.ledger = ledger
        self._bygg = build_document
        self.refs = [store(ledger, f"-{nr}") for nr in range(2)]
        self.a, self.b = (build_document(ledger, ref).melding_id for ref in self.refs)
        self.id = self.create(self.a, self.b)
        self._nr = 0

    def create(self, *melding_ider: str, mottaker: str = NAV) -> str:
        rad = self.ledger.leveranser.create(mottaker, "sftp", "v", melding_ider, now=NA)
        assert rad is not None
        return rad.leveranse_id

    def attempt(self, leveranse_id: str, tilstand: L = L.MOTTATT, kode: S = S.OVERFORT, **mer: Any) -> None:
        leie = self.ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA)
        assert leie is not None
        self.ledger.leveranser.record(leie, Utfall(tilstand, kode, tid=NA, dato=I_DAG, **mer))

    def sent(self) -> "Sak":
        self.attempt(self.id)
        return self

    def correct(self, nr: int = 0, mottaker: str = NAV) -> str:
        """A new version of a document, not sent."""
        plass = self._bygg(self.ledger, self.refs[nr], tekst="rettet", forsendelser=[NyForsendelse(mottaker)])
        return str(plass.melding_id)

    def receipt(
        self,
        *svar: tuple[str, str],
        teknisk: L | None = None,
        minutter: int = 0,
        til: str | None = None,
        fra: str = NAV,
        kilde: str | None = None,
        kode: str | None = None,
    ) -> Any:
        self._nr += 1
        return self.ledger.kvitteringer.record(
            Kvitteringsfil(
                kilde or f"k{self._nr}",
                til or self.id,
                NA + timedelta(minutes=minutter),
                frozenset({fra}),
                I_DAG,
                teknisk=teknisk,
                svar=[Dokumentsvar(melding_id, status, kode) for melding_id, status in svar],
            )
        )

    def state(self, melding_id: str) -> F:
        funnet = [rad for ref in self.refs for rad in self.ledger.dokumenter.forsendelser(ref=ref)]
        return next(rad.tilstand for rad in funnet if rad.melding_id == melding_id)

    def package(self) -> L:
        return self.ledger.leveranser.get(self.id).tilstand

    def remarks(self) -> list[tuple[S, int]]:
        return [(merknad.kode, merknad.antall) for merknad in self.ledger.merknader.remarkable()]

    def counts(self) -> tuple[int, int]:
        oversikt = self.ledger.oversikt(NA)
        return oversikt.godtatt, oversikt.avvist


@pytest.fixture
def sak(ledger: Any, store: Any, build_document: Any) -> Sak:
    return Sak(ledger, store, build_document)


def test_the_same_answer_in_another_file_counts_once(sak: Sak) -> None:
    sak.sent().receipt((sak.a, "GODTATT"), teknisk=L.LEVERT)
    funn = sak.receipt((sak.a, "GODTATT"), minutter=5)
    assert (funn.ny, funn.koblet, funn.gjentatt, funn.merknader) == (True, (sak.a,), 1, ())
    assert len(sak.ledger.kvitteringer.for_deltakelse(sak.refs[0])) == 1
    assert (sak.counts(), sak.remarks()) == ((1, 0), [])


def test_a_rejection_with_another_reason_is_told_again(sak: Sak) -> None:
    sak.sent().receipt((sak.a, "AVVIST"), teknisk=L.LEVERT, kode="A1")
    funn = sak.receipt((sak.a, "AVVIST"), minutter=5, kode="A2")
    assert (funn.avvist, funn.gjentatt, funn.merknader) == ((sak.a,), 0, ())
    assert [rad.kode for rad in sak.ledger.kvitteringer.for_deltakelse(sak.refs[0])] == ["A1", "A2"]
    assert sak.counts() == (0, 1)


@pytest.mark.parametrize("status", ["GODTATT", "AVVIST"])
def test_an_answer_after_the_next_version_was_sent_moves_nothing_and_tells_nobody(sak: Sak, status: str) -> None:
    sak.sent()
    ny = sak.correct()
    sak.attempt(sak.create(ny))
    funn = sak.receipt((sak.a, status), teknisk=L.LEVERT)
    assert (funn.koblet, funn.avvist, funn.merknader) == ((sak.a,), (), (S.SVAR_ETTER_ERSTATNING,))
    assert (sak.state(sak.a), sak.state(ny)) == (F.ERSTATTET, F.SENDT)
    assert sak.remarks() == [(S.SVAR_ETTER_ERSTATNING, 1)]


@pytest.mark.parametrize("slutt", ["utlopt", "avlyst"])
def test_an_answer_after_the_package_was_given_up_waits_for_the_next(sak: Sak, slutt: str) -> None:
    if slutt == "utlopt":
        sak.sent().ledger.leveranser.expire(sak.id)
    else:
        sak.attempt(sak.id, L.FEIL, S.TILGANG_NEKTET)
        sak.ledger.leveranser.cancel(sak.id, S.AVLYST_AV_PERSON, now=NA)
    funn = sak.receipt((sak.a, "AVVIST"), teknisk=L.LEVERT)
    assert (funn.koblet, funn.avvist) == ((), ())
    assert (sak.state(sak.a), sak.counts(), sak.remarks()) == (F.KLAR, (0, 0), [(S.SVAR_ETTER_AVSLUTNING, 1)])
    assert sak.package() in (L.LEVETID_UTLOPT, L.AVLYST)

    # Sent again: the answer counts, whichever of the two packages it names.
    ny = sak.create(sak.a, sak.b)
    sak.attempt(ny)
    assert sak.receipt((sak.a, "AVVIST"), til=ny, minutter=1).avvist == (sak.a,)
    assert sak.receipt((sak.b, "GODTATT"), minutter=1).koblet == (sak.b,)
    assert (sak.state(sak.a), sak.state(sak.b), sak.counts()) == (F.AVVIST, F.GODTATT, (1, 1))


def test_an_answer_after_erasure_is_counted_and_shows_nothing_of_whom(sak: Sak, sted: Any) -> None:
    sak.sent()
    sak.receipt((sak.a, "GODTATT"), teknisk=L.LEVERT)
    sak.receipt((sak.a, "AVVIST"), minutter=1)
    apen = sak.ledger.slettinger.open(sak.refs[0], [], dato=I_DAG, regelverk="AFT")
    nokkel = load_signing_key(sted.mappe / "bevis.key")
    assert sak.ledger.slettinger.finish(apen.slettesak_id, nokkel=nokkel, kategorier=[], now=NA)
    assert sak.remarks() == []  # the contradiction went with the document
    funn = sak.receipt((sak.a, "GODTATT"), minutter=2)
    assert (funn.koblet, funn.etter_sletting, funn.merknader) == ((), 1, ())
    assert sak.remarks() == []


def test_an_answer_to_nothing_of_ours_is_shown(sak: Sak) -> None:
    sak.sent()
    ukjent = "00000000-0000-4000-8000-000000000000"
    funn = sak.receipt((ukjent, "GODTATT"), (sak.b, "GODTATT"), teknisk=L.LEVERT)
    assert (funn.koblet, funn.ukoblet) == ((sak.b,), 1)
    (merknad,) = sak.ledger.merknader.remarkable()
    assert (merknad.kode, merknad.mottaker, merknad.leveranse_id) == (S.UKOBLET_SVAR, NAV, sak.id)
    assert merknad.melding_id is None


@pytest.mark.parametrize("rekke", list(permutations(["LEVERT", "FEIL"])), ids="-".join)
def test_a_package_both_opened_and_not_is_opened_and_shown(sak: Sak, rekke: tuple[str, ...]) -> None:
    sak.sent()
    funn = [sak.receipt(teknisk=L(status), minutter=nr) for nr, status in enumerate(rekke)]
    assert [ett.merknader for ett in funn] == [(), (S.MOTSTRIDENDE_KVITTERING,)]
    assert (sak.package(), sak.state(sak.a)) == (L.LEVERT, F.SENDT)
    assert sak.remarks() == [(S.MOTSTRIDENDE_KVITTERING, 1)]


@pytest.mark.parametrize("forst", ["svar", "feil"])
def test_answers_to_a_package_that_could_not_be_opened_count_and_are_shown(sak: Sak, forst: str) -> None:
    sak.sent()
    if forst == "svar":
        sak.receipt((sak.a, "GODTATT"))
        funn = sak.receipt(teknisk=L.FEIL)
    else:
        sak.receipt(teknisk=L.FEIL)
        funn = sak.receipt((sak.a, "GODTATT"))
    assert funn.merknader == (S.MOTSTRIDENDE_KVITTERING,)
    assert (sak.package(), sak.state(sak.a), sak.state(sak.b)) == (L.FEIL, F.GODTATT, F.SENDT)


SVAR = [("GODTATT", 0), ("AVVIST", 1), ("GODTATT_MED_MERKNAD", 2), ("AVVIST", 3)]


@pytest.mark.parametrize("antall", [2, 3, 4])
def test_contradicting_answers_in_any_order_end_with_the_latest(sak: Sak, antall: int) -> None:
    """Each order on a document of its own would be slow; the two documents take one order each, and its reverse."""
    sak.sent().receipt(teknisk=L.LEVERT)
    rekke = SVAR[:antall]
    for melding_id, orden in ((sak.a, rekke), (sak.b, rekke[::-1])):
        for status, minutter in orden:
            sak.receipt((melding_id, status), minutter=minutter)
    ventet = F.AVVIST if rekke[-1][0] == "AVVIST" else F.GODTATT
    assert {sak.state(sak.a), sak.state(sak.b)} == {ventet}
    assert sak.counts() == ((0, 2) if ventet is F.AVVIST else (2, 0))
    assert {kode for kode, _ in sak.remarks()} == {S.MOTSTRIDENDE_SVAR}
    assert len(sak.remarks()) == 2


def test_an_older_rejection_that_comes_late_tells_nobody(sak: Sak) -> None:
    sak.sent().receipt((sak.a, "GODTATT"), teknisk=L.LEVERT, minutter=5)
    funn = sak.receipt((sak.a, "AVVIST"), minutter=1)
    assert (funn.koblet, funn.avvist, funn.merknader) == ((sak.a,), (), (S.MOTSTRIDENDE_SVAR,))
    assert sak.state(sak.a) is F.GODTATT


def test_an_acceptance_after_a_rejection_lets_the_sender_be_told(sak: Sak) -> None:
    sak.sent().receipt((sak.a, "AVVIST"), teknisk=L.LEVERT)
    funn = sak.receipt((sak.a, "GODTATT"), minutter=1, kilde="snudd")
    assert (funn.avvist, funn.opphevet) == ((), (sak.a,))
    assert sak.receipt((sak.a, "GODTATT"), minutter=1, kilde="snudd").opphevet == (sak.a,)
    # A run that broke off before it told of the rejection does not tell of it now.
    assert sak.receipt((sak.a, "AVVIST"), kilde="k1", teknisk=L.LEVERT).avvist == ()


def test_answers_before_the_package_is_receipted_are_shown_until_it_is(sak: Sak) -> None:
    sak.sent().receipt((sak.a, "GODTATT"))
    assert (sak.package(), sak.state(sak.a)) == (L.MOTTATT, F.GODTATT)
    assert sak.remarks() == [(S.SVAR_FOR_KVITTERING, 1)]
    sak.receipt(teknisk=L.LEVERT)
    assert (sak.package(), sak.remarks()) == (L.LEVERT, [])


@pytest.mark.parametrize("svarer", [True, False])
def test_a_receipt_for_a_package_we_gave_up_sending_shows_that_it_arrived(sak: Sak, svarer: bool) -> None:
    """The answer to the last attempt was lost: what is receipted has arrived, and is not sent again."""
    sak.attempt(sak.id, L.FEIL, S.FOR_MANGE_FORSOK)
    assert sak.state(sak.a) is F.I_LEVERANSE
    funn = sak.receipt((sak.a, "GODTATT")) if svarer else sak.receipt(teknisk=L.LEVERT)
    assert funn.merknader == ()
    assert sak.package() is (L.MOTTATT if svarer else L.LEVERT)
    assert (sak.state(sak.a), sak.state(sak.b)) == (F.GODTATT if svarer else F.SENDT, F.SENDT)
    (rad,) = sak.ledger.dokumenter.forsendelser(ref=sak.refs[1])
    assert rad.sendt_dato == I_DAG
    pakke = sak.ledger.leveranser.get(sak.id)
    assert (pakke.sendt, pakke.sendt_dato) == (NA, I_DAG)


def test_an_answer_to_a_version_that_was_not_sent_changes_nothing(sak: Sak) -> None:
    sak.sent().receipt(teknisk=L.LEVERT)
    ny = sak.correct()
    for minutter in range(2):
        funn = sak.receipt((ny, "GODTATT"), minutter=minutter)
        assert (funn.koblet, funn.merknader) == ((), (S.SVAR_UTENFOR_LEVERANSEN,))
    assert (sak.state(ny), sak.state(sak.a), sak.counts()) == (F.KLAR, F.SENDT, (0, 0))
    assert sak.remarks() == [(S.SVAR_UTENFOR_LEVERANSEN, 2)]


@pytest.mark.parametrize("kjent_leveranse", [True, False])
def test_an_answer_to_a_document_of_another_package_changes_nothing(sak: Sak, kjent_leveranse: bool) -> None:
    sak.sent().receipt(teknisk=L.LEVERT)
    rettet = sak.correct(1)
    annen = sak.create(rettet)
    sak.attempt(annen)
    til = annen if kjent_leveranse else "00000000-0000-4000-8000-000000000000"
    funn = sak.receipt((sak.a, "AVVIST"), til=til)
    assert (funn.koblet, funn.avvist, funn.merknader) == ((), (), (S.SVAR_UTENFOR_LEVERANSEN,))
    assert sak.state(sak.a) is F.SENDT


def test_a_receipt_from_another_than_the_recipient_changes_nothing_and_is_shown(sak: Sak) -> None:
    sak.sent()
    for nr in range(3):
        funn = sak.receipt((sak.a, "AVVIST"), teknisk=L.FEIL, fra=ANNEN, minutter=nr)
        assert (funn.ny, funn.falsk, funn.koblet, funn.avvist) == (True, True, (), ())
        assert funn.merknader == (S.FALSK_KVITTERING,)
    assert (sak.package(), sak.state(sak.a), sak.counts()) == (L.MOTTATT, F.SENDT, (0, 0))
    (merknad,) = sak.ledger.merknader.remarkable()
    assert (merknad.kode, merknad.mottaker, merknad.antall) == (S.FALSK_KVITTERING, ANNEN, 3)
    assert (merknad.leveranse_id, merknad.melding_id) == (sak.id, None)


def test_a_forged_copy_does_not_use_up_the_real_receipt(sak: Sak) -> None:
    sak.sent().receipt((sak.a, "GODTATT"), fra=ANNEN, kilde="lik")
    assert sak.receipt((sak.a, "GODTATT"), fra=ANNEN, kilde="lik").ny is False
    assert sak.receipt((sak.a, "GODTATT"), kilde="lik").koblet == (sak.a,)
    assert sak.state(sak.a) is F.GODTATT
    assert (S.FALSK_KVITTERING, 1) in sak.remarks()


def test_an_answer_to_a_document_of_another_recipient_is_forged_though_the_package_is_its_own(
    ledger: Any, store: Any, build_document: Any
) -> None:
    sak = Sak(ledger, store, build_document).sent()
    annen_ref = store(ledger, "-3")
    annens = build_document(ledger, annen_ref, forsendelser=[NyForsendelse(ANNEN)]).melding_id
    sak.attempt(sak.create(annens, mottaker=ANNEN))
    sak.refs.append(annen_ref)
    funn = sak.receipt((annens, "AVVIST"), (sak.a, "GODTATT"), teknisk=L.LEVERT)
    assert (funn.koblet, funn.avvist, funn.merknader) == ((sak.a,), (), (S.FALSK_KVITTERING,))
    assert (sak.state(annens), sak.state(sak.a)) == (F.SENDT, F.GODTATT)


def test_recipients_on_one_channel_speak_for_each_other(sak: Sak) -> None:
    sak.sent()
    fil = Kvitteringsfil(
        "k", sak.id, NA, frozenset({NAV, ANNEN}), I_DAG, teknisk=L.LEVERT, svar=[Dokumentsvar(sak.a, "GODTATT")]
    )
    assert sak.ledger.kvitteringer.record(fil).koblet == (sak.a,)
    assert sak.remarks() == []


def test_a_file_that_is_no_receipt_is_remarked_once_with_its_first_day(sak: Sak) -> None:
    forst = sak.ledger.merknader.note_unreadable("x", NAV, I_DAG)
    igjen = sak.ledger.merknader.note_unreadable("x", NAV, I_DAG + timedelta(days=1))
    assert (forst.ny, igjen.ny) == (True, False)
    assert (igjen.merknad_id, igjen.forst) == (forst.merknad_id, I_DAG)
    assert sak.ledger.merknader.note_unreadable("x", ANNEN, I_DAG).ny
    assert sak.remarks() == [(S.ULESELIG_KVITTERING, 1)] * 2
    sak.ledger.merknader.put_aside(forst.merknad_id, I_DAG)
    assert sak.ledger.merknader.aside_before(I_DAG) == ()
    assert sak.ledger.merknader.aside_before(I_DAG + timedelta(days=1)) == (forst.merknad_id,)


def test_remarks_are_forgotten_with_age_and_not_while_their_file_is_here(sak: Sak) -> None:
    sak.sent().receipt((sak.a, "GODTATT"), fra=ANNEN)
    sak.receipt(("00000000-0000-4000-8000-000000000000", "GODTATT"), teknisk=L.LEVERT)
    fil = sak.ledger.merknader.note_unreadable("x", NAV, I_DAG)
    sak.ledger.merknader.put_aside(fil.merknad_id, I_DAG)
    assert sak.ledger.merknader.forget(NA) == 0
    assert sak.ledger.merknader.forget(NA + timedelta(days=1)) == 2
    assert sak.remarks() == [(S.ULESELIG_KVITTERING, 1)]
    sak.ledger.merknader.aside_removed(fil.merknad_id)
    assert sak.ledger.merknader.forget(NA + timedelta(days=1)) == 1


answers = st.lists(
    st.builds(
        Avgittsvar,
        st.sampled_from(["GODTATT", "GODTATT_MED_MERKNAD", "AVVIST"]),
        st.integers(0, 3).map(lambda n: NA + timedelta(minutes=n)),
        st.sampled_from(["A", "B"]).map(lambda kode: {"kode": kode}),
    ),
    max_size=6,
)


@given(svar=answers, data=st.data())
def test_what_stands_does_not_depend_on_the_order(svar: list[Avgittsvar], data: st.DataObject) -> None:
    """Answers stored one by one, each repetition only moving the time of what it repeats, as the ledger does."""

    def stored(rekke: list[Avgittsvar]) -> tuple[str, datetime] | None:
        lagret: list[Avgittsvar] = []
        for ett in rekke:
            vurdering = weigh(ett, lagret)
            if vurdering.gjentar is None:
                lagret.append(ett)
            else:
                lagret.remove(vurdering.gjentar)
                lagret.append(max(vurdering.gjentar, ett, key=lambda s: s.tid))
            gjelder = standing(lagret)
            assert gjelder is not None
            assert vurdering.gjeldende.status == gjelder.status
        gjelder = standing(lagret)
        return None if gjelder is None else (gjelder.status, gjelder.tid)

    ventet = standing(svar)
    assert stored(svar) == (None if ventet is None else (ventet.status, ventet.tid))
    assert stored(data.draw(st.permutations(svar))) == stored(svar)
