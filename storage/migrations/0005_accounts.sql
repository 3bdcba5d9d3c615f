-- Accounts and devices of officers and committees. A name says role, area and seat; nothing here names a person.
-- What happens to them is told by events in the journal `umum`; these tables are what the next request is judged by.

create schema accounts;

create table accounts.account (
    name text collate "C" primary key,            -- kpps-3201010001001-1
    area text collate "C" not null,
    code bytea check (octet_length(code) = 32),   -- HMAC of the open activation code, null where none is open
    tries int not null default 0,                 -- wrong codes since it was issued
    tried timestamptz,                            -- the last of them
    password text,                                -- argon2, of those who sign in at the desk
    since timestamptz                             -- of the password; desk sessions begun before it are over
) with (fillfactor = 85);
create index account_of_area on accounts.account (area);

create table accounts.device (
    key text collate "C" primary key,             -- thumbprint of its public key
    account text collate "C" not null references accounts.account,
    code bytea not null,                          -- the code it was enrolled with: a lost answer is given again
    enrolled timestamptz not null,
    revoked timestamptz
);
create unique index device_of_account on accounts.device (account) where revoked is null;
create index devices_of_account on accounts.device (account);
