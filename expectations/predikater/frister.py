"""How each duty stands, and what became of each document (groups FRI and SLE). Asked every day."""

from collections.abc import Sequence

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.aktive import active
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.tid import add_days, add_virkedager
from expectations.tabeller import DOKUMENT, FORPLIKTELSE, HOLDT, Serie
from transforms.sletting import AVSLUTTET


@predikat
def plikt_ikke_holdt(k: Kontekst, *, plikt: str, statuser: Sequence[str]) -> Maske:
    """A duty of this kind is past its deadline, or was met after it."""
    return k.noen(FORPLIKTELSE, _duties(k, plikt, statuser))


@predikat
def holdt_med_frist(k: Kontekst, *, statuser: Sequence[str]) -> Maske:
    """A rule holds the deltakelse back while a duty of it is near or past its deadline."""
    holdt = k.noen(HOLDT, k.rader(HOLDT).tekst("deltakelseId").ne(""))
    naer = k.rader(FORPLIKTELSE).tekst("status").isin(statuser) & k.rader(FORPLIKTELSE).tekst("type").ne("SLETTING")
    return holdt & k.noen(FORPLIKTELSE, naer)


def _duties(k: Kontekst, plikt: str, statuser: Sequence[str]) -> Serie:
    rader = k.rader(FORPLIKTELSE)
    return rader.tekst("type").eq(plikt) & rader.tekst("status").isin(statuser)


@predikat
def uten_kvittering(k: Kontekst, *, virkedager: int) -> Maske:
    """A document was sent, and the recipient has not answered within this many working days."""
    siste = _latest(k)
    venter = siste["svar"].eq("") & add_virkedager(siste["sendt"], virkedager).lt(k.asof)
    return k.nokkel().isin(siste.loc[venter, "nokkel"])


@predikat
def avvist_og_ikke_rettet(k: Kontekst, *, virkedager: int) -> Maske:
    """The newest version of a document was rejected this many working days ago."""
    siste = _latest(k)
    ligger = siste["svar"].eq("AVVIST") & add_virkedager(siste["svart"], virkedager).lt(k.asof)
    return k.nokkel().isin(siste.loc[ligger, "nokkel"])


def _latest(k: Kontekst) -> pd.DataFrame:
    """The newest version of every document."""
    rader = k.rader(DOKUMENT)
    dokumenter = pd.DataFrame(
        {
            "nokkel": rader.nokkel(),
            "type": rader.tekst("dokumenttype"),
            "nummer": rader.tekst("nummer"),
            "versjon": rader.tall("versjon"),
            "sendt": rader.dato("sendt"),
            "svar": rader.tekst("svar"),
            "svart": rader.dato("svart"),
        }
    )
    hvert = ["nokkel", "type", "nummer"]
    return dokumenter.sort_values([*hvert, "versjon"], kind="stable").drop_duplicates(hvert, keep="last")


@predikat
def sluttrapport_ukvittert(
    k: Kontekst, *, forsteDag: Parameter, dagligFra: Parameter, mottattSvar: Sequence[str]
) -> Maske:
    """The end is long past and the sluttrapport is not received: told on one day, and later every day."""
    slutt = k.dato("sluttDato")
    dagens = slutt.notna() & (add_days(slutt, forsteDag).eq(k.asof) | add_days(slutt, dagligFra).le(k.asof))
    skylder = k.noen(FORPLIKTELSE, _duties(k, "SLUTTRAPPORT", ("FORFALT", "LEVERT_I_TIDE", "LEVERT_FOR_SENT")))
    rader = k.rader(DOKUMENT)
    mottatt = rader.tekst("dokumenttype").eq("SLUTTRAPPORT") & rader.tekst("svar").isin(mottattSvar)
    levert_for = k.rader("tidligereLevert").tekst("dokumenttype").eq("SLUTTRAPPORT")
    return dagens & skylder & ~k.noen(DOKUMENT, mottatt) & ~k.noen("tidligereLevert", levert_for)


@predikat
def slettes_snart(k: Kontekst, *, varselDager: Parameter) -> Maske:
    """The deltakelse has ended, and its last kept day is as many days away as one of these."""
    rader = k.rader(FORPLIKTELSE)
    igjen = (rader.dato("frist") - k.asof).dt.days.where(rader.tekst("type").eq("SLETTING"))
    varsles = k.maske()
    for dager in {dag for liste in varselDager.dropna() for dag in liste}:
        gjelder = varselDager.map(lambda liste, dager=dager: liste is not None and dager in liste).astype(bool)
        varsles |= gjelder & k.noen(FORPLIKTELSE, igjen.eq(dager))
    return k.tekst("status").isin(AVSLUTTET) & varsles


@predikat
def ingen_innsending(k: Kontekst, *, dager: int) -> Maske:
    """Someone takes part, and the sender's last accepted drop is older than this."""
    deltakelse = k.rader("deltakelse")
    med_aktive = set(deltakelse.innsending[active(deltakelse, k.asof)])
    grense = k.asof - pd.Timedelta(days=dager)
    gammel = [
        (sist := k.historikk(nummer).sist_mottatt) is None or pd.Timestamp(sist) < grense for nummer in k.innsending
    ]
    return k.innsending.isin(med_aktive) & k.maske(gammel)
