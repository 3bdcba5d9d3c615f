"""The public logs: every event of a journal as a leaf, under heads that are signed, witnessed, and never two."""
