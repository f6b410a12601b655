"""The expression language, forwards and back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltaksflyt.intake.celler import Tallcelle
from tiltaksflyt.intake.notasjon import Formater
from tiltaksflyt.intake.uttrykk import Kolonne, Konstant, Navnedel, Navneform, Omregning, Sammen, join_name

NORSK = Formater(desimaltegn=(",",))


def test_a_constant_reads_the_same_and_writes_nothing() -> None:
    konstant = Konstant("AVKLARING")
    assert konstant.read([], NORSK) == "AVKLARING"
    assert konstant.write("AVKLARING", NORSK) == {}
    assert konstant.write("OPPFOLGING", NORSK) is None
    assert Kolonne("A").write("x", NORSK) == {"A": "x"}


@pytest.mark.parametrize(
    ("celler", "verdi"), [(("2026", "17"), "2026#17"), (("2026", ""), "2026"), ((" ", "17 "), "17"), (("", ""), "")]
)
def test_two_columns_are_joined(celler: tuple[str, str], verdi: str) -> None:
    assert Sammen(("A", "B"), "#").read(celler, NORSK) == verdi


@pytest.mark.parametrize(
    ("verdi", "celler"),
    [("2026#17", ("2026", "17")), ("a#b#c", ("a", "b#c")), ("2026", ("2026", "")), ("#17", None), ("17#", None)],
)
def test_a_joined_value_is_parted_at_the_first_separator(verdi: str, celler: tuple[str, str] | None) -> None:
    skrevet = Sammen(("A", "B"), "#").write(verdi, NORSK)
    assert skrevet == (None if celler is None else {"A": celler[0], "B": celler[1]})


@pytest.mark.parametrize(
    ("form", "helt", "fornavn", "etternavn"),
    [
        (Navneform.ETTERNAVN_KOMMA_FORNAVN, "Dal Li, Kari Anne", "Kari Anne", "Dal Li"),
        (Navneform.ETTERNAVN_KOMMA_FORNAVN, "Dal", "", "Dal"),
        (Navneform.ETTERNAVN_KOMMA_FORNAVN, "Dal,Kari", "Kari", "Dal"),
        (Navneform.FORNAVN_ETTERNAVN, "Kari Anne Dal", "Kari Anne", "Dal"),
        (Navneform.FORNAVN_ETTERNAVN, "Dal", "", "Dal"),
    ],
)
def test_a_name_is_split(form: Navneform, helt: str, fornavn: str, etternavn: str) -> None:
    assert Navnedel("N", "fornavn", form).read([helt], NORSK) == fornavn
    assert Navnedel("N", "etternavn", form).read([helt], NORSK) == etternavn
    assert join_name(form, fornavn, etternavn).replace(" ", "") == helt.replace(" ", "")


@pytest.mark.parametrize(
    ("timer", "prosent"), [("37,5", "100"), ("18,75", "50"), ("0", "0"), ("11,25", "30"), ("1", "2.67")]
)
def test_hours_become_percent(timer: str, prosent: str) -> None:
    lest = Omregning("T", Decimal("37.5"), til_prosent=True).read([timer], NORSK)
    assert lest == prosent
    assert isinstance(lest, Tallcelle)


def test_what_is_no_number_is_left_for_the_typing_to_tell() -> None:
    omregning = Omregning("T", Decimal("37.5"), til_prosent=True)
    assert omregning.read(["full tid"], NORSK) == "full tid"
    assert omregning.read([""], NORSK) == ""
    assert omregning.write("full tid", NORSK) is None
    assert omregning.write("", NORSK) == {"T": ""}


@given(st.decimals(min_value=0, max_value=100, places=2), st.booleans(), st.sampled_from(["37.5", "40", "35.5"]))
def test_a_conversion_written_is_read_back(tall: Decimal, til_prosent: bool, full_uke: str) -> None:
    omregning = Omregning("T", Decimal(full_uke), til_prosent=til_prosent)
    skrevet = omregning.write(format(tall, "f"), NORSK)
    assert skrevet is not None
    assert Decimal(omregning.read([skrevet["T"]], NORSK)) == tall
