"""The one place where decoding meets a compiler, and does without where there is none.

Kernels are plain loops over arrays. With Numba (extra `engine`) they are compiled once an installed tree and kept on
disk; without it the same lines run interpreted, slower, to the same bits: every sum has a fixed order, nothing is
reassociated (no fastmath), and exponentials come from a table. `docs/decisions/0005` says why this wall has a door.
"""

from collections.abc import Callable
from typing import TypeVar, cast

try:
    from numba import njit
except ImportError:
    njit = None

_OPTIONS = {"nogil": True, "no_cfunc_wrapper": True}
"""Nobody calls a kernel from C, and a door for it would be compiled too."""

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """`function`, compiled when first called with a signature, where there is a compiler.

    The code is kept beside the module, else in the user's cache folder; where neither can be written it is compiled
    anew in each process.
    """
    if njit is None:
        return function
    try:
        return cast(Kernel, njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:  # no folder for the cache
        return cast(Kernel, njit(**_OPTIONS)(function))
