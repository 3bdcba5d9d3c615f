"""What has just come, told to whoever listens: every entry of a log, and every publication (docs/stream.md)."""
