-- The desk's queue is found without reading every block of a nation.

create index block_held on published.block (contest, tps) where state = 'held';
