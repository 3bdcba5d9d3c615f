"""One Parquet file of a bundle, read a column at a time so that a nation's never lie in memory twice over."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from election.bundle.columns import Column, Integer, to_numbers, to_texts
from election.codes import Texts
from election.errors import Rejected


class BundleMissing(Rejected):
    """A file or column of the bundle is not there; `column` names it where it is a column."""

    code = "bundle.missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "{what} tidak ada di {path}. Buat dengan `suara bundle make` atau `suara bundle load`.",
        "en": "{path} has no {what}. Make one with `suara bundle make` or `suara bundle load`.",
    }


class BundleUnreadable(Rejected):
    """A file of the bundle is not what its name says."""

    code = "bundle.unreadable"
    advice: ClassVar[dict[str, str]] = {
        "id": "{path} tidak terbaca ({why}). Ambil lagi dari sumbernya, atau buat dengan `suara bundle make`.",
        "en": "{path} cannot be read ({why}). Get it from its source again, or make one with `suara bundle make`.",
    }


class ParquetColumns:
    """The columns of one file. Raises BundleMissing, BundleUnreadable."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise BundleMissing(what=file.name, path=file.parent)
        self._path = file
        try:
            self._file = pq.ParquetFile(file, memory_map=True)
        except (pa.ArrowException, OSError) as error:
            raise BundleUnreadable(path=file, why=error) from error

    def texts(self, name: str) -> Texts:
        """`S<width>[n]` of a column that must be there."""
        column = self._column(name)
        try:
            return to_texts(column)
        except pa.ArrowException as error:
            raise self._unreadable(name, error) from error

    def numbers(self, name: str, dtype: type[Integer]) -> NDArray[Integer]:
        """Integers of a column that must be there, null as -1."""
        column = self._column(name)
        try:
            return to_numbers(column, dtype)
        except pa.ArrowException as error:
            raise self._unreadable(name, error) from error

    def numbers_if_any(self, name: str, dtype: type[Integer]) -> NDArray[Integer] | None:
        """The same of a column that may be absent."""
        return self.numbers(name, dtype) if name in self._file.schema_arrow.names else None

    def rows(self) -> list[dict[str, Any]]:
        """Every row of a small file."""
        rows: list[dict[str, Any]] = self._file.read().to_pylist()
        return rows

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def _column(self, name: str) -> Column:
        if name not in self._file.schema_arrow.names:
            raise BundleMissing(what=name, path=self._path, column=name)
        try:
            return self._file.read(columns=[name]).column(0)
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(name, error) from error

    def _unreadable(self, name: str, error: Exception) -> BundleUnreadable:
        return BundleUnreadable(path=f"{self._path} ({name})", why=error)


def absent(n: int) -> NDArray[np.int32]:
    """int32[n] of -1, for a column that says nothing."""
    return np.full(n, -1, np.int32)
