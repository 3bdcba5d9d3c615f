-- What people decided about a block is found without reading the journal: the public feed of corrections goes on from
-- the last one it has told. `storage.journal.DECIDED_BY_PEOPLE` names the same kinds.

create index event_of_people on journal.event (journal, number)
    where kind in ('block_corrected', 'block_withdrawn', 'version_opened');
