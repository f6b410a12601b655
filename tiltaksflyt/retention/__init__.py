"""Clocks, erasure, evidence: what must be gone, that it is gone, and the proof."""
