"""From readings to decisions and totals. What the public sees of them is `publisher`'s work."""
