-- Creates the roles pozk_writer (index, settle, run) and pozk_reader (serve, query, proof) where they are missing, and gives them
-- what they need of the tables that are there and of those that the present role makes later. They cannot log in: grant them
-- to accounts that can.
DO $$
DECLARE
    role text;
    area text;
BEGIN
    FOREACH role IN ARRAY ARRAY['pozk_writer', 'pozk_reader'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', role);
        END IF;
    END LOOP;
    FOREACH area IN ARRAY ARRAY['pozk', 'lake'] LOOP
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', area);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO pozk_writer, pozk_reader', area);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO pozk_reader', area);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO pozk_writer', area);
        EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO pozk_writer', area);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO pozk_reader', area);
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO pozk_writer', area
        );
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO pozk_writer', area);
    END LOOP;
END
$$;
