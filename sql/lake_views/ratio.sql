-- Grain: no rows. The one division of SQL: a part of a whole as a floating point number, for reading and drawing. It is for the
-- columns whose names end in `_ratio` or `_per_hour`; no amount is made of it. NULL where there is no whole.
CREATE OR REPLACE MACRO ratio(part, whole) AS CASE WHEN whole <> 0 THEN part::DOUBLE / whole::DOUBLE END;
