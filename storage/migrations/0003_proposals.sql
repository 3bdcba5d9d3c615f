-- What waits for a second person is found without reading the journal: a proposal is no decision, so that no other
-- table or index knows of it.

create index event_of_proposal on journal.event (journal, tps, number)
    where kind in ('correction_proposed', 'correction_declined');
