-- runs_by_state serves all that runs_open did, and each write of a run had to keep both.
DROP INDEX runs_open;
