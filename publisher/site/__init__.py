"""The public pages: the same figures as the documents, in HTML that needs no program to be read.

What is shown is decided here and in the templates of `web/site`; the figures come from rows and views. `site` is what
the publisher calls; beside it one module for each kind of page, and `pages`, which all of them are rendered by.
"""

from publisher.site.kelurahan import TpsLine
from publisher.site.pages import SHARED, STATIC, TEMPLATES
from publisher.site.site import Site

__all__ = ["SHARED", "STATIC", "TEMPLATES", "Site", "TpsLine"]
