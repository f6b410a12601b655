"""The tables of tests/regler as test cases: a base case in which everything is in order, and what each case changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest

from expectations import Historikk, Innsendt, Kontroll, evaluate_chunk
from expectations.fristkontroll import Etterspurt, Fristgrunnlag, Fristsak, evaluate_deadlines
from expectations.historikk import Levert, Tabellmengde
from expectations.rammer import to_verdi
from expectations.regel import Niva, Regel
from expectations.regelsett import regler_etter_id
from schemas.avvik import Avvik
from schemas.identer import check_personident
from schemas.ikrafttredelse import in_place_of
from schemas.kontrakt import barnetabeller, tabeller
from schemas.loader import load, read_yaml
from schemas.oppsett import Avsender, Mottaker
from schemas.regelverk import Regelverk, alle_forslag, alle_regelverk
from schemas.regelverk import regelverk as find_regelverk
from transforms.forpliktelser import Forpliktelsestype, Nokkel, Oppfylt, forpliktelser
from transforms.poster import Deltakelsespost

REGLER = Path(__file__).parents[1] / "regler"
SLAG = ("gyldig", "brudd", "grense")
Rader = dict[str, dict[int, dict[str, str]]]


@dataclass(frozen=True, eq=False)
class Tilfelle:
    """One case of one rule."""

    regel: str
    slag: str
    navn: str
    innhold: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.regel} {self.slag}: {self.navn}"

    @property
    def er_daglig(self) -> bool:
        """Whether the rule is one of those that are asked every day, of what is stored."""
        regel = regler_etter_id().get(self.regel)
        return regel is not None and regel.niva is Niva.FRIST

    @property
    def forventet(self) -> list[str]:
        """Every deviation the case expects."""
        return sorted(self.innhold.get("forventet", []))


@cache
def grunntilfelle() -> Mapping[str, Any]:
    """The base case."""
    innhold: Mapping[str, Any] = read_yaml(REGLER / "grunntilfelle.yaml")
    return innhold


@cache
def alle_tilfeller() -> tuple[Tilfelle, ...]:
    """Every case of every table."""
    return tuple(_read_tables())


def _read_tables() -> Iterator[Tilfelle]:
    for fil in sorted(REGLER.glob("*.yaml")):
        if fil.stem == "grunntilfelle":
            continue
        for regel, tilfeller in load(fil, "regeltabell")["regler"].items():
            for innhold in tilfeller:
                slag = next(slag for slag in SLAG if slag in innhold)
                yield Tilfelle(regel, slag, innhold[slag], innhold)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Any test that takes `tilfelle` is run for every case."""
    if "tilfelle" in metafunc.fixturenames:
        tilfeller = alle_tilfeller()
        metafunc.parametrize("tilfelle", tilfeller, ids=[str(t) for t in tilfeller])


class Tabellkjoring:
    """Builds a drop from a case, and asks the rules about it."""

    tilfeller = staticmethod(alle_tilfeller)

    def innsendinger(self) -> list[Tilfelle]:
        """The cases that are a drop; the others are asked every day of what is stored."""
        return [tilfelle for tilfelle in alle_tilfeller() if not tilfelle.er_daglig]

    @cache  # noqa: B019  one instance, for the session
    def _grunnkontroll(self) -> Kontroll:
        return self.kontroll({})

    def kontroll(self, innhold: Mapping[str, Any]) -> Kontroll:
        """The verdict on one case by itself."""
        kontroller, _ = evaluate_chunk(
            [self.innsendt(innhold)],
            asof=self.asof(innhold),
            mottakere=self.mottakere(),
            regelverk=self.regelverk(innhold),
        )
        return kontroller[0]

    def alle_kontroller(
        self,
        tilfeller: Sequence[Tilfelle],
        *,
        regler: Sequence[Regel] | None = None,
        endre: Callable[[Regelverk], Regelverk] = lambda versjon: versjon,
    ) -> Mapping[Tilfelle, Kontroll]:
        """The verdict on many cases, each policy changed by `endre`.

        Those of one day and one set of policies are one chunk, in which no drop may see another. Of a case of a daily
        rule the verdict holds what the daily rules say, and nothing else.
        """
        resultat: dict[Tilfelle, Kontroll] = {}
        for bunt in {(self.asof(tilfelle.innhold), self.i_kraft(tilfelle.innhold)) for tilfelle in tilfeller}:
            like = [t for t in tilfeller if (self.asof(t.innhold), self.i_kraft(t.innhold)) == bunt]
            daglige = [tilfelle for tilfelle in like if tilfelle.er_daglig]
            andre = [tilfelle for tilfelle in like if not tilfelle.er_daglig]
            regelverk = [endre(versjon) for versjon in self.regelverk(like[0].innhold)]
            kontroller, _ = evaluate_chunk(
                [self.innsendt(tilfelle.innhold) for tilfelle in andre],
                asof=bunt[0],
                mottakere=self.mottakere(),
                regler=None if regler is None else [regel for regel in regler if regel.niva is not Niva.FRIST],
                regelverk=regelverk,
            )
            resultat |= dict(zip(andre, kontroller, strict=True))
            avvik = evaluate_deadlines(
                [_standing(tilfelle.innhold, bunt[0]) for tilfelle in daglige],
                asof=bunt[0],
                regler=regler,
                regelverk=regelverk,
            )
            for tilfelle, egne in zip(daglige, avvik, strict=True):
                resultat[tilfelle] = replace(self._grunnkontroll(), avvik=egne)
        return resultat

    def avvik(self, kontroll: Kontroll) -> list[str]:
        """Every deviation, as the tables write them."""
        return _lines(kontroll.avvik)

    def daglig(self, innhold: Mapping[str, Any]) -> list[str]:
        """What the daily rules say of one case."""
        asof = self.asof(innhold)
        (avvik,) = evaluate_deadlines([_standing(innhold, asof)], asof=asof)
        return _lines(avvik)

    def asof(self, innhold: Mapping[str, Any]) -> date:
        """The day of the case."""
        return date.fromisoformat(innhold.get("asof", grunntilfelle()["asof"]))

    def i_kraft(self, innhold: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """The proposals that the case puts in force, each with its first day."""
        return tuple(sorted(innhold.get("iKraft", {}).items()))

    def regelverk(self, innhold: Mapping[str, Any]) -> Sequence[Regelverk]:
        """The policies in force in the case."""
        versjoner = alle_regelverk()
        for navn, dag in self.i_kraft(innhold):
            (forslag,) = (forslag for forslag in alle_forslag() if forslag.versjon == navn)
            versjoner = in_place_of(versjoner, forslag.in_force_from(date.fromisoformat(dag)))
        return versjoner

    def innsendt(self, innhold: Mapping[str, Any]) -> Innsendt:
        """The drop of the case."""
        rader, borte = _apply(_base_rows(), innhold)
        rort = {tabell for verb in ("endre", "legg_til", "fjern") for tabell in innhold.get(verb, {})}
        rort |= {problem.split()[0] for problem in innhold.get("problemer", ())}
        rammer = {
            tabell: make_frame(tabell, rader[tabell]) if tabell in rort else base_frame(tabell)
            for tabell in rader
            if tabell not in borte
        }
        hode = {**grunntilfelle()["hode"], **innhold.get("hode", {})}
        return Innsendt(
            rammer, _problems(rammer, innhold), hode, make_avsender(innhold.get("avsender", {})), _history(innhold)
        )

    def mottakere(self) -> Mapping[str, Mottaker]:
        """The register of recipients of the base case."""
        return MappingProxyType({enhet: make_mottaker(enhet, navn) for enhet, navn in _mottakere().items()})

    def post(self, deltakelse_id: str, innhold: Mapping[str, Any] | None = None) -> Deltakelsespost:
        """One deltakelse of the base case, with the changes of a case, as a stored record."""
        rader, _ = _apply(_base_rows(), innhold or {})
        return next(p for p in _posts(rader) if p.deltakelse["deltakelseId"] == deltakelse_id)


def _lines(avvik: Sequence[Avvik]) -> list[str]:
    return sorted(f"{a.regelId} {a.tabell} {a.rad or '-'} {a.kolonne or '-'}" for a in avvik)


@pytest.fixture(scope="session")
def kjoring() -> Tabellkjoring:
    """What runs a case."""
    return Tabellkjoring()


@pytest.fixture(scope="session")
def kontroller(kjoring: Tabellkjoring) -> Mapping[Tilfelle, Kontroll]:
    """The verdict on every case."""
    return kjoring.alle_kontroller(alle_tilfeller())


def _base_rows() -> Rader:
    oppgitt = grunntilfelle()["tabeller"]
    return {
        tabell: {nr: dict(rad) for nr, rad in enumerate(oppgitt.get(tabell, ()), start=1)}
        for tabell in tabeller()
        if tabell != "innsending"
    }


def _apply(rader: Rader, innhold: Mapping[str, Any]) -> tuple[Rader, frozenset[str]]:
    for tabell, endringer in innhold.get("endre", {}).items():
        for nummer, felter in endringer.items():
            rader[tabell][int(nummer)].update({felt: _as_text(verdi) for felt, verdi in felter.items()})
    for tabell, nye in innhold.get("legg_til", {}).items():
        for ny in nye:
            felter = {felt: _as_text(verdi) for felt, verdi in ny.items() if felt != "_som"}
            grunn = rader[tabell][int(ny["_som"])] if "_som" in ny else {}
            rader[tabell][max(rader[tabell], default=0) + 1] = {**grunn, **felter}
    borte = set()
    for tabell, hvilke in innhold.get("fjern", {}).items():
        if hvilke == "IKKE_MED":
            borte.add(tabell)
        for nummer in list(rader[tabell]) if isinstance(hvilke, str) else hvilke:
            del rader[tabell][nummer]
    return rader, frozenset(borte)


def _as_text(verdi: object) -> str:
    if isinstance(verdi, bool):
        return "true" if verdi else "false"
    return str(verdi).replace("$IKKE_FODT", not_yet_born())


@cache
def not_yet_born() -> str:
    """A valid number without synthetic offset that can be nobody's: the birth date is in 2039."""
    numre = (f"010139{rest:05d}" for rest in range(50000, 99999))
    return next(nummer for nummer in numre if check_personident(nummer, regel2032=False).gyldig)


@cache
def base_frame(tabell: str) -> pd.DataFrame:
    """A table that the case leaves as it is in the base case."""
    return make_frame(tabell, _base_rows()[tabell])


def make_frame(tabell: str, rader: Mapping[int, Mapping[str, str]]) -> pd.DataFrame:
    """A frame as intake gives it: every field of the contract as text, and the row and record numbers."""
    felter = list(tabeller()[tabell].felter)
    ukjente = {felt for rad in rader.values() for felt in rad} - set(felter)
    assert not ukjente, f"{tabell} has no field {sorted(ukjente)}"
    ramme = pd.DataFrame([[rad.get(felt, "") for felt in felter] for rad in rader.values()], columns=felter, dtype=str)
    ramme["_rad"] = pd.Series(list(rader), dtype="int64")
    ramme["_post"] = ramme["_rad"]
    return ramme


def _problems(rammer: Mapping[str, pd.DataFrame], innhold: Mapping[str, Any]) -> pd.DataFrame:
    steder = []
    for problem in innhold.get("problemer", ()):
        tabell, rad, kolonne, kode = problem.split()
        ramme = rammer[tabell]
        indeks = int(ramme.index[ramme["_rad"] == int(rad)][0])
        if kolonne != "-":
            ramme.loc[indeks, kolonne] = ""
        steder.append((tabell, indeks, "" if kolonne == "-" else kolonne, kode))
    return pd.DataFrame(steder, columns=["tabell", "indeks", "kolonne", "kode"])


def _mottakere() -> Mapping[str, str]:
    mottakere: Mapping[str, str] = grunntilfelle()["mottakere"]
    return mottakere


def make_mottaker(enhet: str, navn: str) -> Mottaker:
    """A recipient as the register has it."""
    return Mottaker(enhet, "NAV", navn, enhet[:2], True, "mottaker.pem", "bucket", MappingProxyType({}), ())


def make_avsender(endringer: Mapping[str, Any]) -> Avsender:
    """The sender of the base case."""
    felter: dict[str, Any] = {
        "orgnr": "310000019",
        "konsern_orgnr": None,
        "navn": "Eksempel Vekst AS",
        "rapporterer_fra": date(2026, 1, 1),
        "profil": None,
        "maalform": "nb",
        "kildesystem": "Testsystemet",
        "omfang": "FULL",
        "modus": "TEST",
        "filnavn": None,
        "tillatte_personopplysninger": frozenset(),
        **grunntilfelle()["avsender"],
    }
    felter |= endringer
    return Avsender(**{**felter, "tillatte_personopplysninger": frozenset(felter["tillatte_personopplysninger"])})


def _history(innhold: Mapping[str, Any]) -> Historikk:
    if "lagret" not in innhold:
        return Historikk()
    lagret = innhold["lagret"]
    rader, _ = _apply(_base_rows(), lagret)
    samtykker = [_typed("samtykke", rad) for rad in rader["samtykke"].values()]
    return Historikk(
        poster=tuple(_posts(rader)),
        samtykker=tuple(samtykker),
        apne_i_siste_full=lagret.get("apne_i_siste_full"),
        bekreftet=frozenset((regel, sak) for regel, sak in lagret.get("bekreftet", ())),
        plasser=tuple(_typed("plass", rad) for rad in rader["plass"].values()),
        leverte=tuple(_delivered(rad) for rad in lagret.get("levert", ())),
        slettesaker=frozenset(lagret.get("slettesaker", ())),
        mengder_i_siste_full={
            tabell: Tabellmengde(mengde["rader"], mengde.get("utfylt", {}))
            for tabell, mengde in lagret.get("mengder_i_siste_full", {}).items()
        },
    )


def _standing(innhold: Mapping[str, Any], asof: date) -> Fristgrunnlag:
    """What is stored and owed in a case of a daily rule: the base case, what every day has, and the case's changes."""
    avsender = make_avsender(innhold.get("avsender", {}))
    hver_dag = grunntilfelle()["daglig"]
    rader, _ = _apply(_apply(_base_rows(), hver_dag)[0], innhold)
    egne = {**hver_dag, **innhold.get("daglig", {})}
    leverte = [_delivered(rad) for rad in egne["levert"]]
    saker = tuple(
        Fristsak(
            post,
            forpliktelser(
                post,
                lambda dag, post=post: find_regelverk(post.deltakelse["tiltakskode"], dag),  # type: ignore[misc]
                asof,
                oppfylt=_met(post, leverte),
                rapporterer_fra=avsender.rapporterer_fra,
            ),
            tuple(rad for rad in leverte if rad.deltakelse_id == post.deltakelse["deltakelseId"]),
            post.deltakelse["deltakelseId"] in egne.get("holdt", ()),
        )
        for post in _posts(rader)
    )
    etterspurte = [
        Etterspurt(ett["samtykkeId"], date.fromisoformat(ett["fra"]), date.fromisoformat(ett["til"]), ett["svart"])
        for ett in egne.get("etterspurt", ())
    ]
    return Fristgrunnlag(avsender, saker, date.fromisoformat(egne["sist_mottatt"]), tuple(etterspurte))


def _delivered(rad: Mapping[str, Any]) -> Levert:
    return Levert(
        deltakelse_id=rad["deltakelseId"],
        dokumenttype=rad["dokumenttype"],
        nummer=rad.get("nummer", 0),
        status=rad.get("status", "SENDT"),
        sendt=date.fromisoformat(rad["sendt"]) if "sendt" in rad else None,
        svar=rad.get("svar"),
        versjon=rad.get("versjon", 1),
        svart=date.fromisoformat(rad["svart"]) if "svart" in rad else None,
        leveranse=rad.get("leveranse"),
    )


def _met(post: Deltakelsespost, leverte: Sequence[Levert]) -> Mapping[Nokkel, Oppfylt]:
    return {
        (Forpliktelsestype(rad.dokumenttype), rad.nummer or None): Oppfylt(rad.sendt, rad.sendt)
        for rad in leverte
        if rad.deltakelse_id == post.deltakelse["deltakelseId"] and rad.sendt is not None and rad.svar != "AVVIST"
    }


def _posts(rader: Rader) -> Iterator[Deltakelsespost]:
    for deltakelse in rader["deltakelse"].values():
        personer = [r for r in rader["deltaker"].values() if r["deltakerId"] == deltakelse["deltakerId"]]
        avtaler = [r for r in rader["avtale"].values() if r["avtaleId"] == deltakelse.get("avtaleId")]
        innhold: dict[str, Any] = {
            "deltaker": _typed("deltaker", personer[0]),
            "deltakelse": _typed("deltakelse", deltakelse),
            "stengt": [_typed("stengt", rad) for rad in rader["stengt"].values()],
        }
        if avtaler:
            innhold["avtale"] = _typed("avtale", avtaler[0])
        for tabell in (*barnetabeller(), "samtykke"):
            egne = [r for r in rader[tabell].values() if r.get("deltakelseId") == deltakelse["deltakelseId"]]
            innhold[tabell] = [_typed(tabell, rad) for rad in egne]
        yield Deltakelsespost(innhold)


def _typed(tabell: str, rad: Mapping[str, str]) -> dict[str, Any]:
    felter = tabeller()[tabell].felter
    return {felt: to_verdi(tekst, felter[felt].type) for felt, tekst in rad.items() if tekst != ""}
