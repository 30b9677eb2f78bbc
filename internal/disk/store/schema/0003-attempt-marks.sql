-- What tells how an attempt went: its stages with their times, the longest
-- silences, the number of packages. JSON: store/attempt.go.

ALTER TABLE attempt ADD COLUMN more TEXT NOT NULL DEFAULT '{}';
