"""The query API: what is published, asked of the standby and of nothing else, at `/api/v1/…`.

`room` has the addresses, `source` the line to the copy that is read, `told` the rows, `answers` the shapes that are
told, `openapi` their description. Whatever is away is a 503 with a reason; files are served all the same.
"""
