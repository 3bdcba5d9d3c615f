-- The manual recapitulation beside the electronic one: what D.Hasil print, where they differ from what lies below, and
-- what was confirmed, determined and disputed. Written by recap's plenary companion, in the transaction of a cut.

-- A column of a document: `kode` is the area whose plenary wrote it, `of` what the column is about.
create table published.recap (
    contest text, kode text, of text, number bigint,
    figures jsonb,         -- block → sums, in the order of the fields that the bundle gives `of`
    document text,         -- SHA-256 of the scanned D.Hasil
    source text, role text, at text,
    primary key (contest, kode, of)
);
create index recap_changed on published.recap (contest, number);

-- What does not hold of a document. `theirs` is what it prints; `ours` what that is held against: `against` says what
-- (records, columns, below, areas, or the other side of the rule). `number`: of the last event in either side.
create table published.difference (
    contest text, kode text, of text, rule text, against text, field text,
    ours bigint, theirs bigint, number bigint,
    primary key (contest, kode, of, rule, against, field)
);

-- A document, as far as it is judged. `stands`: it is confirmed, and nothing below has changed since.
create table published.plenary (
    contest text, kode text, number bigint,
    columns int, entered int,          -- columns the document has, and those entered, its total among them
    tps int, tps_settled int, tps_final int,
    differing int,                     -- rows of published.difference
    confirmed bigint, upto bigint,     -- number of the area_confirmed, 0 for none; of the last event it compared
    stands boolean,
    primary key (contest, kode)
);

create table published.determination (
    contest text, kode text, number bigint, sk text, date text, sk_sha256 text, ba_sha256 text, upto bigint,
    totals bigint[], at text,
    primary key (contest, kode)
);

create table published.dispute (
    contest text, number bigint, kode text, block text, forum text, cause text, reference text,
    status text, follow_up text,
    documents text[],      -- of the opening and of every move, in order
    moved bigint, at text, -- of the last move; of the opening where there was none
    primary key (contest, number)
);
create index dispute_of on published.dispute (contest, kode);
