-- What is said beside the totals may be told of an event long past, so that its `number` says nothing of when it
-- appeared. `news` does: the turn in which something was last said of an area, dapil or TPS. Cuts of a contest follow
-- one upon another, so that its turns only ever grow.

create sequence published.turn;
create table published.news (
    contest text, what text, kode text,  -- what: the table that says it
    turn bigint not null,
    primary key (contest, what, kode)
);
create index news_turn on published.news (contest, turn);

create function published.tell() returns trigger language plpgsql as $$
begin
    insert into published.news values (new.contest, tg_table_name, new.kode, nextval('published.turn'))
    on conflict (contest, what, kode) do update set turn = excluded.turn;
    return null;
end $$;

create trigger told after insert or update on published.outcome for each row execute function published.tell();
create trigger told after insert or update on published.plenary for each row execute function published.tell();
create trigger told after insert or update on published.determination for each row execute function published.tell();
create trigger told after insert or update on published.dispute for each row execute function published.tell();

insert into published.news
select contest, what, kode, nextval('published.turn') from (
    select contest, 'outcome' as what, kode from published.outcome
    union select contest, 'plenary', kode from published.plenary
    union select contest, 'determination', kode from published.determination
    union select contest, 'dispute', kode from published.dispute
) as standing;
