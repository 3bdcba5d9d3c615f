"""The standby: a copy of schema `published` in a database of its own, kept by logical replication and rebuilt while it
is read. What is asked of it is `publisher.query`'s; whether it is what the log says, `check`'s."""
