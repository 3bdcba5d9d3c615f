"""Everything that is public over HTTP as one OpenAPI 3.1 document: `v1/openapi.json`.

`shapes` says what our own documents hold, `trees` what those of 2024 do, `document` puts files and rooms together. A
test holds the documents of an invented election to it, and every room says its own part.
"""
