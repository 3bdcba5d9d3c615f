"""The schema, step by step, as SQL. A step that has been released is never edited; `migrate` refuses it."""
