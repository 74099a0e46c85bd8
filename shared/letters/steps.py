"""The numbered steps of a handover (docs/architecture/handover.md), for those who stop it at one of them.

A running system does nothing here; a test puts something else in the place of `reached` to crash, wait or count.
"""

STEPS = (
    *("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"),
    *("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"),
    *("C1", "C2", "C3"),
    *("T1", "T2", "T3", "T4"),
)
"""In their order: sending, receiving, and the sending site again when the receipt has come; then the four commits, of
which each stands between two of these (S4 and S5, after S8, R7 and R8, C2 and C3).
"""


def reached(step: str) -> None:
    """The step has just been done; what follows has not begun."""
