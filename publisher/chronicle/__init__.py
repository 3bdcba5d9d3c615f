"""What the public is told beside the figures of the moment: how they came about, what was corrected, what is held.

It follows the cuts at a pace of its own, from the database alone, so that the documents of the count never wait for it.
`history` and `chart` tell of time, `corrections` and `feed` of what people decided, `held` of what waits for them,
`chronicler` of when each is written; how a page of it looks is `publisher.site`'s.
"""
