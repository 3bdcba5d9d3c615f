"""Arrow's columns of text as fixed-width bytes and back, without a Python object a row."""

from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from election.codes import Texts

Integer = TypeVar("Integer", bound=np.integer[Any])

Column = Any
"""A pyarrow Array or ChunkedArray; the published stubs know neither casts nor buffers well enough to check."""


def joined(column: Column) -> Column:
    """The column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def to_texts(column: Column) -> Texts:
    """`S<width>[n]` of a column of strings; null becomes the empty text."""
    whole = joined(column.cast(pa.large_string()))
    whole = whole.fill_null("") if whole.null_count else whole
    _, offsets_buffer, data_buffer = whole.buffers()
    if not len(whole) or data_buffer is None:
        return np.zeros(len(whole), "S1")
    offsets = np.frombuffer(offsets_buffer, np.int64, len(whole) + 1, whole.offset * 8)
    lengths = np.diff(offsets)
    width = max(1, int(lengths.max()))
    data = np.frombuffer(data_buffer, np.uint8)[int(offsets[0]) : int(offsets[-1])]
    if int(lengths.min()) == width:
        return data.copy().view(f"S{width}")
    cells = np.zeros((len(whole), width), np.uint8)
    cells[np.arange(width) < lengths[:, None]] = data  # row after row, as the data lie
    return cells.reshape(-1).view(f"S{width}")


def from_texts(column: Texts) -> Column:
    """The Arrow strings of a column."""
    cells = np.ascontiguousarray(column).view(np.uint8).reshape(len(column), column.dtype.itemsize)
    lengths = np.char.str_len(column)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    data = cells[np.arange(column.dtype.itemsize) < lengths[:, None]]
    return pa.StringArray.from_buffers(len(column), pa.py_buffer(offsets.tobytes()), pa.py_buffer(data.tobytes()))


def to_numbers(column: Column, dtype: type[Integer]) -> NDArray[Integer]:
    """Integers of a column, null as -1. Raises pa.ArrowInvalid where a value is no integer or too large for `dtype`."""
    filled = column.cast(pa.from_numpy_dtype(np.dtype(dtype))).fill_null(-1)
    numbers: NDArray[Integer] = filled.to_numpy()
    return numbers


def from_numbers(column: NDArray[Any]) -> Column:
    """The Arrow integers of a column, -1 as null."""
    return pa.array(column, mask=column < 0)
