"""Hypothesis strategies for documents, made of the form that the schemas are made of: a new type is drawn at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from schemas.dokumentform import Dokumentform, Enkeltype, Felt, dokumentform

# All that XML 1.0 can hold, with the characters that writers of XML get wrong drawn more often.
TEGN = st.one_of(
    st.sampled_from("\t\n\r <>&\"'\x80\x85\u00a0\u2028\ufeff\ufffd\U0001f9ff\U0010fffdÁčŋع漢"),
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
)
TEKST = st.text(TEGN, min_size=1, max_size=12)
DATO = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(lambda d: d.isoformat())
TIDSPUNKT = st.builds(
    lambda dato, time, minutt, offset: f"{dato}T{time:02d}:{minutt:02d}:07{offset}",
    DATO,
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["+01:00", "+02:00", "-13:59", "+00:00"]),
)
_ARTER: Mapping[str, Callable[[Enkeltype], st.SearchStrategy[Any]]] = {
    "tekst": lambda _: TEKST,
    "monster": lambda type_: st.from_regex(f"(?a:{type_.monster})", fullmatch=True),
    "heltall": lambda type_: st.integers(1, type_.maks),
    "tall": lambda type_: st.one_of(st.integers(0, type_.maks), st.floats(0, type_.maks)),
    "sann": lambda _: st.just(True),
    "dato": lambda _: DATO,
    "tidspunkt": lambda _: TIDSPUNKT,
}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A valid document of any type."""
    form = dokumentform()
    type_ = form.dokumenter[draw(st.sampled_from(sorted(form.dokumenter)))]
    hode = draw(_fields(form, form.hodefelter(type_)))
    hode["dokumenttype"] = type_.kode
    return {"hode": hode, **draw(_fields(form, form.innhold))}


def _fields(form: Dokumentform, felter: Sequence[Felt]) -> st.SearchStrategy[dict[str, Any]]:
    pakrevd = {felt.navn: _value(form, felt) for felt in felter if not felt.valgfri}
    valgfri = {felt.navn: _value(form, felt) for felt in felter if felt.valgfri}
    rekkefolge = [felt.navn for felt in felter]
    fritt = st.fixed_dictionaries(pakrevd, optional=valgfri)
    return fritt.map(lambda innhold: {navn: innhold[navn] for navn in rekkefolge if navn in innhold})


def _value(form: Dokumentform, felt: Felt) -> st.SearchStrategy[Any]:
    if felt.blokker:
        return _some(st.sampled_from(sorted(form.blokker)).flatmap(lambda navn: _block(form, navn)))
    type_ = felt.type or ""
    en: st.SearchStrategy[Any]
    if type_ in form.typer:
        en = st.deferred(lambda: _fields(form, form.typer[type_].felter))
    elif type_ in form.kodelister:
        en = st.sampled_from(list(form.kodelister[type_].koder))
    elif type_ in form.enkle:
        en = _ARTER[form.enkle[type_].art](form.enkle[type_])
    else:
        en = st.just(type_)
    return en if felt.liste is None else _some(en)


def _some(en: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(en, min_size=1, max_size=2)


def _block(form: Dokumentform, navn: str) -> st.SearchStrategy[dict[str, Any]]:
    return _fields(form, form.blokker[navn].felter).map(lambda felter: {"type": navn, **felter})
