"""Numbers on the command line: what an option takes, and what is said of anything else."""

import argparse


def natural(text: str) -> int:
    """1, 2, 3 … Raises argparse.ArgumentTypeError."""
    return _whole(text, 1, "a whole number from 1 on")


def from_zero(text: str) -> int:
    """0, 1, 2 … Raises argparse.ArgumentTypeError."""
    return _whole(text, 0, "a whole number from 0 on")


def part(text: str) -> float:
    """0 to 1. Raises argparse.ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 1")
    return value


def _whole(text: str, least: int, what: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(f"'{text}' is not {what}")
    return value
