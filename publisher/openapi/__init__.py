"""Everything that is public over HTTP as one OpenAPI 3.1 document: `v1/openapi.json`.

`publisher.shapes` is what our own documents are written as, `trees` says what those of 2024 hold, `document` puts files
and rooms together. A test holds the documents of an invented election to it, and every room says its own part.
"""
