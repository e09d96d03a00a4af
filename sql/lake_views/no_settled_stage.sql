-- Grain: no rows: a settled stage before any epoch is settled. {stage} and {columns} are ours.
CREATE OR REPLACE TEMP VIEW settled_{stage} AS SELECT NULL::UBIGINT AS epoch, {columns} WHERE false
