"""Certificates to look at: a small month, a month in which everything happened, and the most that a page must hold."""

from dataclasses import replace
from datetime import date
from typing import Any

from schemas.regelverk import alle_regelverk
from transforms.maned import Maned
from transforms.sletteattest import Beviskjeden, Sletteattest

KATEGORIER = ["NAVN", "FOLKEREGISTER_IDENTIFIKATOR", "TELEFONNUMMER", "HELSEOPPLYSNINGER"]
KJEDE = Beviskjeden(12, 40, 5, "0a" * 32, 41, "1b" * 32, date(2026, 6, 1), "2c" * 32)
LANGT_NAVN = (
    "Stiftelsen Arbeidsinkluderingsbedriften for Nord-Gudbrandsdal, Øst-Finnmark og Indre Helgeland "
    "Vekstforetak Aksjeselskap avdeling Sør"
)


def erasure(dag: str, **endret: Any) -> dict[str, Any]:
    """What the entry of an erased deltakelse says."""
    return {
        "art": "SLETTING",
        "avsender": "889640782",
        "dato": dag,
        "fullfort": dag,
        "grunn": "SISTE_DAG",
        "regelverk": "AFT-gjeldende",
        "lagre": {"ledger": 9, "nokkellager": 1, "mottatt": 1, "pakker": 2, "utboks": 3},
        "kategorier": KATEGORIER,
        "dagerForSent": 0,
        "dagerHoldtTilbake": 0,
        **endret,
    }


def consent(dag: str, **endret: Any) -> dict[str, Any]:
    """What the entry of an erased consent says."""
    return {
        "art": "SAMTYKKE",
        "avsender": "889640782",
        "dato": dag,
        "grunn": "SAMTYKKE_TRUKKET",
        "lagre": {"ledger": 1, "nokkellager": 1},
        "kategorier": ["TELEFONNUMMER"],
        "dagerForSent": 0,
        **endret,
    }


def standing(**endret: Any) -> dict[str, Any]:
    """What the entry that closes May says."""
    tall = {"tilbakeholdt": 0, "overSisteDag": 0, "bekreftet": 0, "ubekreftet": 0, "ikkeVarslet": 0}
    return {"dato": "2026-06-01", "tid": "2026-05-31T22:15:00.123456+00:00", **tall, **endret}


def small(maalform: str = "nb") -> Sletteattest:
    """Three deltakelser and a consent in May."""
    return Sletteattest(
        orgnr="889640782",
        navn="Eksempel Vekst AS",
        maalform=maalform,
        maned=Maned(2026, 5),
        slettinger=[erasure("2026-05-02"), erasure("2026-05-09"), erasure("2026-05-09")],
        samtykker=[consent("2026-05-20")],
        stand=standing(tilbakeholdt=1, bekreftet=1, ubekreftet=2),
        kjede=KJEDE,
        regelverk=alle_regelverk(),
    )


def eventful(maalform: str = "nb") -> Sletteattest:
    """Late, held, after a restore, strictly protected, by an older version, by a policy that is gone, and left over."""
    slettinger = [
        erasure("2026-05-02", dagerForSent=3),
        erasure("2026-05-03", dagerForSent=1),
        erasure("2026-05-04", dagerHoldtTilbake=20),
        erasure("2026-05-05", grunn="ETTER_GJENOPPRETTING"),
        erasure("2026-05-31", grunn="STRENGT_FORTROLIG", regelverk="AFT-2015"),
    ]
    eldre = erasure("2026-05-06")
    for felt in ("fullfort", "dagerForSent", "dagerHoldtTilbake"):
        del eldre[felt]
    samtykker = [consent("2026-05-07", grunn="SAMTYKKE_UTLOPT"), consent("2026-05-08", grunn="NY_GRUNN")]
    stand = standing(tilbakeholdt=2, overSisteDag=1, bekreftet=1, ubekreftet=4, ikkeVarslet=1)
    return replace(small(maalform), slettinger=[*slettinger, eldre], samtykker=samtykker, stand=stand)


def large(maalform: str = "nb") -> Sletteattest:
    """Every day of a month, every policy, every reason, a long name and numbers of many digits."""
    versjoner = [versjon.versjon for versjon in alle_regelverk()]
    slettinger = [
        erasure(f"2026-05-{dag:02d}", regelverk=versjon, grunn=grunn, dagerForSent=dag % 3, dagerHoldtTilbake=dag % 5)
        for dag in range(1, 32)
        for versjon in versjoner
        for grunn in ("SISTE_DAG", "STRENGT_FORTROLIG", "ETTER_GJENOPPRETTING")
    ] * 20
    samtykker = [
        consent(f"2026-05-{dag:02d}", grunn=grunn)
        for dag in range(1, 32)
        for grunn in ("SAMTYKKE_TRUKKET", "SAMTYKKE_UTLOPT", "STRENGT_FORTROLIG", "NY_GRUNN")
    ] * 20
    return replace(
        eventful(maalform),
        navn=LANGT_NAVN,
        slettinger=[*eventful().slettinger, *slettinger],
        samtykker=samtykker,
        stand=standing(tilbakeholdt=1234, overSisteDag=17, bekreftet=39_000, ubekreftet=1200, ikkeVarslet=12),
        kjede=replace(KJEDE, forste=1_000_000, siste=1_045_000, antall=43_000, hode_antall=1_045_001),
    )


def empty(maalform: str = "nb") -> Sletteattest:
    """Nothing erased, one left over."""
    return replace(small(maalform), slettinger=[], samtykker=[], stand=standing(overSisteDag=1))
