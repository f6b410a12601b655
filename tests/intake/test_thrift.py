"""Thrift as the Parquet library reads it: what it would read as something else is refused, and everything counts."""

from typing import Any

import pytest

from tests.intake.parquetfiler import encode
from tiltaksflyt.intake.thrift import BINAER, I32, LISTE, STRUKTUR, ForMyeThrift, Thriftleser, UgyldigThrift


def read(data: bytes, maks: int = 1000, **valg: Any) -> Any:
    return Thriftleser(memoryview(data), maks, **valg).read_struct()


def test_fields_are_known_by_number_and_type() -> None:
    data = encode([[1, 5, -3], [2, 8, b"ab"], [3, 1, None], [20, 9, (5, [1, 2])], [21, 12, [[1, 6, 2**40]]]])
    lest = read(data)
    assert lest[1, I32] == -3
    assert bytes(lest[2, BINAER]) == b"ab"
    assert (3, 1) in lest
    assert lest[20, LISTE] == [1, 2]
    assert lest[21, STRUKTUR] == {(1, 6): 2**40}


def test_structs_are_read_one_after_another() -> None:
    leser = Thriftleser(memoryview(encode([[1, 5, 1]]) + encode([[1, 5, 2]])), 1000)
    assert [leser.read_struct()[1, I32] for _ in range(2)] == [1, 2]


def test_a_known_list_holds_what_the_library_takes_it_to_hold() -> None:
    """It reads structs there whatever the list says, and would see another file than the one that was counted."""
    data = encode([[4, 9, (8, [b"\x00\x00"])]])
    assert list(read(data)) == [(4, LISTE)]
    with pytest.raises(UgyldigThrift):
        read(data, elementtyper={(4,): STRUKTUR})
    indre = encode([[4, 9, (12, [[[2, 9, (8, [b"x"])]]])]])
    assert read(indre, elementtyper={(2,): I32, (4,): STRUKTUR})
    with pytest.raises(UgyldigThrift):
        read(indre, elementtyper={(4, 2): I32})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x15",
        b"\x15\x02",
        b"\x18\x05ab\x00",  # five bytes are said and two are there
        b"\x15\x02\x05\x02\x02\x00",  # the first field again
        b"\x1b\x00\x00",  # a map, which Parquet has not
        b"\x1f\x00",
        b"\x05\xff\xff\x7f\x02\x00",  # a number that the library would cut to sixteen bits
        b"\x15" + b"\xff" * 10 + b"\x01\x00",
        b"\x1c" * 100,
        b"\x19" + b"\x19" * 100,
    ],
)
def test_what_no_writer_makes_is_refused(data: bytes) -> None:
    with pytest.raises(UgyldigThrift):
        read(data)


def test_every_value_counts_and_a_struct_for_twenty() -> None:
    data = encode([[1, 9, (12, [[], []])], [2, 5, 1]])
    # Three structs, a list of two, and two fields.
    assert read(data, maks=64)
    with pytest.raises(ForMyeThrift):
        read(data, maks=63)
    with pytest.raises(ForMyeThrift):
        read(b"\x19\xf5\xff\xff\xff\x0f")
