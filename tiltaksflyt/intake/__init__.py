"""Bytes to canonical tables: the gate, the readers, the sender's profile. `read_drop` is the one door."""

from tiltaksflyt.intake.drop import read_drop
from tiltaksflyt.intake.grenser import Grenser, standardgrenser
from tiltaksflyt.intake.hode import derive_innsending_id, hash_content
from tiltaksflyt.intake.lesing import Lesing

__all__ = ["Grenser", "Lesing", "derive_innsending_id", "hash_content", "read_drop", "standardgrenser"]
