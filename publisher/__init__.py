"""What the public gets: documents, scans, pages. Files only; they outlive the engine."""
