"""Some months of two senders with everything that may happen to a deltakelse, all of it over on one day."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AFT, ANNEN, AVSENDER, ENHET, document, make_oppsett, plan, running, slutt
from tests.pipeline.spor.samling import Samling
from tests.pipeline.spor.spor import EGEN_ID, normal
from tiltaksflyt.pipeline import feil_person, innsyn
from tiltaksflyt.pipeline.bekreftelse import confirm
from tiltaksflyt.pipeline.driftsinngrep import Inngrep, hold, release
from tiltaksflyt.pipeline.slettehold import hold_back, lift
from tiltaksflyt.pipeline.tilgang import GI_INNSYN, TREKKE_TILBAKE, permit
from tiltaksflyt.pipeline.utkast import file_name

DAG = date(2026, 3, 2)
SLUTT = date(2026, 4, 10)
SISTE_DAG = SLUTT + timedelta(days=84)
VINTER = date(2025, 12, 2)
FYLKE, KOMMUNE = "9603", f"{ENHET}-KOMMUNE"
KVP = "KVALIFISERINGSPROGRAM"
# What each number is about.
VANLIG, AVVIST, HOS_KOMMUNEN, FEIL, TIDLIG, SENERE_HOLDT, ALDRI_TATT, TILBAKEHOLDT, FEIL_PERSON = range(1, 10)
AVSENDERS = (VANLIG, AVVIST, HOS_KOMMUNEN, FEIL, TIDLIG, SENERE_HOLDT, ALDRI_TATT, TILBAKEHOLDT, FEIL_PERSON)
UTKAST, STANSET = 11, 12
LEVER_VIDERE = 21
# Those that are accepted, and are to be erased.
ALLE = (*(nummer for nummer in AVSENDERS if nummer != ALDRI_TATT), UTKAST, STANSET)
SAMTYKKE_TRUKKET, SAMTYKKE_LEVER = 1, 2


def make_mal(mal: Path) -> Path:
    """Two senders, one of which sees its drafts; the Nav-kontor, its fylke, and a kommune that a person serves."""
    make_oppsett(mal)
    annen = mal / "avsendere" / f"{ANNEN}.yaml"
    annen.write_text(annen.read_text(encoding="utf-8") + "utkast: true\n", encoding="utf-8")
    fil = mal / "mottakere.yaml"
    (kontor,) = yaml.safe_load(fil.read_text(encoding="utf-8"))["mottakere"]
    fylket = {**kontor, "navEnhet": FYLKE, "navn": "TEST Nav fylke", "fylkeskontorFor": ["03"]}
    kommunen = {**kontor, "behandlingsansvarlig": "KOMMUNE", "navn": "TEST kommune", "kanal": {"manuell": {}}}
    fil.write_text(yaml.safe_dump({"mottakere": [kontor, fylket, kommunen]}), encoding="utf-8")
    return mal


class Sak:
    """The days of the case; what it makes is gathered after each step."""

    def __init__(self, linje: Linje, samling: Samling) -> None:
        self.linje = linje
        self.samling = samling

    def run(self, *steg: str) -> dict[str, int]:
        """Run steps, and look at what each made."""
        antall: dict[str, int] = {}
        for ett in steg:
            antall = self.linje.run(ett)
            self.samling.gather(self.linje)
        return antall

    def receive(self, innhold: dict[str, Any], *, annen: bool = False) -> None:
        """Drop what the sender says, with ids that look like nothing else, and receive it."""
        orgnr = ANNEN if annen else AVSENDER
        innhold = {**innhold, "innsending": {**innhold["innsending"], "arrangorOrgnr": orgnr}}
        data = json.dumps(_with_own_ids(innhold)).encode()
        self.samling.avtrykk |= self.samling.note_file(data, "innsending")
        self.linje.anlegg.drop(orgnr, "eksport.json", data)
        self.run("mottak")

    def ref(self, nummer: int, avsender: str = AVSENDER) -> str:
        """Our id of a deltakelse."""
        ref = self.linje.om.ledger.deltakelser.find_ref(avsender, own_id("D", nummer))
        assert ref is not None, nummer
        return ref

    def live(self) -> None:
        """From the first drop to the last evening on which the data may exist."""
        self._spring()
        self._corrections()
        self._end()
        self._summer()

    def _spring(self) -> None:
        self.linje.on(DAG)
        rader = [_running(nummer) for nummer in AVSENDERS]
        planer = [plan(n, DAG) for n in AVSENDERS if n not in (SENERE_HOLDT, ALDRI_TATT)]
        self.receive(document(DAG, rader, plan=planer, vurdering=[_vurdering(VANLIG)], samtykke=_consents()))
        self.receive(
            document(DAG, [_running(n) for n in (UTKAST, STANSET)], plan=[plan(n, DAG) for n in (UTKAST, STANSET)]),
            annen=True,
        )
        self.run("rapportering", "frister")
        self._say("stopp", STANSET)
        self.run("mottak")
        om, inngrep = self.linje.om, Inngrep("Kari", "Avklares.", self.linje.now)
        (rad,) = om.ledger.dokumenter.list(self.ref(TILBAKEHOLDT))
        hold(om, "DOKUMENT", rad.melding_id, inngrep)
        release(om, "DOKUMENT", rad.melding_id, inngrep)
        self._send()

    def _corrections(self) -> None:
        dag = DAG + timedelta(days=7)
        self.linje.on(dag)
        self.receive(
            document(
                dag,
                [_running(VANLIG), _running(SENERE_HOLDT) | {"status": "FINNES_IKKE"}],
                omfang="ENDRING",
                plan=[plan(VANLIG, DAG, yrkesmal="Lagermedarbeider.")],
            )
        )
        self._say("send", UTKAST)
        self.linje.on(dag + timedelta(days=2))
        self.run("rapportering")
        self._send()
        apning = permit(
            self.linje.om, TREKKE_TILBAKE, rolle="DRIFT", av="Kari", grunn="Feil person.", now=self.linje.now
        )
        feil_person.withdraw(self.linje.om, AVSENDER, own_id("D", FEIL_PERSON), apning, dato=self.linje.dato)
        self._send()

    def _end(self) -> None:
        self.linje.on(SLUTT)
        rader = [_ended(nummer) for nummer in AVSENDERS if nummer != ALDRI_TATT]
        slutter = [slutt(n, SLUTT) for n in (VANLIG, AVVIST, HOS_KOMMUNEN, TIDLIG, TILBAKEHOLDT)]
        self.receive(document(SLUTT, rader, omfang="ENDRING", sluttvurdering=slutter))
        self.receive(document(SLUTT, [_ended(n) for n in (UTKAST, STANSET)], omfang="ENDRING"), annen=True)
        self.run("rapportering", "frister")
        self._send()
        om = self.linje.om
        egen_id, til = own_id("D", TILBAKEHOLDT), SLUTT + timedelta(days=100)
        inngrep = Inngrep("Kari", "Klage.", self.linje.now)
        hold_id = hold_back(om, avsender=AVSENDER, deltakelse=egen_id, til=til, inngrep=inngrep, dato=SLUTT)
        self.run("frister")
        lift(om, hold_id, inngrep, SLUTT + timedelta(days=30))

    def _summer(self) -> None:
        dag = SISTE_DAG - timedelta(days=20)
        self.linje.on(dag)
        self.receive(document(dag, [_ended(SENERE_HOLDT) | {"status": "FINNES_IKKE"}], omfang="ENDRING"))
        self.run("frister", "vedlikehold")
        om = self.linje.om
        apning = permit(om, GI_INNSYN, rolle="PERSONVERN", av="Kari", grunn="Krav om innsyn.", now=self.linje.now)
        innsyn.extract(om, AVSENDER, apning, dato=dag, deltakelse=own_id("D", VANLIG))
        for regel, sak in (("SLE002", own_id("D", AVVIST)), ("PII008", own_id("P", AVVIST))):
            confirm(om, regel, avsender=AVSENDER, sak=sak, av="Kari", grunn="Stemmer.", now=self.linje.now)
        self.linje.on(SISTE_DAG)
        # The sender says it all once more on the last day.
        rader = [_ended(n) for n in AVSENDERS if n not in (FEIL, SENERE_HOLDT, ALDRI_TATT)]
        trukket = [en | {"trukket": SISTE_DAG.isoformat()} for en in _consents()[:1]]
        self.receive(document(SISTE_DAG, rader, omfang="ENDRING", samtykke=trukket))
        self.run("frister", "vedlikehold")

    def go_on(self) -> None:
        """One comes who is not to be erased; nothing of it is gathered."""
        innhold = _with_own_ids(document(SISTE_DAG, [_running(LEVER_VIDERE)], omfang="ENDRING"))
        self.linje.receive(innhold, "ny.json")

    def _send(self) -> None:
        """Send all there is, answer it as its recipients do, and read the answers."""
        om = self.linje.om
        self.run("levering", "levering")
        sendte = [rad for rad in om.ledger.leveranser.list() if rad.tilstand == "SENDT"]
        for rad in sendte:
            if rad.mottaker == KOMMUNE:
                om.storage.put_once(
                    f"manuell/{KOMMUNE}/kvitteringer/{rad.leveranse_id}.json", _receipt(rad), "application/json"
                )
        self._wait_for_answers({rad.leveranse_id for rad in sendte if rad.mottaker != KOMMUNE})
        for fil in self._answers():
            innhold = json.loads(fil.read_bytes())
            for svar in innhold.get("dokumenter", ()):
                if svar["meldingId"] in self._of(AVVIST):
                    svar |= {"status": "AVVIST", "kode": "MANGLER", "tekst": "Et punkt mangler."}
            fil.write_text(json.dumps(innhold), encoding="utf-8")
        self.samling.gather(self.linje)
        self.run("kvittering")

    def _of(self, nummer: int) -> set[str]:
        rader = self.linje.om.ledger.dokumenter.forsendelser(ref=self.ref(nummer))
        return {rad.melding_id for rad in rader}

    def _answers(self) -> list[Path]:
        return sorted(self.linje.anlegg.mottakerkatalog.rglob("kvitteringer/*.kvittering.json"))

    def _wait_for_answers(self, leveranser: set[str]) -> None:
        frist = datetime.now(UTC) + timedelta(seconds=30)
        while not all(any(ett in fil.name for fil in self._answers()) for ett in leveranser):
            assert datetime.now(UTC) < frist, "the receiver did not answer"

    def _say(self, mappe: str, nummer: int) -> None:
        (rad,) = self.linje.om.ledger.dokumenter.list(self.ref(nummer, ANNEN))
        self.samling.navn.add(normal(rad.melding_id))
        self.linje.anlegg.drop(ANNEN, f"{mappe}/{file_name('PLAN', 0, rad.melding_id)}", b"")


def own_id(slag: str, nummer: int) -> str:
    """The sender's own id of a deltakelse (D), a deltaker (P) or a samtykke (S)."""
    return EGEN_ID.format(slag, nummer)


def _with_own_ids(verdi: Any) -> Any:
    if isinstance(verdi, dict):
        return {
            navn: own_id(ett[0], int(ett[1:]))
            if navn.endswith("Id") and isinstance(ett, str) and ett[1:].isdigit()
            else _with_own_ids(ett)
            for navn, ett in verdi.items()
        }
    return [_with_own_ids(ett) for ett in verdi] if isinstance(verdi, list) else verdi


def _running(nummer: int) -> dict[str, Any]:
    rad = running(nummer, VINTER if nummer == VANLIG else DAG - timedelta(days=20))
    tiltak = {AVVIST: "AVKLARING", HOS_KOMMUNEN: KVP, TILBAKEHOLDT: "OPPFOLGING"}
    rad |= {"tiltakskode": tiltak.get(nummer, AFT)}
    return rad | {"status": "FINNES_IKKE"} if nummer == ALDRI_TATT else rad


def _ended(nummer: int) -> dict[str, Any]:
    rad = _running(nummer) | {"statusGyldigFra": SLUTT.isoformat()}
    if nummer == FEIL:
        return rad | {"status": "FEILREGISTRERT"}
    tidlig = {"planlagtSluttDato": rad["sluttDato"], "avslutningAvtaltMedNav": SLUTT.isoformat()}
    return (
        rad
        | (tidlig if nummer == TIDLIG else {})
        | {"status": "HAR_SLUTTET", "aarsak": "TRENGER_ANNEN_STOTTE", "sluttDato": SLUTT.isoformat()}
    )


def _consents() -> list[dict[str, Any]]:
    felles = {"formaal": "KUNDEREGISTER_12_MND", "tekstversjon": "2026-1", "gitt": DAG.isoformat()}
    return [
        {
            "samtykkeId": f"S{nr}",
            "deltakerId": f"P{nummer}",
            "deltakelseId": f"D{nummer}",
            "gyldigTil": (DAG + timedelta(days=360)).isoformat(),
            **felles,
        }
        for nr, nummer in ((SAMTYKKE_TRUKKET, AVVIST), (SAMTYKKE_LEVER, VANLIG))
    ]


def _vurdering(nummer: int) -> dict[str, Any]:
    return {
        "deltakelseId": f"D{nummer}",
        "nummer": 1,
        "planVersjon": 1,
        "periodeFra": VINTER.isoformat(),
        "periodeTil": DAG.isoformat(),
        "ferdigstilt": DAG.isoformat(),
        "statusOgFramdrift": "God framdrift i butikken.",
        "endringerIPlan": "Ingen endringer.",
        "deltakersVurdering": "Trives godt i butikken.",
        "gjennomgattMedDeltaker": DAG.isoformat(),
        "vurderingAvFortsattDeltakelse": "Trenger mer tid i ordinært arbeidsliv.",
        "anbefaling": "FORTSETTE",
        "nestePeriode": "Mer ansvar i kassen.",
        "grunnIkkeOrdinaer": "IKKE_KLAR",
    }


def _receipt(rad: Any) -> bytes:
    return json.dumps(
        {
            "kvitteringsversjon": "1.0",
            "type": "TEKNISK",
            "leveranseId": rad.leveranse_id,
            "status": "LEVERT",
            "tid": "2026-03-02T12:00:00+01:00",
            "sha256": rad.sha256,
            "storrelse": rad.storrelse,
        }
    ).encode()
