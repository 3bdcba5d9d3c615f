"""From box scores to figures: exact joint decoding that knows a form's sums and that paper can contradict itself.

Arrays in, probabilities out, bit by bit the same on any machine; `compiled` says how. Making scores is `ocr`; deciding
what counts is `recap`; judging rules is `election.rules`.
"""

from election.decode.reading import BlockReading, decode

__all__ = ["BlockReading", "decode"]
