"""The certificate of what was erased for one sender in one month: counts from the evidence, and the words around them.

Everything on it is counted from entries of the chain, which name nobody, so the same chain gives the same page. What
was late, held back or left standing is said in the same place as what was done (docs/pipeline/sletting.md).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from schemas.koder import kodeverk
from schemas.loader import load
from schemas.regelverk import Regelverk
from transforms.dokument_tegn import prepare
from transforms.dokument_tekster import MALKATALOG, MALVERSJON
from transforms.maned import Maned

Verdier = Mapping[str, Any]
SLETTEFRIST = "sletting.dager"
# A place in a source: 002 L6505 (docs/kilder.md).
_STED = re.compile(r"\b([0-9]{3}) L(?=[0-9])")


@dataclass(frozen=True)
class Beviskjeden:
    """What the page says of the chain: which entries, the hash of their list, the anchored head, and the key's hash."""

    forste: int
    siste: int
    antall: int
    avtrykk: str
    hode_antall: int
    hode: str
    forankret: date
    nokkelavtrykk: str


@dataclass(frozen=True)
class Sletteattest:
    """One sender's month. `slettinger` and `samtykker` are what the entries say; `stand` is the one that closed it."""

    orgnr: str
    navn: str
    maalform: str
    maned: Maned
    slettinger: Sequence[Verdier]
    samtykker: Sequence[Verdier]
    stand: Verdier
    kjede: Beviskjeden
    regelverk: Sequence[Regelverk]

    @property
    def alle(self) -> tuple[Verdier, ...]:
        """Every erasure."""
        return (*self.slettinger, *self.samtykker)


@cache
def _words(maalform: str) -> Mapping[str, Any]:
    ord_: Mapping[str, Any] = load(MALKATALOG / MALVERSJON / f"sletteattest.{maalform}.yaml", "sletteattesttekster")
    return ord_


def day_of(verdier: Verdier) -> date:
    """The day on which an entry says that it was finished; an older one says only when it was begun."""
    return date.fromisoformat(verdier.get("fullfort", verdier["dato"]))


def attest_page(attest: Sletteattest) -> dict[str, Any]:
    """What the template reads. Raises UgyldigFil when the words of the målføre are faulty."""
    t = _words(attest.maalform)
    maned = f"{t['maneder'][attest.maned.maned - 1]} {attest.maned.ar}"
    oppgjort = _long_date(t, date.fromisoformat(attest.stand["dato"]))
    hode, navn = t["hode"], prepare(attest.navn)
    return {
        "maalform": attest.maalform,
        "tittel": hode["tittel"],
        "under": hode["under"],
        "avsender": navn,
        "orgnr": hode["orgnr"].format(orgnr=attest.orgnr),
        "maned": maned[0].upper() + maned[1:],
        "oppgjort": hode["utstedt"].format(dato=oppgjort),
        "innledning": hode["innledning"].format(avsender=navn, maned=maned),
        "bunn": hode["side"].format(maned=maned),
        "tall": _large_numbers(t, attest),
        "slettet": _erased(t, attest),
        "avsnitt": _how(t, attest) if attest.alle else [],
        "spalter": [_left_standing(t, attest, oppgjort), _own_system(t, attest)],
        "bevis": _evidence(t, attest),
        "grenser": {"overskrift": t["grenser"]["overskrift"], "linjer": [_line(t["grenser"]["tekst"])]},
    }


def _large_numbers(t: Verdier, attest: Sletteattest) -> list[dict[str, Any]]:
    verdier = {
        "deltakelser": len(attest.slettinger),
        "samtykker": len(attest.samtykker),
        "forSent": len(_late(attest)),
        "overSisteDag": attest.stand["overSisteDag"],
    }
    varsles = {"forSent", "overSisteDag"}
    return [
        {"verdi": _number(antall), "ledetekst": t["tall"][navn], "varsel": navn in varsles and antall > 0}
        for navn, antall in verdier.items()
    ]


def _erased(t: Verdier, attest: Sletteattest) -> dict[str, Any]:
    ord_ = t["slettet"]
    grunner = Counter(f"{ett['art']}.{ett['grunn']}" for ett in attest.alle)
    koder = [kode for kode in t["grunner"] if kode in grunner] + sorted(grunner.keys() - t["grunner"].keys())
    annet = t["grunner"]["annet"]
    rader = [
        {"hva": t["grunner"].get(kode, annet.format(kode=kode)), "antall": _number(grunner[kode])} for kode in koder
    ]
    if not rader:
        linjer = [_line(ord_["ingenting"])]
    else:
        linjer = [
            _line(ord_["kopier"].format(kopier=_copies(t, attest))),
            _line(ord_["kategorier"].format(kategorier=_categories(attest))),
        ]
    return {
        "overskrift": ord_["overskrift"],
        "kolonner": [ord_["hva"], ord_["antall"]],
        "rader": rader,
        "linjer": linjer,
    }


def _copies(t: Verdier, attest: Sletteattest) -> str:
    antall: Counter[str] = Counter()
    for ett in attest.alle:
        antall.update(ett["lagre"])
    kjente = [*t["lagre"], *sorted(antall.keys() - t["lagre"].keys())]
    lagre = ((t["lagre"].get(lager, f"{lager} {{antall}}"), antall[lager]) for lager in kjente if antall[lager])
    return ", ".join(_counted(tekst, ett) for tekst, ett in lagre)


def _categories(attest: Sletteattest) -> str:
    koder = kodeverk("personopplysning").koder
    funnet = {kode for ett in attest.alle for kode in ett["kategorier"]}
    # NAV's own words, some of which have commas in them.
    return " · ".join([koder[kode].tekst for kode in koder if kode in funnet] + sorted(funnet - koder.keys()))


def _how(t: Verdier, attest: Sletteattest) -> list[dict[str, Any]]:
    return [
        {"overskrift": t["tid"]["overskrift"], "linjer": [*_when(t, attest), *_by_which_rule(t, attest)]},
        {"overskrift": t["hvordan"]["overskrift"], "linjer": [_line(t["hvordan"]["tekst"])]},
    ]


def _when(t: Verdier, attest: Sletteattest) -> list[dict[str, Any]]:
    ord_, alle = t["tid"], attest.alle
    dager = sorted(Counter(day_of(ett) for ett in alle).items())
    linjer = [
        _line(ord_["dager"].format(dager=", ".join(f"{dag:%d.%m}\u00a0({_number(antall)})" for dag, antall in dager)))
    ]
    sene, uvisse = _late(attest), sum("dagerForSent" not in ett for ett in alle)
    if sene:
        mest = max(ett["dagerForSent"] for ett in sene)
        tekst = ord_["forSent"].format(antall=_number(len(sene)), alle=_number(len(alle)), dager=_number(mest))
        linjer.append(_line(tekst, varsel=True))
    elif not uvisse:
        linjer.append(_line(ord_["iTide"]))
    if uvisse:
        linjer.append(_line(ord_["uvisst"].format(antall=_number(uvisse)), varsel=True))
    holdt = [ett["dagerHoldtTilbake"] for ett in alle if ett.get("dagerHoldtTilbake")]
    if holdt:
        linjer.append(_line(ord_["holdt"].format(antall=_number(len(holdt)), dager=_number(max(holdt)))))
    return linjer


def _late(attest: Sletteattest) -> list[Verdier]:
    return [ett for ett in attest.alle if ett.get("dagerForSent")]


def _by_which_rule(t: Verdier, attest: Sletteattest) -> list[dict[str, Any]]:
    """One line for each deadline and source, with the versions that have it and how many were erased by each."""
    kjente = {versjon.versjon: versjon for versjon in attest.regelverk}
    per_regel: dict[tuple[Any, ...] | None, list[str]] = {}
    for versjon, antall in sorted(Counter(ett["regelverk"] for ett in attest.slettinger).items()):
        regel = None
        if versjon in kjente:
            frist = kjente[versjon].parametre[SLETTEFRIST]
            regel = (frist.verdi, frist.kilde, kjente[versjon].bekreftet is not None)
        per_regel.setdefault(regel, []).append(f"{versjon} ({_number(antall)})")
    linjer = [_line(_rule(t, regel, ", ".join(versjoner))) for regel, versjoner in per_regel.items()]
    return linjer + ([_line(t["regler"]["samtykke"])] if attest.samtykker else [])


def _rule(t: Verdier, regel: tuple[Any, ...] | None, versjoner: str) -> str:
    ord_: Mapping[str, str] = t["regler"]
    if regel is None:
        return ord_["ukjent"].format(versjoner=versjoner)
    dager, kilde, bekreftet = regel
    navngitt = _STED.sub(lambda treff: ord_["sted"].format(kilde=t["kilder"].get(treff[1], treff[1])), kilde)
    merknad = "" if bekreftet else ord_["ikkeBekreftet"]
    return ord_["frist"].format(dager=dager, versjoner=versjoner, kilde=navngitt, merknad=merknad)


def _left_standing(t: Verdier, attest: Sletteattest, oppgjort: str) -> dict[str, Any]:
    ord_, stand = t["igjen"], attest.stand
    return {
        "overskrift": ord_["overskrift"].format(dato=oppgjort),
        "linjer": [
            _line(_counted(ord_["tilbakeholdt"], stand["tilbakeholdt"])),
            _line(_counted(ord_["overSisteDag"], stand["overSisteDag"]), varsel=stand["overSisteDag"] > 0),
        ],
    }


def _own_system(t: Verdier, attest: Sletteattest) -> dict[str, Any]:
    svar = ("bekreftet", "ubekreftet", "ikkeVarslet")
    linjer = [_line(_counted(t["egetSystem"][ett], attest.stand[ett])) for ett in svar]
    return {"overskrift": t["egetSystem"]["overskrift"], "linjer": linjer}


def _evidence(t: Verdier, attest: Sletteattest) -> dict[str, Any]:
    ord_, kjede = t["bevis"], attest.kjede
    spenn = {"antall": _number(kjede.antall), "fra": _number(kjede.forste), "til": _number(kjede.siste)}
    hode = {"antall": _number(kjede.hode_antall), "dato": _long_date(t, kjede.forankret)}
    fil = attest_file(attest.maned)
    return {
        "overskrift": ord_["overskrift"],
        "rader": [
            {"ledetekst": ord_["numre"], "tekst": ord_["nummerspenn"].format(**spenn)},
            {"ledetekst": ord_["avtrykk"], "tekst": kjede.avtrykk},
            {"ledetekst": ord_["hode"], "tekst": ord_["hodeverdi"].format(**hode) + "\n" + kjede.hode},
            {"ledetekst": ord_["nokkel"], "tekst": kjede.nokkelavtrykk},
        ],
        "kontroll": ord_["kontroll"],
        "kommandoer": [
            f"tiltaksflyt evidence export --sender {attest.orgnr} --month {attest.maned} --out utdrag",
            "sh utdrag/kontroller.sh",
            "grep ' bevis/' utdrag/kjede.txt | cut -d ' ' -f 1,2 | sha256sum",
            f"openssl pkeyutl -verify -pubin -inkey utdrag/offentlig-nokkel.pem -rawin -in {fil} -sigfile {fil}.sig",
        ],
        "forklaring": ord_["forklaring"],
    }


def attest_file(maned: Maned) -> str:
    """What the page of a month is called; its signature is called the same with .sig after it."""
    return f"sletteattest-{maned}.pdf"


def _line(tekst: str, *, varsel: bool = False) -> dict[str, Any]:
    return {"tekst": tekst, "varsel": varsel}


def _counted(tekst: str, antall: int) -> str:
    """A text with its number, which never stands alone on a line."""
    return tekst.replace(" {antall}", "\u00a0{antall}").format(antall=_number(antall))


def _long_date(t: Verdier, dag: date) -> str:
    return f"{dag.day}. {t['maneder'][dag.month - 1]} {dag.year}"


def _number(antall: int) -> str:
    """With a space that never breaks between the thousands: 12 345."""
    return f"{antall:,}".replace(",", "\u00a0")
