"""What an outsider runs to check a log, trusting nobody: it talks to us over HTTP and knows only the public formats."""
