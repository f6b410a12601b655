"""Whatever an identity is packed and encoded in, and however that lies in each other, the sweep finds it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.retention.pakking import (
    BEHOLDERE,
    KODINGER,
    TEKSTKODINGER,
    make_docx,
    make_parquet,
    make_pdf,
    make_xlsx,
    noise,
)
from tiltaksflyt.retention.funn import Mangel, Treff
from tiltaksflyt.retention.sveip import Sveip, make_naler

KANARI = "15819010029"  # synthetic: month + 80
NAVN = "Kanarifugl Ærødottir"
SVEIP = Sveip([*make_naler(KANARI), *make_naler(NAVN)])
MAKS_LAG = 4


def hits(data: bytes) -> list[Treff]:
    return [funn for funn in SVEIP.bytes_(data, "x") if isinstance(funn, Treff)]


def wrap(data: bytes, lag: list[str]) -> bytes:
    for navn in lag:
        if navn in TEKSTKODINGER:
            # Text encodings carry text, and what is binary is put in letters before it becomes text.
            data = TEKSTKODINGER[navn](data if data.isascii() and 0 not in data else KODINGER["base64"](data))
        else:
            data = (BEHOLDERE | KODINGER)[navn](data)
    return data


ALLE_LAG = sorted([*BEHOLDERE, *KODINGER, *TEKSTKODINGER])


@pytest.mark.parametrize("ytre", ALLE_LAG)
def test_each_in_each(ytre: str) -> None:
    for indre in ALLE_LAG:
        assert hits(wrap(b"deltaker " + KANARI.encode() + b" lest", [indre, ytre])), indre
        assert not hits(wrap(b"deltaker 15819010100 lest", [indre, ytre])), indre


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.sampled_from(ALLE_LAG), min_size=3, max_size=MAKS_LAG),
    st.sampled_from([KANARI, NAVN]),
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)
def test_any_nesting(lag: list[str], verdi: str, foran: str) -> None:
    assert hits(wrap(f"{foran} {verdi} lest".encode(), lag))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(ALLE_LAG), max_size=MAKS_LAG), st.integers(0, 2**32))
def test_nothing_where_nothing_is(lag: list[str], fro: int) -> None:
    assert not hits(wrap(noise(3000, fro), lag))


def test_megabytes_of_nothing_are_searched_whole_and_hold_nothing() -> None:
    tilfeldig = noise(24 * 1024 * 1024, 7)
    funn = list(SVEIP.bytes_(tilfeldig, "x"))
    assert [ett for ett in funn if isinstance(ett, Treff) or ett.alvorlig] == []
    assert len(funn) <= 2  # four bytes may look like the beginning of something by chance


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 400), st.sampled_from(ALLE_LAG), st.integers(1, 300))
def test_across_any_border_of_windows(avstand: int, lag: str, bit: int) -> None:
    """The same bytes in whatever pieces they are read: a find never hangs on where a window ends."""
    data = b"." * avstand + wrap(b"deltaker " + KANARI.encode() + b" lest", [lag]) + b"." * 50
    assert {funn.koding for funn in SVEIP.pieces([data[i : i + bit] for i in range(0, len(data), bit)], "x")
            if isinstance(funn, Treff)}  # fmt: skip


@pytest.mark.parametrize("lag", [[], ["gzip"], ["zip", "base64"], ["tar.gz", "zstd"], ["sqlite", "gzip"]])
@pytest.mark.parametrize("verdi", [KANARI, NAVN])
def test_documents_in_containers(lag: list[str], verdi: str) -> None:
    for lag_dokument in (make_xlsx, make_docx, make_pdf):
        assert hits(wrap(lag_dokument(verdi), lag)), lag_dokument.__name__
        assert not hits(wrap(lag_dokument("Ingen Av Dem"), lag)), lag_dokument.__name__


@pytest.mark.parametrize("pakking", ["snappy", "gzip", "zstd", "none", "lz4"])
@pytest.mark.parametrize("lag", [[], ["gzip"], ["volum"]])
def test_parquet(pakking: str, lag: list[str]) -> None:
    assert hits(wrap(make_parquet(KANARI.encode(), pakking), lag))
    assert not hits(wrap(make_parquet(b"15819010100", pakking), lag))


def test_a_long_text_with_one_identity_far_inside() -> None:
    """Through many windows of a megabyte, in a container, in an encoding, in a container."""
    fyll = noise(3 * 1024 * 1024, 3)
    lag = ["gzip", "base64 i linjer", "JSON", "zstd"]
    assert hits(wrap(fyll + KANARI.encode() + fyll, lag))
    assert not [ett for ett in SVEIP.bytes_(wrap(fyll, lag), "x") if isinstance(ett, Mangel) and ett.alvorlig]
