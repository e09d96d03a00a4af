-- Stores a measured value; since when it is so stays where it is the same.
INSERT INTO pozk.measured (name, value, said) VALUES (%(name)s, %(value)s, %(said)s)
ON CONFLICT (name) DO UPDATE SET
    since = CASE WHEN pozk.measured.value = excluded.value THEN pozk.measured.since ELSE now() END,
    value = excluded.value, said = excluded.said, at = now();
