-- Each write of a run has to keep every index that it stands in. What goes by age is found in the order in which it came
-- (retention.rs), and a run that went well leaves the list of those by state, which people ask for the others.
DROP INDEX runs_by_end;
DROP INDEX events_by_time;
DROP INDEX runs_by_state;
CREATE INDEX runs_by_state ON runs (state, seq) WHERE state <> 'succeeded';
