"""The same conditions asked in four ways: by our predicates, by Great Expectations, by pandera, by plain pandas.

Only what all four can say: the other rules reach across rows, tables, drops or time, or know check digits.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd
from eksportrader import DAG, Eksport

from expectations import evaluate_chunk
from expectations.regel import Regel, Sted
from expectations.regelsett import alle_regler, regler_etter_id
from schemas.koder import kodeverk
from schemas.kontrakt import Felt, Felttype, felt, tabeller
from schemas.oppbevaring import oppbevaring

# As many drops as one task of mottak checks together.
AVSENDERE_PER_BUNT = oppbevaring().avsendere_per_bunt
_PREDIKATER = ("mangler", "ikke_dato", "ikke_tall", "for_lang", "ikke_elleve_siffer", "ukjent_kode", "til_for_fra")
_MONSTRE = {Felttype.TALL: r"^-?[0-9]+(\.[0-9]+)?$", Felttype.HELTALL: r"^-?[0-9]+$", Felttype.JANEI: "^(true|false)$"}

Brudd = Counter[str]
"""How many cells break each rule."""


@dataclass(frozen=True)
class Betingelse:
    """One condition in one place. `grunnlag` is the pattern, the longest length, the codes or the other column."""

    regel: str
    predikat: str
    tabell: str
    kolonne: str
    grunnlag: Any = None

    @property
    def feilverdi(self) -> str | None:
        """A text that breaks this condition and no other; None where one would break the links between rows."""
        type_ = felt(self.tabell, self.kolonne).type
        if self.predikat == "mangler":
            return None if type_ in (Felttype.ID, Felttype.KODE, Felttype.DATO) else ""
        if self.predikat == "ikke_dato":
            return None if (self.tabell, self.kolonne) in _in_order() else "2026-02-31"
        if self.predikat == "til_for_fra":
            return "1999-01-01"
        return {"for_lang": "x" * 250, "ikke_elleve_siffer": "123"}.get(self.predikat, "tolv")


@cache
def _in_order() -> frozenset[tuple[str, str]]:
    """The columns whose order is asked, in which every date must be one to mean the same to all four."""
    steder = [sted for regel in alle_regler() for sted in regel.steder if sted.predikat == "til_for_fra"]
    return frozenset((sted.tabell, kolonne) for sted in steder for kolonne in sted.kolonner)


@cache
def felles_betingelser() -> tuple[Betingelse, ...]:
    """Every place where one of our rules asks what all four can ask."""
    return tuple(
        Betingelse(regel.regel, sted.predikat, sted.tabell, sted.kolonner[0], _basis(sted))
        for regel, sted in _common_places()
    )


def _common_places() -> Iterator[tuple[Regel, Sted]]:
    for regel in alle_regler():
        for sted in regel.steder if regel.tiltakskoder is None else ():
            if sted.predikat in _PREDIKATER and sted.tabell in tabeller() and sted.tabell != "innsending":
                yield from [(regel, sted)] if _can_be_asked_by_all(sted) else []


def _can_be_asked_by_all(sted: Sted) -> bool:
    """Of a list only the door knows whether it was one."""
    return sted.predikat != "ikke_tall" or felt(sted.tabell, sted.kolonner[0]).type in _MONSTRE


def _basis(sted: Sted) -> Any:  # noqa: ANN401
    egenskaper = felt(sted.tabell, sted.kolonner[0])
    if sted.predikat == "for_lang":
        return sted.parametre["maks"]
    if sted.predikat == "til_for_fra":
        return sted.kolonner[1]
    if sted.predikat == "ikke_elleve_siffer":
        return "^[0-9]{11}$"
    if sted.predikat == "ikke_tall":
        return _MONSTRE[egenskaper.type]
    return _code_pattern(egenskaper) if sted.predikat == "ukjent_kode" else None


def _code_pattern(egenskaper: Felt) -> str:
    en = "|".join(kodeverk(str(egenskaper.kodeverk)).koder)
    return rf"^({en})(\|({en}))*$" if egenskaper.type is Felttype.KODELISTE else f"^({en})$"


def in_table(tabell: str) -> Sequence[Betingelse]:
    """The conditions of one table."""
    return [betingelse for betingelse in felles_betingelser() if betingelse.tabell == tabell]


# --- our masks ----


def ask_all_rules(bunt: Sequence[Eksport]) -> Brudd:
    """Every rule, as mottak asks."""
    return _ask_masks(bunt, None)


def ask_common_rules(bunt: Sequence[Eksport]) -> Brudd:
    """Our engine with nothing but the common conditions."""
    return _ask_masks(bunt, _common_rules())


@cache
def _common_rules() -> tuple[Regel, ...]:
    steder: dict[str, list[Sted]] = {}
    for regel, sted in _common_places():
        steder.setdefault(regel.regel, []).append(sted)
    return tuple(replace(regel, steder=tuple(steder[regel.regel])) for regel in alle_regler() if regel.regel in steder)


def _ask_masks(bunt: Sequence[Eksport], regler: Sequence[Regel] | None) -> Brudd:
    _, kjoring = evaluate_chunk([eksport.innsendt() for eksport in bunt], asof=DAG, mottakere={}, regler=regler)
    brudd: Brudd = Counter()
    for (regel, nummer), maske in kjoring.masker.items():
        sted = next(egen for egen in kjoring.regler if egen.regel == regel).steder[nummer]
        if sted.predikat in _PREDIKATER and sted.tabell != "innsending":
            brudd[regel] += int(maske.sum())
    return brudd


# --- plain pandas ----


def ask_plain_masks(bunt: Sequence[Eksport]) -> Brudd:
    """The common conditions, each a line of pandas over the chunk's rows."""
    brudd: Brudd = Counter()
    for tabell in tabeller():
        ramme = _together(bunt, tabell)
        if ramme is not None:
            for betingelse in in_table(tabell):
                brudd[betingelse.regel] += int(_plain(betingelse, ramme).sum())
    return brudd


def _together(bunt: Sequence[Eksport], tabell: str) -> pd.DataFrame | None:
    rammer = [ramme for eksport in bunt if (ramme := eksport.tabeller.get(tabell)) is not None and len(ramme)]
    return pd.concat(rammer, ignore_index=True) if rammer else None


def _plain(betingelse: Betingelse, ramme: pd.DataFrame) -> pd.Series:
    celler = ramme[betingelse.kolonne]
    utfylt = celler.ne("")
    if betingelse.predikat == "mangler":
        return celler.str.strip().eq("")
    if betingelse.predikat == "ikke_dato":
        return utfylt & pd.to_datetime(celler, format="%Y-%m-%d", errors="coerce").isna()
    if betingelse.predikat == "for_lang":
        return celler.str.len().gt(betingelse.grunnlag)
    if betingelse.predikat == "til_for_fra":
        return utfylt & ramme[betingelse.grunnlag].ne("") & celler.lt(ramme[betingelse.grunnlag])
    return utfylt & ~celler.str.fullmatch(betingelse.grunnlag.strip("^$"))


def read_once(bunt: Sequence[Eksport]) -> Brudd:
    """The floor: every cell of every column taken out as a Python value, and nothing asked."""
    for eksport in bunt:
        for ramme in eksport.tabeller.values():
            for kolonne in ramme:
                ramme[kolonne].to_numpy(dtype=object)
    return Counter()


# --- pandera ----


def ask_pandera(bunt: Sequence[Eksport]) -> Brudd:
    """The common conditions as a schema a table, lazily, over the chunk's rows. "" is unknown, so None."""
    from pandera.errors import SchemaErrors

    brudd: Brudd = Counter()
    for tabell, skjema in _schemas().items():
        ramme = _together(bunt, tabell)
        if ramme is None:
            continue
        try:
            skjema.validate(_with_nulls(ramme), lazy=True)
        except SchemaErrors as feil:
            funn = feil.failure_cases.drop_duplicates(["schema_context", "column", "check", "index"])
            # A condition on two columns is told once for each column of the frame.
            rader = funn[funn["schema_context"].eq("DataFrameSchema")].drop_duplicates(["check", "index"])
            brudd.update(str(navn).split(" ")[0] for navn in rader["check"])
            celler = funn[funn["schema_context"].eq("Column")]
            for navn, kolonne in zip(celler["check"], celler["column"], strict=True):
                brudd[_rule_of_nulls(tabell, kolonne) if navn == "not_nullable" else str(navn)] += 1
    return brudd


def _rule_of_nulls(tabell: str, kolonne: str) -> str:
    return next(b.regel for b in in_table(tabell) if (b.predikat, b.kolonne) == ("mangler", kolonne))


def _with_nulls(ramme: pd.DataFrame) -> pd.DataFrame:
    return ramme.astype(object).where(ramme.ne(""), None)


@cache
def _schemas() -> Mapping[str, Any]:
    import pandera.pandas as pa

    skjemaer = {}
    for tabell in tabeller():
        egne = in_table(tabell)
        kolonner: dict[str, list[Any]] = {betingelse.kolonne: [] for betingelse in egne}
        par = []
        for betingelse in egne:
            if betingelse.predikat == "til_for_fra":
                par.append(_in_order_check(pa, betingelse))
            elif betingelse.predikat != "mangler":
                kolonner[betingelse.kolonne].append(_check(pa, betingelse))
        pakrevde = {betingelse.kolonne for betingelse in egne if betingelse.predikat == "mangler"}
        felter = {kolonne: pa.Column(checks=c, nullable=kolonne not in pakrevde) for kolonne, c in kolonner.items()}
        if felter:
            skjemaer[tabell] = pa.DataFrameSchema(felter, checks=par)
    return skjemaer


def _check(pa: Any, betingelse: Betingelse) -> Any:  # noqa: ANN401
    if betingelse.predikat == "ikke_dato":
        return pa.Check(_are_dates, name=betingelse.regel, error=betingelse.regel, ignore_na=True)
    if betingelse.predikat == "for_lang":
        return pa.Check.str_length(max_value=betingelse.grunnlag, name=betingelse.regel, error=betingelse.regel)
    return pa.Check.str_matches(betingelse.grunnlag, name=betingelse.regel, error=betingelse.regel)


def _are_dates(celler: pd.Series) -> pd.Series:
    return pd.to_datetime(celler, format="%Y-%m-%d", errors="coerce").notna()


def _in_order_check(pa: Any, betingelse: Betingelse) -> Any:  # noqa: ANN401
    til, fra = betingelse.kolonne, betingelse.grunnlag

    def holds(ramme: pd.DataFrame) -> pd.Series:
        return ramme[til].isna() | ramme[fra].isna() | ramme[til].fillna("").ge(ramme[fra].fillna(""))

    navn = f"{betingelse.regel} {til}"
    return pa.Check(holds, name=navn, error=navn)


# --- Great Expectations, the obvious way ----


def ask_great_expectations(bunt: Sequence[Eksport]) -> Brudd:
    """The common conditions as GX's own expectations: one run for each table of each file, default result format."""
    brudd: Brudd = Counter()
    for eksport in bunt:
        for tabell, ramme in eksport.tabeller.items():
            if len(ramme) and in_table(tabell):
                parti = _batch_definition().get_batch(batch_parameters={"dataframe": _with_nulls(ramme)})
                for del_ in parti.validate(_suite(tabell)).results:
                    brudd[del_.expectation_config.meta["regel"]] += del_.result["unexpected_count"]
    return brudd


@cache
def _batch_definition() -> Any:  # noqa: ANN401
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    kontekst = gx.get_context(mode="ephemeral")
    kontekst.enable_analytics(False)
    kontekst.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return (
        kontekst.data_sources.add_pandas("filer")
        .add_dataframe_asset("tabell")
        .add_batch_definition_whole_dataframe("alt")
    )


@cache
def _suite(tabell: str) -> Any:  # noqa: ANN401
    import great_expectations as gx

    return gx.ExpectationSuite(name=tabell, expectations=[_expectation(betingelse) for betingelse in in_table(tabell)])


def _expectation(betingelse: Betingelse) -> Any:  # noqa: ANN401
    import great_expectations.expectations as gxe

    meta, kolonne = {"regel": betingelse.regel}, betingelse.kolonne
    if betingelse.predikat == "mangler":
        return gxe.ExpectColumnValuesToNotBeNull(column=kolonne, meta=meta)
    if betingelse.predikat == "ikke_dato":
        return gxe.ExpectColumnValuesToMatchStrftimeFormat(column=kolonne, strftime_format="%Y-%m-%d", meta=meta)
    if betingelse.predikat == "for_lang":
        return gxe.ExpectColumnValueLengthsToBeBetween(column=kolonne, max_value=betingelse.grunnlag, meta=meta)
    if betingelse.predikat == "til_for_fra":
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=kolonne,
            column_B=betingelse.grunnlag,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            meta=meta,
        )
    return gxe.ExpectColumnValuesToMatchRegex(column=kolonne, regex=betingelse.grunnlag, meta=meta)


Sporring = Callable[[Sequence[Eksport]], Brudd]
MATER: Mapping[str, Sporring] = {
    "alle regler, våre masker": ask_all_rules,
    "felles regler, våre masker": ask_common_rules,
    "felles regler, pandas rett fram": ask_plain_masks,
    "felles regler, pandera": ask_pandera,
    "felles regler, GX per fil": ask_great_expectations,
    "gulv: les kolonnene": read_once,
}
SAMMENLIGNBARE = tuple(mate for mate in MATER if mate.startswith("felles"))


def felles_regler() -> Sequence[str]:
    """The rules that all ways cover, by id."""
    return sorted({betingelse.regel for betingelse in felles_betingelser()})


def regler_i_alt() -> int:
    """How many rules our engine asks of a drop."""
    return len(regler_etter_id())
