"""A sluttrapport that Nav does not receipt: told on the exact days, handed over by a person once, gone on day 85.

The recipient's own channel answers as a test says; the ledger, the bucket and the manual channel are real.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from schemas.oppsett import MANUELL, Mottaker
from schemas.regelverk import regelverk
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AFT, AVSENDER, ENHET, document, running, slutt
from tiltaksflyt.delivery import Channel, Hentetfil, Kanalkode, Pakke, SendOutcome
from tiltaksflyt.delivery.kanal import Filkanal
from tiltaksflyt.ledger import Forsendelsestilstand, Leveranserad, Leveransetilstand
from tiltaksflyt.pipeline import driftsinngrep, etterlysning, levering, overlevering, oversikt, slettehold
from tiltaksflyt.pipeline.driftsinngrep import Inngrep
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.sluttkvittering import reminder_days

SLUTT = date(2026, 3, 10)
MAPPE = f"manuell/{ENHET}/"
UKVITTERT, OVERLEVERES = "SLUTTRAPPORT_UKVITTERT", "SLUTTRAPPORT_OVERLEVERES"
MANGLER, HOLDT, IKKE_LAGT_UT = "SLUTTRAPPORT_MANGLER", "SLUTTRAPPORT_HOLDT", "SLUTTRAPPORT_IKKE_LAGT_UT"


class Egenkanal(Filkanal):
    """The recipient's own channel: it answers what it is told to, and has the receipts that lie in it."""

    def __init__(self) -> None:
        self.svar = Kanalkode.OVERFORT
        self.sendt: list[str] = []
        self.kvitteringer: list[Hentetfil] = []

    def send(self, pakke: Pakke, *, bind: Callable[[str], None]) -> SendOutcome:
        del bind
        self.sendt.append(pakke.leveranse_id)
        return SendOutcome(self.svar)

    def collect(self) -> Sequence[Hentetfil]:
        return list(self.kvitteringer)

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        self.kvitteringer = [fil for fil in self.kvitteringer if fil not in list(filer)]


@pytest.fixture
def egen(monkeypatch: pytest.MonkeyPatch) -> Egenkanal:
    kanal, ekte = Egenkanal(), Omgivelser.channel

    def channel(om: Omgivelser, mottaker: Mottaker) -> Channel:
        return ekte(om, mottaker) if mottaker.kanal == MANUELL else kanal

    monkeypatch.setattr(Omgivelser, "channel", channel)
    return kanal


def day(nummer: int, fra: date = SLUTT) -> date:
    return fra + timedelta(days=nummer)


def ended(nummer: int, sluttdato: date, **endret: Any) -> dict[str, Any]:
    return {
        **running(nummer, sluttdato - timedelta(days=60)),
        "status": "HAR_SLUTTET",
        "statusGyldigFra": sluttdato.isoformat(),
        "sluttDato": sluttdato.isoformat(),
        "aarsak": "TRENGER_ANNEN_STOTTE",
        **endret,
    }


def finish(linje: Linje, sluttdato: date = SLUTT, antall: int = 1, **endret: Any) -> Linje:
    """Deltakelser that ended, each with its sluttrapport built."""
    dato = max(sluttdato, linje.dato)
    rader = [ended(n, sluttdato, **endret) for n in range(1, antall + 1)]
    vurderinger = [slutt(n, sluttdato) for n in range(1, antall + 1)]
    linje.on(dato).receive(document(dato, rader, sluttvurdering=vurderinger))
    linje.run("rapportering")
    return linje


def told(linje: Linje, dato: date) -> dict[str, int]:
    """What the morning of `dato` tells of sluttrapporter."""
    antall = linje.on(dato).run("frister")
    return {kode: hvor_mange for kode, hvor_mange in antall.items() if kode.startswith("SLUTTRAPPORT_")}


def laid_out(linje: Linje) -> list[str]:
    """What lies for a person, every version of it, without the letters."""
    return [v.nokkel for v in linje.om.storage.list_versions("manuell/") if not v.nokkel.endswith(".html")]


def sluttrapport(linje: Linje, nummer: int = 1) -> Any:
    rader = linje.om.ledger.dokumenter.forsendelser(ref=linje.ref(f"D{nummer}"))
    return max((rad for rad in rader if rad.type == "SLUTTRAPPORT"), key=lambda rad: rad.versjon)


def package(linje: Linje, nummer: int = 1) -> Leveranserad:
    return linje.om.ledger.leveranser.get(sluttrapport(linje, nummer).leveranse_id)


def technical(rad: Leveranserad, status: str = "LEVERT") -> bytes:
    return json.dumps(
        {
            "kvitteringsversjon": "1.0",
            "type": "TEKNISK",
            "leveranseId": rad.leveranse_id,
            "status": status,
            "tid": "2026-05-27T12:00:00+02:00",
            **({"kode": "UGYLDIG_PAKKE", "tekst": "Lot seg ikke åpne."} if status == "FEIL" else {}),
            "sha256": rad.sha256,
            "storrelse": rad.storrelse,
        }
    ).encode()


def stop_recipient(linje: Linje, egen: Egenkanal) -> None:
    del egen
    driftsinngrep.hold(linje.om, "MOTTAKER", ENHET, Inngrep("Kari", "Avklares med mottakeren.", linje.now))


def close_window(linje: Linje, egen: Egenkanal) -> None:
    del egen
    change_recipient(linje, vinduer=())


def change_recipient(linje: Linje, **endret: Any) -> None:
    mottaker = replace(linje.om.oppsett.mottakere[ENHET], **endret)
    linje.om = replace(linje.om, oppsett=replace(linje.om.oppsett, mottakere=MappingProxyType({ENHET: mottaker})))


def answer_with(kode: Kanalkode) -> Callable[[Linje, Egenkanal], None]:
    def arrange(linje: Linje, egen: Egenkanal) -> None:
        del linje
        egen.svar = kode

    return arrange


HINDRE = {
    "silent": answer_with(Kanalkode.OVERFORT),
    "down": answer_with(Kanalkode.KANAL_NEDE),
    "refused": answer_with(Kanalkode.TILGANG_NEKTET),
    "stopped": stop_recipient,
    "closed": close_window,
}


@pytest.mark.parametrize(
    "sluttdato",
    [
        SLUTT,  # day 21 is two days after the change to summer time
        date(2026, 8, 9),  # day 77 is the night to winter time
        date(2027, 12, 14),  # day 77 is 29 February
        date(2028, 2, 8),  # day 21 is 29 February
    ],
)
def test_each_day_tells_what_it_should_and_the_person_gets_the_package_on_day_77(
    linje: Linje, egen: Egenkanal, sluttdato: date
) -> None:
    finish(linje, sluttdato).run("levering")
    ventet: dict[int, set[str]] = {
        20: set(),
        21: {UKVITTERT},
        22: set(),
        34: set(),
        35: {UKVITTERT},
        36: {UKVITTERT},
        76: {UKVITTERT},
        77: {UKVITTERT, OVERLEVERES},
        78: {UKVITTERT, OVERLEVERES},
        84: {UKVITTERT, OVERLEVERES},
    }
    for nummer, koder in ventet.items():
        assert told(linje, day(nummer, sluttdato)) == dict.fromkeys(koder, 1), nummer
        assert len(laid_out(linje)) == (nummer >= 77), nummer
    assert linje.on(day(84, sluttdato)).run("sletting")["slettet"] == 0
    assert linje.on(day(85, sluttdato)).run("sletting")["slettet"] == 1
    assert not list(linje.om.storage.list_versions("manuell/"))
    assert not list(linje.om.storage.list_versions("pakker/"))
    assert told(linje, day(85, sluttdato)) == {}
    assert oversikt.status(linje.om, linje.now)["sluttrapportUkvittert"] == []
    assert len(egen.sendt) == 1


def test_told_once_is_on_the_first_morning_that_runs_and_a_second_run_of_it_tells_the_same(
    linje: Linje, egen: Egenkanal
) -> None:
    del egen
    finish(linje).run("levering")
    assert told(linje, day(23)) == {UKVITTERT: 1}
    assert told(linje, day(23)) == {UKVITTERT: 1}
    assert told(linje, day(24)) == {}


@pytest.mark.parametrize("hinder", HINDRE)
def test_whatever_hindered_it_it_is_laid_out_once_and_never_sent_as_new(
    linje: Linje, egen: Egenkanal, hinder: str
) -> None:
    apent = linje.om.oppsett.mottakere[ENHET].vinduer
    finish(linje)
    HINDRE[hinder](linje, egen)
    linje.run("levering")
    for nummer in (76, 77):
        linje.on(day(nummer)).run("frister")
        assert len(laid_out(linje)) == (nummer == 77)
    rad = package(linje)
    assert (rad.kanal, rad.tilstand) == (MANUELL, Leveransetilstand.SENDT)
    brev = linje.om.storage.read(f"{MAPPE}{rad.leveranse_id}/folgebrev.html", maks_bytes=1 << 20).decode()
    assert '<th scope="row">Sluttrapport</th><td>1</td>' in brev
    assert "Etternavn1" not in brev
    sendt, forsok = list(egen.sendt), rad.forsok
    egen.svar = Kanalkode.OVERFORT
    for stans in linje.om.ledger.stanser.active():
        driftsinngrep.release(linje.om, stans.gjelder, stans.verdi, Inngrep("Kari", "Virker igjen.", linje.now))
    change_recipient(linje, vinduer=apent)
    linje.run("frister", "levering")
    linje.on(day(78)).run("levering", "frister")
    assert (egen.sendt, package(linje).forsok) == (sendt, forsok)
    assert laid_out(linje) == [f"{MAPPE}{rad.leveranse_id}/{rad.leveranse_id}.asice.p7m"]


def test_what_is_receipted_in_time_is_neither_told_nor_laid_out(linje: Linje, egen: Egenkanal) -> None:
    finish(linje).run("levering")
    egen.kvitteringer = [Hentetfil("svar.json", technical(package(linje)))]
    linje.on(day(76)).run("kvittering")
    assert told(linje, day(77)) == {}
    assert laid_out(linje) == []


@pytest.mark.parametrize("status", ["GODTATT", "AVVIST"])
def test_what_is_answered_has_been_got_and_a_rejection_is_the_senders_to_mend(
    linje: Linje, egen: Egenkanal, status: str
) -> None:
    finish(linje).run("levering")
    dokument = {"meldingId": sluttrapport(linje).melding_id, "status": status, "kode": "MANGLER_SVAR"}
    svar = {
        "kvitteringsversjon": "1.0",
        "type": "FUNKSJONELL",
        "leveranseId": package(linje).leveranse_id,
        "tid": "2026-05-20T12:00:00+02:00",
        "dokumenter": [dokument],
    }
    egen.kvitteringer = [Hentetfil("svar.json", json.dumps(svar).encode())]
    linje.on(day(76)).run("kvittering")
    assert sluttrapport(linje).svar == status
    assert told(linje, day(77)) == {}
    assert laid_out(linje) == []


def test_a_late_receipt_by_the_own_channel_is_taken_and_ends_it(linje: Linje, egen: Egenkanal) -> None:
    finish(linje).run("levering")
    assert told(linje, day(77)) == {UKVITTERT: 1, OVERLEVERES: 1}
    egen.kvitteringer = [Hentetfil("svar.json", technical(package(linje)))]
    linje.run("kvittering")
    assert package(linje).tilstand is Leveransetilstand.LEVERT
    assert not list(linje.om.storage.list_versions("manuell/"))
    assert told(linje, day(78)) == {}


def test_the_receipt_that_the_person_lays_there_is_taken(linje: Linje, egen: Egenkanal) -> None:
    egen.svar = Kanalkode.TILGANG_NEKTET
    finish(linje).run("levering")
    linje.on(day(77)).run("frister")
    navn = f"{MAPPE}kvitteringer/svar.json"
    linje.om.storage.put_once(navn, technical(package(linje)), "application/json")
    linje.run("kvittering")
    assert package(linje).tilstand is Leveransetilstand.LEVERT
    assert not list(linje.om.storage.list_versions("manuell/"))
    assert told(linje, day(78)) == {}


def test_one_that_the_recipient_could_not_open_is_made_anew(linje: Linje, egen: Egenkanal) -> None:
    finish(linje).run("levering")
    gammel = package(linje)
    egen.kvitteringer = [Hentetfil("svar.json", technical(gammel, "FEIL"))]
    linje.run("kvittering")
    assert told(linje, day(77)) == {UKVITTERT: 1, OVERLEVERES: 1}
    assert package(linje).leveranse_id != gammel.leveranse_id
    assert linje.om.ledger.leveranser.get(gammel.leveranse_id).tilstand is Leveransetilstand.AVLYST
    assert len(laid_out(linje)) == 1
    assert len(list(linje.om.storage.list_versions("pakker/"))) == 1


@pytest.mark.parametrize("hinder", ["silent", "closed"])
@pytest.mark.parametrize("hvor", ["before it is sent", "before it is recorded"])
def test_a_crash_in_between_is_made_good_by_the_next_run(
    linje: Linje, egen: Egenkanal, monkeypatch: pytest.MonkeyPatch, hvor: str, hinder: str
) -> None:
    class Krasj(BaseException):
        """Stands for kill -9."""

    def crash(*_: object, **__: object) -> None:
        raise Krasj

    finish(linje)
    HINDRE[hinder](linje, egen)
    linje.run("levering")
    linje.on(day(77))
    with monkeypatch.context() as m:
        m.setattr(levering, "_send_to" if hvor == "before it is sent" else "_record_outcome", crash)
        with pytest.raises(Krasj):
            overlevering.hand_over(linje.om, linje.dato, linje.now)
    assert len(laid_out(linje)) == (hvor == "before it is recorded")
    assert overlevering.hand_over(linje.om, linje.dato, linje.now) == {}
    assert etterlysning.alarms(linje.om, linje.dato, linje.now)[IKKE_LAGT_UT] == 1
    senere = linje.now + timedelta(hours=1)
    assert overlevering.hand_over(linje.om, linje.dato, senere) == {"lagtUtForOverlevering": 1}
    assert overlevering.hand_over(linje.om, linje.dato, senere) == {}
    assert len(laid_out(linje)) == 1
    assert len(noted(linje)) == 1


def noted(linje: Linje) -> list[date]:
    hendelser = linje.om.ledger.hendelser.for_deltakelse(linje.ref("D1"))
    return [ett.dato for ett in hendelser if ett.type == overlevering.OVERLEVERT]


@pytest.mark.parametrize("hinder", ["silent", "closed"])
def test_two_at_once_lay_out_one(linje: Linje, egen: Egenkanal, hinder: str) -> None:
    finish(linje)
    HINDRE[hinder](linje, egen)
    linje.run("levering")
    now: datetime = linje.on(day(77)).now
    with ThreadPoolExecutor(2) as arbeidere:
        svar = list(arbeidere.map(lambda _: overlevering.hand_over(linje.om, linje.dato, now), range(2)))
    assert sum(ett.get("lagtUtForOverlevering", 0) for ett in svar) == 1
    assert len(laid_out(linje)) == len(noted(linje)) == len(linje.om.ledger.leveranser.list()) == 1


def test_what_was_never_complete_cannot_go_and_the_sender_is_told(linje: Linje, egen: Egenkanal) -> None:
    linje.on(SLUTT).receive(document(SLUTT, [ended(1, SLUTT)]))
    linje.run("rapportering", "levering")
    assert told(linje, day(76)) == {UKVITTERT: 1}
    assert told(linje, day(77)) == {UKVITTERT: 1, MANGLER: 1}
    merknader = linje.outbox()["frister/merknader.csv"].decode()
    assert "SLE003" in merknader
    assert "FRI008" in merknader
    assert (laid_out(linje), egen.sendt) == ([], [])
    (sak,) = oversikt.status(linje.om, linje.now)["sluttrapportUkvittert"]
    assert (sak["varsel"], sak["meldingId"], sak["avsender"]) == (MANGLER, None, AVSENDER)


def test_what_is_complete_after_day_77_goes_by_hand_at_once(linje: Linje, egen: Egenkanal) -> None:
    linje.on(SLUTT).receive(document(SLUTT, [ended(1, SLUTT)]))
    linje.run("rapportering")
    sent = day(79)
    linje.on(sent).receive(document(sent, [ended(1, SLUTT)], sluttvurdering=[slutt(1, sent)]))
    linje.run("rapportering", "levering")
    assert sluttrapport(linje).tilstand is Forsendelsestilstand.KLAR
    assert told(linje, sent) == {UKVITTERT: 1, OVERLEVERES: 1}
    assert (len(laid_out(linje)), egen.sendt) == (1, [])


def test_what_a_person_holds_back_stays_until_it_is_let_go(linje: Linje, egen: Egenkanal) -> None:
    del egen
    finish(linje)
    melding_id = sluttrapport(linje).melding_id
    driftsinngrep.hold(linje.om, "DOKUMENT", melding_id, Inngrep("Kari", "Avklares.", linje.now))
    assert told(linje, day(77)) == {UKVITTERT: 1, HOLDT: 1}
    assert laid_out(linje) == []
    driftsinngrep.release(linje.om, "DOKUMENT", melding_id, Inngrep("Kari", "Avklart.", linje.now))
    assert told(linje, day(78)) == {UKVITTERT: 1, OVERLEVERES: 1}


def test_a_stop_of_its_sender_is_a_stop_of_what_it_says(linje: Linje, egen: Egenkanal) -> None:
    del egen
    finish(linje)
    driftsinngrep.hold(linje.om, "AVSENDER", AVSENDER, Inngrep("Kari", "Feil i eksporten.", linje.now))
    assert told(linje, day(77)) == {UKVITTERT: 1, HOLDT: 1}
    assert laid_out(linje) == []


@pytest.mark.parametrize("hinder", ["silent", "closed"])
def test_one_registered_by_mistake_owes_none(linje: Linje, egen: Egenkanal, hinder: str) -> None:
    finish(linje)
    HINDRE[hinder](linje, egen)
    linje.run("levering")
    trukket = day(30)
    feil = ended(1, SLUTT, status="FEILREGISTRERT", statusGyldigFra=trukket.isoformat())
    del feil["aarsak"]
    linje.on(trukket).receive(document(trukket, [feil]))
    assert linje.om.ledger.deltakelser.get(linje.ref("D1")).status == "FEILREGISTRERT"
    linje.run("rapportering", "levering")
    assert told(linje, day(35)) == {}
    assert told(linje, day(77)) == {}
    assert laid_out(linje) == []


def test_a_recipient_that_a_person_serves_anyway_gets_nothing_twice(linje: Linje, egen: Egenkanal) -> None:
    del egen
    change_recipient(linje, kanal=MANUELL, innstillinger=MappingProxyType({}))
    finish(linje).run("levering")
    for_ = (laid_out(linje), package(linje))
    assert told(linje, day(35)) == {UKVITTERT: 1}
    assert told(linje, day(77)) == {UKVITTERT: 1, OVERLEVERES: 1}
    assert (laid_out(linje), package(linje)) == for_
    assert len(for_[0]) == 1


def test_a_hold_on_the_deletion_changes_nothing_but_the_day_it_is_gone(linje: Linje, egen: Egenkanal) -> None:
    del egen
    finish(linje).run("levering")
    inngrep = Inngrep("Kari", "Klage til behandling.", linje.now)
    hold = slettehold.hold_back(
        linje.om, avsender=AVSENDER, deltakelse="D1", til=day(90), inngrep=inngrep, dato=linje.dato
    )
    for nummer in (77, 84, 85, 90):
        assert told(linje, day(nummer)) == {UKVITTERT: 1, OVERLEVERES: 1}
        assert len(laid_out(linje)) == 1
        assert linje.run("sletting")["slettet"] == 0
    assert hold
    assert linje.on(day(91)).run("sletting")["slettet"] == 1
    assert not list(linje.om.storage.list_versions("manuell/"))


def test_a_package_that_went_with_another_is_made_anew_for_the_one_that_is_left(linje: Linje, egen: Egenkanal) -> None:
    """Two in one package, which the recipient never answers; the first is erased a week before the other's day."""
    del egen
    senere = day(20)
    linje.on(senere).receive(
        document(senere, [ended(1, SLUTT), ended(2, senere)], sluttvurdering=[slutt(1, SLUTT), slutt(2, senere)])
    )
    linje.run("rapportering", "levering")
    assert package(linje, 1) == package(linje, 2)
    felles = package(linje, 1).leveranse_id
    told(linje, day(77))
    assert linje.on(day(85)).run("sletting")["slettet"] == 1
    assert laid_out(linje) == []
    assert told(linje, day(77, senere)) == {UKVITTERT: 1, OVERLEVERES: 1}
    assert package(linje, 2).leveranse_id != felles
    assert len(laid_out(linje)) == 1
    assert linje.on(day(85, senere)).run("sletting")["slettet"] == 1
    assert not list(linje.om.storage.list_versions("manuell/"))


def test_a_version_behind_one_that_never_came_away_goes_in_its_place(linje: Linje, egen: Egenkanal) -> None:
    egen.svar = Kanalkode.TILGANG_NEKTET
    finish(linje).run("levering")
    rettet = day(30)
    vurdering = slutt(1, SLUTT, svarPaBestilling="Arbeidsevnen er avklart til seksti prosent.")
    linje.on(rettet).receive(document(rettet, [ended(1, SLUTT)], sluttvurdering=[vurdering]))
    linje.on(day(40)).run("rapportering", "levering")
    nyeste = sluttrapport(linje)
    assert (nyeste.versjon, nyeste.tilstand) == (2, Forsendelsestilstand.KLAR)
    assert told(linje, day(77)) == {UKVITTERT: 1, OVERLEVERES: 1}
    assert package(linje).kanal == MANUELL
    assert len(laid_out(linje)) == 1


def test_no_name_or_number_of_a_person_is_told(linje: Linje, egen: Egenkanal, caplog: pytest.LogCaptureFixture) -> None:
    del egen
    finish(linje).run("levering")
    told(linje, day(77))
    linjer = [rad.getMessage() for rad in caplog.records if "SLUTTRAPPORT_" in rad.getMessage()]
    assert any(package(linje).leveranse_id in ett and "Gi filen og følgebrevet" in ett for ett in linjer)
    for verdi in ("Etternavn1", "Fornavn1", "158190", "D1", "P1"):
        assert not any(verdi in ett for ett in linjer)


@pytest.mark.parametrize(("uker", "dag"), [(None, 77), (12, 77), (11, 70), (6, 35), (4, 21)])
def test_a_shorter_period_moves_the_handing_over_with_the_last_day(uker: int | None, dag: int) -> None:
    siste = day(7 * (uker or 12))
    dager = reminder_days(SLUTT, siste, regelverk(AFT, SLUTT))
    assert dager.overleveres == day(dag)
    assert (dager.told_daily(day(min(dag, 35) - 1)), dager.told_daily(day(min(dag, 35)))) == (False, True)
