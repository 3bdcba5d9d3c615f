"""Open data: every contest as tables that strangers can load, sum and compare, from one cut of schema `published`.

`columns` says what every column means, once: the files, their schemas and the dictionary follow from it. `source`
reads the database, `places` and `records` make rows of it, `build` writes the files of a contest and switches to
them in one step, `package` describes them, `service` keeps them fresh. Nothing here is served: that is `room`'s, or
any file server's.
"""
