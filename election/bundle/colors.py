"""What choices are drawn in where nobody has chosen their colours."""

COLORS = ("#1d4ed8", "#b45309", "#15803d", "#9333ea", "#be123c", "#0e7490", "#4d7c0f", "#a21caf")
"""Each has at least 4.5:1 against white (WCAG 2.2, 1.4.3)."""
