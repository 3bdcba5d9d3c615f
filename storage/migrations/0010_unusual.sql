-- What is unusual beside other records, contests, photos or documents. It holds nothing and changes no figure: people
-- look at it. Written by recap's screens, in the transaction of a cut; a row goes when what it was about is corrected.

alter table published.page add column likeness text;  -- perceptual hash of the page as placed, 16 hex digits

create table published.unusual (
    contest text, tps text, code text,   -- of the rule catalogue: W507 to W512
    number bigint not null,              -- of the last event about the record when it was judged
    at text not null,                    -- of that event
    detail jsonb not null,               -- id, en: sentences; what else there is to know, by code
    primary key (contest, tps, code)
);
create index unusual_of_code on published.unusual (contest, code, tps);
