"""The one loop that Numba's own code leaves a third slower: running sums of four columns in one vector register.

LLVM makes vectors of a loop over many columns, but not of the few columns of a president's choices. Here the vector is
spelled out, in LLVM's words, for whatever machine it meets.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LANES = 4
"""Columns a register: int64 each."""


@intrinsic
def _run(typing: Any, rows: Any, parents: Any, n: Any, out: Any, k: Any, column: Any) -> Any:  # noqa: ANN401
    """For i < n: sum += rows[i·k + column …], four of them at once; out[parents[i]·k + column …] = sum."""
    signature = types.void(rows, parents, n, out, k, column)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        i64 = ir.IntType(64)
        wide = ir.VectorType(i64, LANES)
        source, above, target = (
            context.make_array(signature.args[i])(context, builder, arguments[i]).data for i in (0, 1, 3)
        )
        n, k, column = arguments[2], arguments[4], arguments[5]
        cells = ir.VectorType(source.type.pointee, LANES)
        size = source.type.pointee.width // 8
        start, body, end = builder.block, *(builder.append_basic_block(name) for name in ("body", "end"))
        builder.branch(body)
        builder.position_at_end(body)
        i, at, total = builder.phi(i64), builder.phi(i64), builder.phi(wide)
        loaded = builder.load(builder.bitcast(builder.gep(source, [at]), cells.as_pointer()), align=size)
        more = builder.add(total, loaded if size == 8 else builder.sext(loaded, wide))
        area = builder.sext(builder.load(builder.gep(above, [i])), i64)
        to = builder.gep(target, [builder.add(builder.mul(area, k), column)])
        builder.store(more, builder.bitcast(to, wide.as_pointer()), align=8)
        after = builder.add(i, i64(1))
        for phi, first, then in (
            (i, i64(0), after), (at, column, builder.add(at, k)), (total, wide([0] * LANES), more),
        ):  # fmt: skip
            phi.add_incoming(first, start)
            phi.add_incoming(then, body)
        builder.cbranch(builder.icmp_signed("<", after, n), body, end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return signature, generate


@njit(cache=True, nogil=True)
def running(rows, parents, k, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Write the sums so far of every column at each row's area, so that the last row's stay. No branch to mispredict.

    rows (n·k,) of int16, int32 or int64, parents (n,) int32 ascending, out (n_areas·k,) int64, where areas without rows
    are left with anything. Four lanes at a time: where k is no multiple, lanes reach into the next area, whose own
    sums come later. So the last columns go first, and the last rows, which have nothing behind them, lane by lane.
    """
    n = parents.size
    for group in range((k + LANES - 1) // LANES - 1, -1, -1):
        column = group * LANES
        safe = min(n, max(0, (n * k - column - LANES) // k + 1))
        room = (out.size - column - LANES) // k
        safe = min(safe, np.searchsorted(parents, room, side="right")) if room >= 0 else 0
        if safe > 0:
            _run(rows, parents, np.int64(safe), out, np.int64(k), np.int64(column))
        for j in range(column, min(k, column + LANES)):
            total = out[parents[safe - 1] * k + j] if safe > 0 else np.int64(0)
            for i in range(safe, n):
                total += rows[i * k + j]
                out[parents[i] * k + j] = total
