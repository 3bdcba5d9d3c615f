"""From a photo to scores per box. What the scores mean for the count is decided in `recap`."""
