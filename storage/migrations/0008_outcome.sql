-- Who would be elected as it stands, and what the votes that do not count yet can still change.
-- Written by recap alone, in the transaction of a cut; both are functions of the journal up to `number`.

create table published.outcome (
    contest text, kode text,       -- an area, '0' the nation, or a dapil
    number bigint not null,        -- of the journal, at which this was worked out
    at text not null,
    outcome jsonb not null,        -- what election.outcome says of this place; `provisional` until it is determined
    outlook jsonb not null,        -- election.outcome.materiality's answers, each with its sentences
    primary key (contest, kode)
);
create index outcome_changed on published.outcome (contest, number);
