"""Photos in pieces: tus 1.0.0 (docs/tus.md), from the first header to the moment intake is handed the whole photo."""
