"""Transparency-log arithmetic: Merkle trees, signed notes, tiles. Pure; serving and signing live elsewhere."""
