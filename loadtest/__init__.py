"""Officers, invented: an election night played against a running system over HTTP."""
